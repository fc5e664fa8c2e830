// The matrix products of some work, each timed alone at its own shape: what the work cannot be faster than.
import { batchProduct } from '../../src/tensors/batch-mat-mul.js'
import type { Tensor, Tf } from '../../src/tensors/tf.js'

const PRODUCTS = new Set(['BatchMatMul', '_FusedMatMul', 'MimicitBatchMatMul'])
/** Times of each shape; the median counts. */
const TIMES = 7

/** Shapes of both sides, [n,m,k] and [n,k,p]. */
interface Product {
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly count: number
}

/** The products that some work runs, by shape. */
async function productsOf(tf: Tf, work: () => void): Promise<Product[]> {
  const { kernels } = await tf.profile(() => {
    work()
  })
  const found = new Map<string, Product>()
  for (const { name, inputShapes, outputShapes } of kernels) {
    if (!PRODUCTS.has(name)) continue
    const [first = []] = inputShapes as number[][]
    const [out = []] = outputShapes as number[][]
    // A product with a turned side is counted as the plain one of the same size.
    const [rows = 1, columns = 1] = out.slice(-2)
    const batch = first.slice(0, -2)
    const inner = first.reduce((size, n) => size * n, 1) / (rows * batch.reduce((size, n) => size * n, 1))
    const [a, b] = [
      [...batch, rows, inner],
      [...batch, inner, columns],
    ]
    const key = JSON.stringify([a, b])
    found.set(key, { a, b, count: (found.get(key)?.count ?? 0) + 1 })
  }
  return [...found.values()]
}

/** Milliseconds of the products that some work runs, one after the other and nothing between. */
export async function timeProducts(tf: Tf, work: () => void): Promise<number> {
  let total = 0
  for (const { a, b, count } of await productsOf(tf, work)) {
    const [x, y] = [tf.randomNormal([...a]), tf.randomNormal([...b])] as [Tensor, Tensor]
    const product = () => {
      const z = a.length > 2 && (a[0] ?? 1) > 1 ? batchProduct(tf, x, y) : tf.matMul(x, y)
      const done = z.data()
      z.dispose()
      return done
    }
    const times: number[] = []
    for (let i = 0; i < TIMES + 2; i++) {
      const began = performance.now()
      await product()
      if (i >= 2) times.push(performance.now() - began)
    }
    total += count * (times.sort((p, q) => p - q)[TIMES >> 1] ?? 0)
    tf.dispose([x, y])
  }
  return total
}
