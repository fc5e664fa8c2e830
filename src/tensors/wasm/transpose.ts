// Permuting axes on wasm. As shipped, a matrix is turned at 75 million values a second, in steps that miss the cache, and
// five axes at 16 million; a linear layer turns its weight, so that was most of its time. Here neighbouring axes that stay
// neighbours become one; then either whole runs are copied, or small tiles are turned.
import { entryOf, type HeapTensor, type WasmBackend } from './heap.js'
import { identityKernel } from './identity.js'

/** How to permute: axes of the input with their strides, in the order of the output; none has size 1. */
export interface AxisPlan {
  readonly sizes: readonly number[]
  /** Stride of each axis in the input. */
  readonly strides: readonly number[]
}

/**
 * Plans a permutation: axes of size 1 are left out, and axes that follow each other in input and output are one.
 * @param permutation axis of the input that becomes each axis of the output
 */
export function planTranspose(shape: readonly number[], permutation: readonly number[]): AxisPlan {
  const strideOf: number[] = []
  shape.reduceRight((stride, size, axis) => {
    strideOf[axis] = stride
    return stride * size
  }, 1)
  const sizes: number[] = []
  const strides: number[] = []
  for (const axis of permutation) {
    const size = shape[axis] ?? 1
    if (size === 1) continue
    const stride = strideOf[axis] ?? 1
    const last = sizes.length - 1
    if (last >= 0 && strides[last] === stride * size) {
      sizes[last] = (sizes[last] ?? 1) * size
      strides[last] = stride
    } else {
      sizes.push(size)
      strides.push(stride)
    }
  }
  return { sizes, strides }
}

/** Rows and columns of a tile: its lines lie in the first cache together. */
const [TILE_ROWS, TILE_COLUMNS] = [64, 8]

/** Values of a run that is worth a view. */
const LONG_RUN = 128

/**
 * Turns a matrix inside larger arrays: to[at + c * pitch + r] = from[start + r * stride + c] for rows r, columns c.
 */
function turn(
  from: Int32Array,
  start: number,
  stride: number,
  to: Int32Array,
  at: number,
  pitch: number,
  rows: number,
  columns: number,
): void {
  for (let r0 = 0; r0 < rows; r0 += TILE_ROWS) {
    const r1 = Math.min(rows, r0 + TILE_ROWS)
    for (let c0 = 0; c0 < columns; c0 += TILE_COLUMNS) {
      const c1 = Math.min(columns, c0 + TILE_COLUMNS)
      for (let c = c0; c < c1; c++) {
        const line = at + c * pitch
        let source = start + r0 * stride + c
        for (let r = r0; r < r1; r++) {
          to[line + r] = from[source] ?? 0
          source += stride
        }
      }
    }
  }
}

/** Calls `visit` with the offset into the input and into the output of every place of some axes. */
function walk(
  axes: readonly { readonly size: number; readonly inStride: number; readonly outStride: number }[],
  visit: (from: number, to: number) => void,
  depth = 0,
  from = 0,
  to = 0,
): void {
  const axis = axes[depth]
  if (axis === undefined) {
    visit(from, to)
    return
  }
  for (let i = 0; i < axis.size; i++) walk(axes, visit, depth + 1, from + i * axis.inStride, to + i * axis.outStride)
}

/** Copies `from` into `to` with its axes in another order. */
export function permute(from: Int32Array, to: Int32Array, { sizes, strides }: AxisPlan): void {
  const outStrides: number[] = []
  sizes.reduceRight((stride, size, axis) => {
    outStrides[axis] = stride
    return stride * size
  }, 1)
  const axes = sizes.map((size, i) => ({ size, inStride: strides[i] ?? 1, outStride: outStrides[i] ?? 1 }))
  const last = axes.length - 1
  const innermost = axes[last]
  if (innermost === undefined) return
  if (innermost.inStride === 1) {
    const { size } = innermost
    // A view of a short run costs more than copying it.
    const copy =
      size > LONG_RUN
        ? (start: number, at: number) => to.set(from.subarray(start, start + size), at)
        : (start: number, at: number) => {
            for (let i = 0; i < size; i++) to[at + i] = from[start + i] ?? 0
          }
    walk(axes.slice(0, last), copy)
    return
  }
  // The axis that is innermost in the input, and the one that is innermost in the output, are the sides of the tiles.
  const inner = axes.findIndex(({ inStride }) => inStride === 1)
  const columns = axes[inner]
  if (columns === undefined) return
  const others = axes.filter((_, i) => i !== inner && i !== last)
  walk(others, (start, at) =>
    turn(from, start, innermost.inStride, to, at, columns.outStride, innermost.size, columns.size),
  )
}

/** x with its axes permuted; values of 4 bytes. */
export function transposeKernel(backend: WasmBackend, x: HeapTensor, permutation: readonly number[]): HeapTensor {
  const shape = permutation.map((axis) => x.shape[axis] ?? 1)
  const plan = planTranspose(x.shape, permutation)
  if (plan.sizes.length <= 1) return { ...identityKernel(backend, x), shape }
  const out = backend.makeOutput(shape, x.dtype as 'float32')
  const size = x.shape.reduce((product, n) => product * n, 1)
  if (size === 0) return out
  const heap = backend.typedArrayFromHeap(out).buffer
  // As integers, so that the bits of a value that is no number stay as they are.
  const words = (tensor: HeapTensor) => new Int32Array(heap, entryOf(backend, tensor).memoryOffset, size)
  permute(words(x), words(out), plan)
  return out
}
