// Rows of a table on wasm: taking them, and adding into them. The shipped gather is 50 times slower than a copy of the
// same bytes, and its gradient (UnsortedSegmentSum) is missing altogether; a sum over rows transposes.
import { floatsOf, type HeapTensor, intsOf, type WasmBackend } from './heap.js'

/** table [r,c], index int32 [n] -> [n,c]. */
export function gatherRowsKernel(backend: WasmBackend, table: HeapTensor, index: HeapTensor): HeapTensor {
  const columns = table.shape[1] ?? 0
  const out = backend.makeOutput([index.shape[0] ?? 0, columns], 'float32')
  const from = floatsOf(backend, table)
  const to = floatsOf(backend, out)
  const rows = intsOf(backend, index)
  for (let i = 0; i < rows.length; i++) {
    const start = (rows[i] ?? 0) * columns
    to.set(from.subarray(start, start + columns), i * columns)
  }
  return out
}

/** values [n,c], index int32 [n] -> [rows,c]: row r is the sum of the values whose index is r. */
export function scatterAddRowsKernel(
  backend: WasmBackend,
  values: HeapTensor,
  index: HeapTensor,
  rows: number,
): HeapTensor {
  const columns = values.shape[1] ?? 0
  const out = backend.makeOutput([rows, columns], 'float32')
  const from = floatsOf(backend, values)
  const to = floatsOf(backend, out).fill(0)
  const targets = intsOf(backend, index)
  for (let i = 0; i < targets.length; i++) {
    const source = i * columns
    const target = (targets[i] ?? 0) * columns
    for (let c = 0; c < columns; c++) to[target + c] = (to[target + c] ?? 0) + (from[source + c] ?? 0)
  }
  return out
}

/** matrix [n,c] -> [c]: the sum of all rows. */
export function sumRowsKernel(backend: WasmBackend, matrix: HeapTensor): HeapTensor {
  const columns = matrix.shape[1] ?? 0
  const out = backend.makeOutput([columns], 'float32')
  const from = floatsOf(backend, matrix)
  const sums = new Float64Array(columns)
  for (let start = 0; start < from.length; start += columns)
    for (let c = 0; c < columns; c++) sums[c] = (sums[c] ?? 0) + (from[start + c] ?? 0)
  floatsOf(backend, out).set(sums)
  return out
}
