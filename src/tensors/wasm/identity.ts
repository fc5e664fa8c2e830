// A clone that shares its data. As shipped, wasm copies every tensor that a backward pass wants to see again; tensors
// never change in place and the backend counts references anyway (its own reshape shares in the same way).
import type { HeapTensor, WasmBackend } from './heap.js'

/** x -> the same values under a second reference. */
export function identityKernel(backend: WasmBackend, x: HeapTensor): HeapTensor {
  backend.incRef(x.dataId)
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype }
}
