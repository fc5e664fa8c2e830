// What the room of pictures computes in WebAssembly: everything that touches each pixel.
export { decodeJpeg, huffmanTable, tableBytes } from './jpeg'

/** Where memory is free. */
export function heapBase(): usize {
  return __heap_base
}
