// A process of its own, on the built package as users run it: one epoch, or its beginning, of `loadMimicIT`.
// @ts-check
import { loadMimicIT } from '../../dist/loader/index.js'
import { measure } from './measured.js'

const { dir, take, options } = JSON.parse(process.argv[2] ?? '{}')
const watch = measure()
const loader = loadMimicIT(dir, options)
let samples = 0
for await (const batch of loader) {
  watch.batch(
    batch.ids.length,
    batch.mediaMask.reduce((sum, one) => sum + one, 0),
  )
  samples += batch.ids.length
  // As a training loop does when its step is done.
  batch.release()
  if (samples >= take) break
}
const measured = watch.end()
const { picturesDecoded, stageMs } = loader.stats()
process.send?.({ ...measured, decoded: picturesDecoded, tokeniseSeconds: stageMs.tokenise / 1e3 })
process.disconnect?.()
