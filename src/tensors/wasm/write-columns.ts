// Writing into a tensor that is there already. tfjs knows no such thing: whatever grows is copied as a whole, which for the
// keys and values of a generation is more bytes with every token.
import { floatsOf, type HeapTensor, type WasmBackend } from './heap.js'
import { identityKernel } from './identity.js'

/**
 * room[r][at + c] = part[r][c], in place.
 *
 * @param room [rows, columns]; only for a tensor whose values nobody else holds.
 * @param part [rows, fewer columns]
 * @returns room under a second reference
 */
export function writeColumnsKernel(backend: WasmBackend, room: HeapTensor, part: HeapTensor, at: number): HeapTensor {
  const [rows = 0, columns = 0] = room.shape
  const width = part.shape[1] ?? 0
  const to = floatsOf(backend, room)
  const from = floatsOf(backend, part)
  for (let row = 0; row < rows; row++) {
    const target = row * columns + at
    const source = row * width
    for (let c = 0; c < width; c++) to[target + c] = from[source + c] ?? 0
  }
  return identityKernel(backend, room)
}
