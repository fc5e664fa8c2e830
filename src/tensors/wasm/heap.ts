// What our own kernels use of the wasm backend: its heap, its table of tensors and its compiled matrix product. The
// shapes here are those of @tensorflow/tfjs-backend-wasm 4.22, which exports no types for them; `wasmBackend` checks that
// they are there, so another version fails with a sentence at start and not with a wrong number later.
import { MimicitError } from '../../base/errors.js'

/** A tensor inside the backend. */
export interface HeapTensor {
  readonly dataId: object
  readonly shape: number[]
  readonly dtype: string
}

interface DataEntry {
  readonly id: number
  readonly memoryOffset: number
}

/** The part of the wasm backend that the kernels call. */
export interface WasmBackend {
  readonly wasm: {
    readonly cwrap: (
      name: string,
      result: string | null,
      parameters: readonly string[],
    ) => (...values: unknown[]) => void
    readonly tfjs: {
      readonly registerTensor: (id: number, size: number, offset: number) => void
      readonly disposeData: (id: number) => void
    }
  }
  /** The next free number of a tensor; counts up. */
  dataIdNextNumber: number
  readonly dataIdMap: { get(dataId: object): DataEntry | undefined }
  incRef(dataId: object): void
  makeOutput(shape: readonly number[], dtype: 'float32' | 'int32'): HeapTensor
  typedArrayFromHeap(tensor: HeapTensor): Float32Array | Int32Array | Uint8Array
}

/**
 * Checks that `backend` has everything our kernels rely on.
 *
 * @throws MIMICIT_UNSUPPORTED for a version of the backend that is built differently.
 */
export function wasmBackend(backend: unknown): WasmBackend {
  const candidate = backend as Partial<WasmBackend> | null
  const fits =
    typeof candidate?.makeOutput === 'function' &&
    typeof candidate.typedArrayFromHeap === 'function' &&
    typeof candidate.incRef === 'function' &&
    typeof candidate.dataIdNextNumber === 'number' &&
    typeof candidate.dataIdMap?.get === 'function' &&
    typeof candidate.wasm?.cwrap === 'function' &&
    typeof candidate.wasm.tfjs?.registerTensor === 'function' &&
    typeof candidate.wasm.tfjs.disposeData === 'function'
  if (!fits)
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'the wasm backend of @tensorflow/tfjs-backend-wasm 4.22',
      where: 'the tensor backend "wasm"',
      received: 'a backend without the heap that our kernels use',
      hint: 'Install @tensorflow/tfjs-backend-wasm 4.22.',
    })
  return candidate as WasmBackend
}

/** The entry of a tensor in the backend's table. */
export function entryOf(backend: WasmBackend, tensor: HeapTensor): DataEntry {
  const entry = backend.dataIdMap.get(tensor.dataId)
  if (entry === undefined)
    throw new MimicitError('MIMICIT_INTERNAL', {
      expected: 'a tensor that lives on the wasm heap',
      where: 'a wasm kernel',
      received: `an unknown tensor of shape [${tensor.shape.join(', ')}]`,
    })
  return entry
}

/** The floats of a tensor, in place. The view is void after the next allocation: the heap may move when it grows. */
export function floatsOf(backend: WasmBackend, tensor: HeapTensor): Float32Array {
  return backend.typedArrayFromHeap(tensor) as Float32Array
}

/** The integers of a tensor, in place; as short-lived as `floatsOf`. */
export function intsOf(backend: WasmBackend, tensor: HeapTensor): Int32Array {
  return backend.typedArrayFromHeap(tensor) as Int32Array
}
