// Scores of vectors against vectors as matrix products, on whichever tensor backend is there. The second factor is turned
// once: the transpose flag of the backend's product costs ten times the product.
import { valuesInPlace } from '../../tensors/in-place.js'
import type { Tensor, Tf } from '../../tensors/tf.js'

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

/** The second factor of products, kept on the backend for as long as it is used. */
export interface Factor {
  /** Columns of the products. */
  readonly columns: number
  /**
   * Dot products: float32 [m, d] against the factor gives float32 [m, columns]. They lie in the backend's own memory
   * where it has some: read them before the next product of whatever factor.
   */
  scores(left: Float32Array): Float32Array
  /** The same the other way round, float32 [columns, m]; as short-lived. */
  turnedScores(left: Float32Array): Float32Array
  dispose(): void
}

/** @param rows float32 [n, d]: the vectors that others are multiplied with */
export function createFactor(tf: Tf, rows: Float32Array, d: number): Factor {
  const columns = rows.length / d
  const right = tf.tidy(() => tf.transpose(tf.tensor2d(rows, [columns, d])))
  const product = (left: Float32Array) => tf.matMul(tf.tensor2d(left, [left.length / d, d]), right)
  let held: Tensor | undefined
  const read = (scores: () => Tensor) => {
    held?.dispose()
    held = tf.tidy(scores)
    return valuesInPlace(tf, held)
  }
  return {
    columns,
    scores: (left) => read(() => product(left)),
    turnedScores: (left) => read(() => tf.transpose(product(left))),
    dispose() {
      held?.dispose()
      right.dispose()
    },
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
