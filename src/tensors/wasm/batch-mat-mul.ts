// Batched matrix product on wasm. As shipped, only a product of two single matrices reaches the fast SIMD code (20 to 30
// GFLOP/s on one core); a batch of them takes a scalar path ten times slower, and attention is nothing but batches. Here
// each matrix of the batch is shown to the fast path as a tensor of its own: a number, a size and an offset into memory
// that already exists, nothing is copied.
import { entryOf, type HeapTensor, type WasmBackend } from './heap.js'

type Product = (...values: unknown[]) => void
const products = new WeakMap<object, Product>()

function productOf(backend: WasmBackend): Product {
  let product = products.get(backend)
  if (product === undefined) {
    const n = 'number'
    product = backend.wasm.cwrap('BatchMatMul', null, [n, 'array', n, n, 'array', n, n, n, n])
    products.set(backend, product)
  }
  return product
}

const shapeBytes = (rows: number, columns: number) => new Uint8Array(new Int32Array([1, rows, columns]).buffer)

/** [n,m,k] x [n,k,p] -> [n,m,p], float32. */
export function batchMatMulKernel(backend: WasmBackend, a: HeapTensor, b: HeapTensor): HeapTensor {
  const [count = 0, rows = 0, inner = 0] = a.shape
  const columns = b.shape[2] ?? 0
  const out = backend.makeOutput([count, rows, columns], 'float32')
  const { registerTensor, disposeData } = backend.wasm.tfjs
  const product = productOf(backend)
  const offsets = [a, b, out].map((tensor) => entryOf(backend, tensor).memoryOffset)
  const sizes = [rows * inner, inner * columns, rows * columns]
  if (sizes.some((size) => size === 0)) return out
  const left = shapeBytes(rows, inner)
  const right = shapeBytes(inner, columns)
  for (let i = 0; i < count; i++) {
    // Fresh numbers each time: the backend keeps the packed right-hand side under its number until it is disposed of.
    const first = backend.dataIdNextNumber
    backend.dataIdNextNumber = first + 3
    for (let side = 0; side < 3; side++) {
      const size = sizes[side] ?? 0
      registerTensor(first + side, size, (offsets[side] ?? 0) + i * size * 4)
    }
    product(first, left, 3, first + 1, right, 3, 0, 0, first + 2)
    for (let side = 0; side < 3; side++) disposeData(first + side)
  }
  return out
}
