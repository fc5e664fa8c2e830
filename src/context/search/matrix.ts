// Scores of vectors against vectors as matrix products, on whichever tensor backend is there. The second factor is laid out
// transposed by us: the backend's own transpose flag costs ten times the product.
import type { Tf } from '../../tensors/tf.js'

/** Rows of unit length, row-major. */
export interface Vectors {
  /** float32 [rows, dimensions] */
  readonly values: Float32Array
  readonly dimensions: number
}

/** The rows of some indices, one after the other. */
export function gather({ values, dimensions }: Vectors, rows: Int32Array): Float32Array {
  const gathered = new Float32Array(rows.length * dimensions)
  for (let i = 0; i < rows.length; i++) {
    gathered.set(values.subarray(rows[i]! * dimensions, (rows[i]! + 1) * dimensions), i * dimensions)
  }
  return gathered
}

/** [rows, columns] as [columns, rows]. In tiles, so that both sides stay in the cache. */
export function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns
  const turned = new Float32Array(matrix.length)
  const TILE = 32
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE)
    for (let c0 = 0; c0 < columns; c0 += TILE) {
      const c1 = Math.min(columns, c0 + TILE)
      for (let r = r0; r < r1; r++) for (let c = c0; c < c1; c++) turned[c * rows + r] = matrix[r * columns + c]!
    }
  }
  return turned
}

/** The second factor of products, kept on the backend for as long as it is used. */
export interface Factor {
  /** Columns of the products. */
  readonly columns: number
  /** Dot products: float32 [m, d] against the factor gives float32 [m, columns]. */
  scores(left: Float32Array): Float32Array
  dispose(): void
}

/** @param rows float32 [n, d]: the vectors that others are multiplied with */
export function createFactor(tf: Tf, rows: Float32Array, d: number): Factor {
  const columns = rows.length / d
  const right = tf.tensor2d(transposed(rows, d), [d, columns])
  return {
    columns,
    scores(left) {
      const result = tf.tidy(() => tf.matMul(tf.tensor2d(left, [left.length / d, d]), right))
      const values = result.dataSync<'float32'>()
      result.dispose()
      return values
    },
    dispose: () => right.dispose(),
  }
}

/** One dot product, in an order and a precision that depend on nothing else. */
export function dot({ values, dimensions }: Vectors, a: number, b: number): number {
  let sum = 0
  const from = a * dimensions
  const other = b * dimensions
  for (let i = 0; i < dimensions; i++) sum += values[from + i]! * values[other + i]!
  return sum
}
