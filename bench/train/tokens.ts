// A process: generated tokens of `small` after prompts of several lengths, with the cache and all computed anew.
import type { ModelInput } from '../../src/otter/check-batch.js'
import { generate } from '../../src/otter/generate.js'
import { startContinuation } from '../../src/otter/generation/continuation.js'
import { createOtter } from '../../src/otter/model.js'
import { type BackendName, chooseBackend } from '../../src/tensors/backend.js'
import { timeProducts } from './products.js'
import { smallBatch, smallConfig } from './small.js'

const TOKENS = 32
const [backend = 'wasm'] = process.argv.slice(2)
const { tf } = await chooseBackend(backend as BackendName)
const model = createOtter({ tf, config: smallConfig(), trainable: 'published' })
const { shape, pixelValues } = smallBatch()
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0

/** One prompt with a picture. */
function prompt(L: number): ModelInput {
  return {
    shape: { ...shape, B: 1, L, T: 1 },
    inputIds: Int32Array.from({ length: L }, (_, i) => (i === 1 ? 4 : 10 + ((i * 37) % 4000))),
    attentionMask: new Int32Array(L).fill(1),
    pixelValues: pixelValues.slice(0, 3 * shape.H * shape.W),
    mediaMask: Uint8Array.of(1),
  }
}

async function tokenMs(L: number): Promise<number> {
  const stamps: number[] = []
  const onLogits = () => stamps.push(performance.now())
  await generate({ model, input: prompt(L), maxNewTokens: TOKENS + 1, stopIds: [], onLogits })
  return median(stamps.slice(1).map((stamp, i) => stamp - (stamps[i] ?? 0)))
}

const lengths = [64, 128, 256, 512]
const times: Record<string, number[]> = {}
for (let round = 0; round < 5; round++) {
  for (const L of lengths) {
    const ms = await tokenMs(L)
    if (round > 0) times[L] = [...(times[L] ?? []), ms]
  }
}
const anew: number[] = []
for (let i = 0; i < 6; i++) {
  const began = performance.now()
  const start = startContinuation(model, prompt(256), 1)
  await start.logits.data()
  start.dispose()
  if (i > 0) anew.push(performance.now() - began)
}
const started = startContinuation(model, prompt(256), 1)
const productsMs = await timeProducts(tf, () => started.advance(Int32Array.of(17)))
started.dispose()
console.log(
  JSON.stringify({
    msByPrompt: Object.fromEntries(Object.entries(times).map(([L, values]) => [L, median(values)])),
    recomputeMs: median(anew),
    productsMs,
  }),
)
