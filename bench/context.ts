// What choosing contexts costs: exact search against the backend's own matrix product, approximate search against exact.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { randomStream } from '../src/base/random.js'
import { searchExact } from '../src/context/search/exact.js'
import { chooseBackend } from '../src/tensors/backend.js'
import { cost } from './context/cost.js'
import { locality } from './context/locality.js'
import { type Bench, interleaved } from './harness.js'

const DIMENSIONS = 256
const VECTORS = 100_000
const QUERIES = 10_000
/** Queries and products of one interleaved round. */
const ROUND_QUERIES = 1024
const ROUNDS = 3

/** `npm run bench -- context [vectors of the approximate search] [queries of its recall] [pictures laid out]` */
export const contextBench: Bench = async (report, [count = '1000000', asked = '5000', pictures = '50000']) => {
  await exactSearch(report)
  await approximateSearch(report, Number(count), Number(asked))
  await cost(report, 1000)
  await locality(report, Number(pictures))
}

async function exactSearch(report: Parameters<Bench>[0]): Promise<void> {
  const { tf } = await chooseBackend('wasm')
  const random = randomStream('bench exact')
  const values = Float32Array.from({ length: VECTORS * DIMENSIONS }, () => random.float() - 0.5)
  const vectors = { values, dimensions: DIMENSIONS }
  const some = Int32Array.from({ length: ROUND_QUERIES }, () => random.below(VECTORS))
  // The bound: the same products at the same shape, whose results nobody reads.
  const [rows, columns] = [1024, 2048]
  const left = tf.tensor2d(values.subarray(0, rows * DIMENSIONS), [rows, DIMENSIONS])
  const right = tf.tensor2d(values.subarray(0, columns * DIMENSIONS), [DIMENSIONS, columns])
  const products = Math.ceil(VECTORS / columns)
  const times = await interleaved(ROUNDS, {
    products: async () => {
      for (let i = 0; i < products; i++) tf.dispose(tf.matMul(left, right))
    },
    search: async () => searchExact(tf, vectors, some, { from: 0, to: VECTORS }, 10, 0),
  })
  const rate = (work: number, ms: number) => work / ms / 1e6
  const bound = rate(2 * products * rows * columns * DIMENSIONS, times.products)
  const ours = rate(2 * ROUND_QUERIES * VECTORS * DIMENSIONS, times.search)
  const metric = `exact top-10 over ${VECTORS} x ${DIMENSIONS}, one thread`
  report({ metric, value: ours, unit: 'GFLOP/s', bound, rival: 'the matrix products alone', ratio: ours / bound })
  const all = Int32Array.from({ length: QUERIES }, () => random.below(VECTORS))
  const began = performance.now()
  searchExact(tf, vectors, all, { from: 0, to: VECTORS }, 10, 0)
  const ms = performance.now() - began
  const whole = rate(2 * QUERIES * VECTORS * DIMENSIONS, ms)
  report({
    metric: `${metric}: ${QUERIES} queries`,
    value: ms / 1e3,
    unit: 's',
    rival: 'the products alone',
    ratio: whole / bound,
  })
}

async function approximateSearch(report: Parameters<Bench>[0], count: number, asked: number): Promise<void> {
  const script = fileURLToPath(new URL('context/search-alone.js', import.meta.url))
  const centres = Math.max(1, Math.round(count / 500))
  const args = [count, DIMENSIONS, centres, asked, 2].map(String)
  const options = { encoding: 'utf8', maxBuffer: 1e8 } as const
  const result = JSON.parse(execFileSync(process.execPath, [script, ...args], options)) as {
    readonly buildMs: number
    readonly searchMs: number
    readonly exactMs: number
    readonly peak: number
    readonly recall: number
    readonly measured: { readonly cells: number; readonly probes: number; readonly recall: number }
  }
  const what = `${count} vectors around ${centres} centres, ${DIMENSIONS} dimensions`
  report({ metric: `${what}: cells made`, value: result.buildMs / 1e3, unit: 's' })
  report({
    metric: `${what}: recall of the top-10, ${asked} queries`,
    value: result.recall,
    unit: '',
    rival: `${result.measured.probes} of ${result.measured.cells} cells`,
  })
  report({
    metric: `${what}: time a query`,
    value: result.searchMs / asked,
    unit: 'ms',
    rival: 'exact on two threads',
    ratio: result.searchMs / result.exactMs,
  })
  report({ metric: `${what}: peak memory of search through cells`, value: result.peak / 1e9, unit: 'GB' })
}
