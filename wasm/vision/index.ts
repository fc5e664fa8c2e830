// What the room of pictures computes in WebAssembly: everything that touches each pixel.
export { decodeJpeg, huffmanTable, tableBytes } from './jpeg'
export { bytePlanes, floatPixels, floatPlanes } from './normalise'

/** Where memory is free. */
export function heapBase(): usize {
  return __heap_base
}
