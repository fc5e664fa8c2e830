// A process of its own: pictures that are decoded already written into float32 batches that go round, in one thread, as the
// loader's thread does it, and nothing else. What the loader would reach if everything but that were free.
// @ts-check
import { randomBytes } from 'node:crypto'
import { pixelWriter } from '../../dist/vision/normalise.js'
import { measure } from './measured.js'

const { take } = JSON.parse(process.argv[2] ?? '{}')
const SIDE = 224 * 224 * 3
const BATCH = 32
const write = pixelWriter({ type: 'float32', layout: 'NCHW', decoded: 'NCHW', normalisation: 'clip' })
const noise = randomBytes(SIDE + 256)
const pictures = Array.from({ length: 256 }, (_, i) => {
  const pixels = new Uint8Array(new SharedArrayBuffer(SIDE))
  pixels.set(noise.subarray(i, i + SIDE))
  return pixels
})
// As many as are made ahead, half of which wait on either side.
const batches = Array.from({ length: 6 }, () => new Float32Array(BATCH * SIDE))
/** @param {number} used so many pictures before it */
const fill = (used) => {
  const batch = batches[(used / BATCH) % batches.length] ?? new Float32Array(0)
  for (let i = 0; i < BATCH; i++) write(pictures[(used + i) % pictures.length] ?? new Uint8Array(0), batch, i * SIDE)
}
// Memory that nobody has touched yet costs several times as much.
for (let used = 0; used < 2 * batches.length * BATCH; used += BATCH) fill(used)
const watch = measure()
for (let used = 0; used < take; used += BATCH) {
  fill(used)
  watch.batch(0, BATCH)
}
process.send?.(watch.end())
process.disconnect?.()
