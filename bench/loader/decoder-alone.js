// A process of its own: the loader's decoder at its settings on pictures in memory, in as many threads as there are cores, and
// nothing else. What the loader would reach if everything but decoding were free.
// @ts-check
import { open, readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { createDecoderThreads } from '../../dist/vision/decoder-threads.js'
import { measure } from './measured.js'

const { dir, take } = JSON.parse(process.argv[2] ?? '{}')
/** @type {{ lengths: number[] }} */
const { lengths } = JSON.parse(await readFile(`${dir}/plain.json`, 'utf8'))
const file = await open(`${dir}/jpegs.bin`, 'r')
const cores = cpus().length
const threads = createDecoderThreads({ threads: cores, concurrency: cores })
const decoder = threads.decoder({ size: 224, transform: 'squash', layout: 'NCHW' })
const watch = measure()
let next = 0
let offset = 0
const one = async () => {
  while (next < take) {
    const i = next++ % lengths.length
    if (i === 0) offset = 0
    const length = lengths[i] ?? 0
    const bytes = Buffer.allocUnsafeSlow(length)
    const at = offset
    offset += length
    await file.read(bytes, 0, length, at)
    decoder.recycle(await decoder.decode(bytes, 'bench'))
    watch.batch(0, 1)
  }
}
// Twice as many as there are threads: one at work and one that waits, as the loader has it.
await Promise.all([...cpus(), ...cpus()].map(one))
const measured = watch.end()
await threads.close()
await file.close()
process.send?.({ ...measured, decoded: take })
process.disconnect?.()
