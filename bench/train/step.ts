// A process: steps of `small` on a backend, with our gradients or with stock ones. Prints its times as JSON.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { visualTokens } from '../../src/otter/media.js'
import { createOtter } from '../../src/otter/model.js'
import { type BackendName, chooseBackend } from '../../src/tensors/backend.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'
import { AdamW, globalNorm } from '../../src/train/adamw.js'
import { timeProducts } from './products.js'
import { smallBatch, smallConfig } from './small.js'
import { timeTensorflowCalls } from './tensorflow-calls.js'

/** Medians. */
export interface StepTimes {
  /** Forward, backward and update. */
  readonly stepMs: number
  /** The products of forward and backward alone. */
  readonly productsMs: number
  readonly towerMs: number
  /** On TensorFlow: what a step spends inside of the library. */
  readonly callsMs?: number
}

/** wasm as shipped: none of our kernels, and every operation differentiated through what it is made of. */
async function stockWasm(): Promise<Tf> {
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs') as Tf
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(prefix: string): void }
  wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist', '/'))
  tf.enableProdMode()
  await tf.setBackend('wasm')
  const plain: Tf['customGrad'] = (f) =>
    ((...args: unknown[]) =>
      (f as (...values: unknown[]) => { value: unknown })(...args, () => undefined).value) as never
  // The gradient of a gather is missing there altogether; a product with one-hot rows is the stock way around.
  const gather = (x: Tensor, index: Tensor) =>
    tf.matMul(tf.cast(tf.oneHot(tf.cast(index, 'int32'), x.shape[0] ?? 0), 'float32'), x)
  return { ...tf, customGrad: plain, gather } as Tf
}

const [backend = 'wasm', kind = 'ours'] = process.argv.slice(2)
const tf = kind === 'stock' ? await stockWasm() : (await chooseBackend(backend as BackendName)).tf
const model = createOtter({ tf, config: smallConfig(), trainable: 'published' })
const batch = smallBatch()
const optimizer = new AdamW()
const rounds = kind === 'stock' ? 2 : 5
const times: number[] = []
const step = async () => {
  const { loss, gradients } = model.lossAndGradients(batch)
  await loss.data()
  loss.dispose()
  await optimizer.update(model, gradients, await globalNorm(tf, gradients), 1e-4)
  tf.dispose([...gradients.values()])
}
for (let i = 0; i <= rounds; i++) {
  const began = performance.now()
  await step()
  if (i > 0) times.push(performance.now() - began)
}
const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
const calls: number[] = []
for (let i = 0; i < rounds; i++) {
  const ms = await timeTensorflowCalls(tf, step)
  if (ms !== undefined) calls.push(ms)
}
const towers: number[] = []
for (let i = 0; i < 4; i++) {
  const began = performance.now()
  const tokens = visualTokens(model, batch)
  await tokens?.data()
  tokens?.dispose()
  if (i > 0) towers.push(performance.now() - began)
}
const productsMs =
  kind === 'stock'
    ? 0
    : await timeProducts(tf, () => {
        const { loss, gradients } = model.lossAndGradients(batch)
        tf.dispose([loss, ...gradients.values()])
      })
const result: StepTimes = {
  stepMs: median(times),
  productsMs,
  towerMs: median(towers),
  ...(calls.length > 0 && { callsMs: median(calls) }),
}
console.log(JSON.stringify(result))
