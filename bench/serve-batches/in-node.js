// A process of its own that consumes batches where they are made: what every other reader is compared with.
// @ts-check
import { loadMimicIT } from '../../dist/index.js'
import { seen } from './watch.js'

const [dir = '', options = '{}'] = process.argv.slice(2)
for await (const batch of loadMimicIT(dir, JSON.parse(options))) {
  const { inputIds, attentionMask, labels, pixelValues } = batch
  const held = [inputIds, attentionMask, labels, pixelValues].reduce((sum, { byteLength }) => sum + byteLength, 0)
  seen(batch.ids.length, held)
  batch.release()
}
