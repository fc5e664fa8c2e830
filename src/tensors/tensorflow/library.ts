// What we use of the TensorFlow library under tfjs-node: operations by name, with attributes and constants made once. What
// tfjs-node does for each call (a tensor for the axes, one for the shape, a cast to the type that is there already) costs as
// much as a small operation itself, and a training step has two thousand of them.
import type { Tensor, Tf } from '../tf.js'

/** An attribute of an operation. */
export interface Attribute {
  readonly name: string
  readonly type: number
  readonly value: unknown
}

/** What the library says of a tensor that it made. */
interface Made {
  readonly id: number
  readonly shape: number[]
  readonly dtype: number
}

interface Binding {
  readonly TF_FLOAT: number
  readonly TF_INT32: number
  readonly TF_ATTR_TYPE: number
  readonly TF_ATTR_BOOL: number
  readonly TF_ATTR_SHAPE: number
  readonly TF_ATTR_STRING: number
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): Float32Array
  executeOp(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs: number): Made[]
}

/** The backend of tfjs-node 4.22, which exports no types for this. */
interface TensorflowBackend {
  /** Read anew at every call: a bench puts a clock around it. */
  readonly binding: Binding
  readonly isUsingGpuDevice: boolean
  getInputTensorIds(tensors: readonly { readonly dataId: object }[]): number[]
  createOutputTensor(made: Made): Tensor
  incRef(dataId: object): void
}

/** Constants that are kept: batches of many lengths have shapes of their own. */
const MOST_CONSTANTS = 2048

/** The library of one backend. */
export class TensorflowLibrary {
  readonly #backend: TensorflowBackend
  readonly #constants = new Map<string, number>()
  /** T = float32. */
  readonly float: Attribute

  constructor(backend: TensorflowBackend) {
    this.#backend = backend
    this.float = this.type('T', 'float32')
  }

  /** A type attribute. */
  type(name: string, dtype: 'float32' | 'int32'): Attribute {
    const { TF_ATTR_TYPE, TF_FLOAT, TF_INT32 } = this.#backend.binding
    return { name, type: TF_ATTR_TYPE, value: dtype === 'float32' ? TF_FLOAT : TF_INT32 }
  }

  /** A boolean attribute. */
  flag(name: string, value: boolean): Attribute {
    return { name, type: this.#backend.binding.TF_ATTR_BOOL, value }
  }

  /** A variable that lives in the library, with these values: the number by which operations know it. */
  resource(name: string, values: number, shape: readonly number[]): number {
    const { TF_ATTR_SHAPE, TF_ATTR_STRING } = this.#backend.binding
    const dtype = this.type('dtype', 'float32')
    const attributes = [
      dtype,
      { name: 'shape', type: TF_ATTR_SHAPE, value: shape },
      { name: 'shared_name', type: TF_ATTR_STRING, value: name },
    ]
    const handle = (this.run('VarHandleOp', attributes, [])[0] as Made).id
    this.run('AssignVariableOp', [dtype], [handle, values], 0)
    return handle
  }

  /** Frees the values of a `resource` and forgets its number. */
  freeResource(handle: number): void {
    this.run('DestroyResourceOp', [this.flag('ignore_lookup_error', true)], [handle], 0)
    this.free(handle)
  }

  /** A tensor that only the library knows, until `free`. */
  make(shape: readonly number[], values: Float32Array | Int32Array): number {
    const { binding } = this.#backend
    return binding.createTensor(shape, values instanceof Int32Array ? binding.TF_INT32 : binding.TF_FLOAT, values)
  }

  /** A copy of the numbers behind an id. */
  read(id: number): Float32Array {
    return this.#backend.binding.tensorDataSync(id)
  }

  /** Forgets tensors that only the library knows. */
  free(...ids: readonly number[]): void {
    for (const id of ids) this.#backend.binding.deleteTensor(id)
  }

  /** The number by which the library knows a tensor. */
  idOf(tensor: { readonly dataId: object }): number {
    return this.#backend.getInputTensorIds([tensor])[0] as number
  }

  /** A vector of integers (axes, a shape) that stays in the library. */
  constant(values: readonly number[]): number {
    const key = values.join(' ')
    const known = this.#constants.get(key)
    if (known !== undefined) {
      // To the end: what was asked for last is forgotten last, so that one operation may take several.
      this.#constants.delete(key)
      this.#constants.set(key, known)
      return known
    }
    const [oldest] = this.#constants
    if (oldest !== undefined && this.#constants.size >= MOST_CONSTANTS) {
      this.#constants.delete(oldest[0])
      this.free(oldest[1])
    }
    const id = this.make([values.length], Int32Array.from(values))
    this.#constants.set(key, id)
    return id
  }

  /** Runs an operation on ids; what it makes belongs to the caller. */
  run(name: string, attributes: readonly Attribute[], inputs: readonly number[], outputs = 1): Made[] {
    return this.#backend.binding.executeOp(name, attributes, inputs, outputs)
  }

  /** A tensor of tfjs around what an operation has made. */
  tensor(made: Made | undefined): Tensor {
    return this.#backend.createOutputTensor(made as Made)
  }

  /** The same values once more, without work. */
  share<T extends { readonly dataId: object }>(tensor: T): T {
    this.#backend.incRef(tensor.dataId)
    return tensor
  }
}

const libraries = new WeakMap<object, TensorflowLibrary>()

/**
 * The library under the backend in use; undefined on other backends, on a GPU (where nobody has tried this), and for a
 * version of tfjs-node that is built differently: the portable ways serve all of these.
 */
export function tensorflowLibrary(tf: Tf): TensorflowLibrary | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined
  const backend = tf.backend() as unknown as Partial<TensorflowBackend>
  const known = libraries.get(backend)
  if (known !== undefined) return known
  const fits =
    backend.isUsingGpuDevice === false &&
    typeof backend.getInputTensorIds === 'function' &&
    typeof backend.createOutputTensor === 'function' &&
    typeof backend.incRef === 'function' &&
    typeof backend.binding?.executeOp === 'function' &&
    typeof backend.binding.createTensor === 'function' &&
    typeof backend.binding.deleteTensor === 'function' &&
    typeof backend.binding.tensorDataSync === 'function'
  if (!fits) return undefined
  const library = new TensorflowLibrary(backend as TensorflowBackend)
  libraries.set(backend, library)
  return library
}
