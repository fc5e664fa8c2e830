// What a PyTorch file may name: ordered dicts, storages, and the functions that lay a tensor over a storage. None of them
// reads a value: a tensor is a description of where its values lie.
import { badWeights } from './bad-weights.js'
import { type DType, dtypeBytes } from './dtypes.js'
import { type PickleGlobal, PickleTuple } from './pickle.js'

/** A storage: values of one type, one behind the other, in an entry of their own. */
export interface TorchStorage {
  readonly kind: 'storage'
  readonly key: string
  /** Undefined for a storage without a type; its tensors have one. */
  readonly dtype?: DType
  /** Values; bytes of a storage without a type. */
  readonly elements: number
}

/** A tensor over a storage. */
export interface TorchTensor {
  readonly kind: 'tensor'
  readonly storage: TorchStorage
  readonly dtype: DType
  /** Elements of the storage before its first. */
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** A class of storages, as a persistent id names it. */
export interface StorageClass {
  readonly kind: 'storage class'
  readonly dtype?: DType
}

const storageClasses: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
}

const dtypes: Readonly<Record<string, DType>> = {
  ...{ float64: 'float64', double: 'float64', float32: 'float32', float: 'float32' },
  ...{ float16: 'float16', half: 'float16', bfloat16: 'bfloat16' },
  ...{ int64: 'int64', long: 'int64', int32: 'int32', int: 'int32', int16: 'int16', short: 'int16' },
  ...{ int8: 'int8', uint8: 'uint8', bool: 'bool', uint16: 'uint16', uint32: 'uint32', uint64: 'uint64' },
  ...{ float8_e4m3fn: 'float8_e4m3fn', float8_e5m2: 'float8_e5m2' },
}

const MOST_AXES = 64

/** Whether a value that a pickle made is of a kind of ours. */
export const isKind = <T extends { readonly kind: string }>(value: unknown, kind: T['kind']): value is T =>
  typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === kind

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function counts(value: unknown, what: string, where: string): number[] {
  const items = value instanceof PickleTuple ? value.items : value
  if (!Array.isArray(items) || items.length > MOST_AXES || !items.every(isCount))
    throw badWeights(where, `${what} of at most ${MOST_AXES} whole numbers`, 'other values')
  return [...items]
}

/** A tensor; whether it lies inside its storage is checked where the storage's bytes are known. */
function tensor(args: readonly unknown[], dtypeOf: (storage: TorchStorage) => unknown, where: string): TorchTensor {
  const [storage, offset, size, stride] = args
  if (!isKind<TorchStorage>(storage, 'storage')) throw badWeights(where, 'a storage', 'another value')
  const dtype = dtypeOf(storage)
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypeBytes, dtype))
    throw badWeights(where, 'a type of values', 'none')
  const shape = counts(size, 'a shape', where)
  const strides = counts(stride, 'strides', where)
  if (!isCount(offset)) throw badWeights(where, 'an offset inside the storage', 'another value')
  if (strides.length !== shape.length) throw badWeights(where, `${shape.length} strides`, `${strides.length}`)
  return { kind: 'tensor', storage, dtype: dtype as DType, offset, shape, strides }
}

/** Everything that a PyTorch file may name, by `module.name`. @param where The file, for messages. */
export function torchGlobals(where: string): ReadonlyMap<string, PickleGlobal> {
  const globals = new Map<string, PickleGlobal>()
  const call = (name: string, run: (args: readonly unknown[]) => unknown) =>
    globals.set(name, { kind: 'function', call: run })
  const value = (name: string, it: unknown) => globals.set(name, { kind: 'value', value: it })

  call('collections.OrderedDict', (args) => {
    // Made of a list that is remembered, a file of a few bytes could have it copied again and again.
    if (args.length > 0) throw badWeights(where, 'an OrderedDict that is filled after it is made', 'one made of a list')
    return new Map()
  })
  call('torch.Size', ([sizes]) => new PickleTuple(counts(sizes, 'a size', where)))
  call('torch._utils._rebuild_tensor_v2', (args) => tensor(args, ({ dtype }) => dtype, where))
  // The same for types without a storage class of their own: the type is the seventh argument.
  call('torch._utils._rebuild_tensor_v3', (args) => tensor(args, () => args[6], where))
  const parameter = ([data]: readonly unknown[]) => {
    if (!isKind<TorchTensor>(data, 'tensor')) throw badWeights(where, 'the tensor of a parameter', 'another value')
    return data
  }
  call('torch._utils._rebuild_parameter', parameter)
  call('torch._utils._rebuild_parameter_with_state', parameter)
  for (const [name, dtype] of Object.entries(storageClasses))
    value(`torch.${name}`, { kind: 'storage class', dtype } satisfies StorageClass)
  for (const name of ['torch.UntypedStorage', 'torch.storage.UntypedStorage'])
    value(name, { kind: 'storage class' } satisfies StorageClass)
  for (const [name, dtype] of Object.entries(dtypes)) value(`torch.${name}`, dtype)
  return globals
}
