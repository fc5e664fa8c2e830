// A process: two epochs over the same pictures with the results of the vision tower kept in a directory.
import type { BatchStream } from '../../src/loader/batch.js'
import { visualTokens } from '../../src/otter/media.js'
import { createOtter } from '../../src/otter/model.js'
import { type BackendName, chooseBackend } from '../../src/tensors/backend.js'
import { train } from '../../src/train/loop.js'
import { openVisionCache } from '../../src/train/vision-cache.js'
import { smallBatch, smallConfig } from './small.js'

const BATCHES = 4
const [backend = 'wasm', dir = ''] = process.argv.slice(2)
const { tf } = await chooseBackend(backend as BackendName)
const model = createOtter({ tf, config: smallConfig(), trainable: 'published' })
const plain = smallBatch()
/** The same text over other pictures in each batch of an epoch. */
const batches = Array.from({ length: BATCHES }, (_, i) => ({
  ...plain,
  pixelValues: (plain.pixelValues as Uint8Array).map((value) => (value + 61 * i) % 256),
}))
function stream(): BatchStream {
  let step = 0
  return {
    length: BATCHES,
    state: () => ({ v: 1, plan: '0123456789abcdef', epoch: 0, step, seen: 8 * step }),
    close: async () => undefined,
    async *[Symbol.asyncIterator]() {
      for (;;) yield batches[step++ % BATCHES]!
    },
  } as BatchStream
}
const visionCache = await openVisionCache(dir, model)
const stamps: number[] = [performance.now()]
// The first batch warms up: it is trained on once more at the end of the second epoch.
await train({
  model,
  batches: stream(),
  steps: 2 * BATCHES,
  lr: 1e-4,
  visionCache,
  onStep: () => {
    stamps.push(performance.now())
  },
})
const between = (from: number, to: number) => (stamps[to] ?? 0) - (stamps[from] ?? 0)
const towers: number[] = []
for (let i = 0; i < 4; i++) {
  const began = performance.now()
  const tokens = visualTokens(model, plain)
  await tokens?.data()
  tokens?.dispose()
  if (i > 0) towers.push(performance.now() - began)
}
const towerMs = (towers.sort((a, b) => a - b)[1] ?? 0) * (BATCHES - 1)
// Without the first step of each epoch, where the first pays for everything that is compiled.
console.log(JSON.stringify({ firstMs: between(1, BATCHES), secondMs: between(BATCHES + 1, 2 * BATCHES), towerMs }))
