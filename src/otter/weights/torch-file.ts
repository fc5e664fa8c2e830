// PyTorch's form: a zip file with a pickle that says which tensors there are, and an entry of plain values for each
// storage. The pickle is read by an interpreter that runs nothing (pickle.ts); of the values nothing is read here.
import { MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/readable.js'
import { badWeights } from './bad-weights.js'
import { dtypeBytes } from './dtypes.js'
import { PickleTuple, unpickle } from './pickle.js'
import { elements, spanOf, type TensorPlace } from './place.js'
import { isKind, type StorageClass, type TorchStorage, type TorchTensor, torchGlobals } from './torch-globals.js'
import { dataStarts, readZipDirectory, type ZipDirectory, type ZipEntry } from './zip-directory.js'

/** The pickle of a checkpoint with its optimiser has less than a megabyte. */
const MOST_PICKLE_BYTES = 32 << 20
/** Under these keys training scripts put the weights beside other things. */
const WRAPPERS = ['model_state_dict', 'state_dict', 'model', 'module']
/** How deep they may lie. */
const MOST_WRAPPERS = 4

/** First bytes of a zip file. */
export const isZip = (first: Uint8Array): boolean =>
  first[0] === 0x50 && first[1] === 0x4b && first[2] === 3 && first[3] === 4

const legacyStart = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]

/** First bytes of what torch.save wrote before version 1.6: a magic number, pickled. */
export const isLegacyTorch = (first: Uint8Array): boolean => legacyStart.every((byte, i) => first[i] === byte)

const resave = 'Convert it in Python: torch.save(torch.load("in.pt", map_location="cpu", weights_only=True), "out.pt").'

/** The error for a file that torch.save wrote before version 1.6. */
export function legacyTorch(where: string): MimicitError {
  return new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'a zip file of torch.save, as PyTorch writes since version 1.6',
    where,
    received: 'the form before that',
    hint: resave,
  })
}

/** The directory inside the zip that holds everything. */
function rootOf({ entries }: ZipDirectory, where: string): string {
  const roots = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  const [first] = roots
  if (first === undefined || roots.length > 1)
    throw badWeights(where, 'a zip file with one data.pkl, as torch.save writes', `one with ${roots.length}`)
  const root = first.slice(0, -'data.pkl'.length)
  if (entries.has(`${root}constants.pkl`))
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'weights',
      where,
      received: 'a TorchScript program',
      hint: 'Save its weights in Python: torch.save(torch.jit.load("in.pt", "cpu").state_dict(), "out.pt").',
    })
  return root
}

async function readEntry(file: ReadableFile, zip: ZipDirectory, entry: ZipEntry, where: string): Promise<Uint8Array> {
  const [start = 0] = await dataStarts(file, zip, [entry], where)
  return file.read(start, entry.bytes)
}

/** A storage by its persistent id: ('storage', class, key, device, elements). */
function storageOf(id: unknown, where: string): TorchStorage {
  const [tag, type, key, , size] = id instanceof PickleTuple ? id.items : []
  if (tag !== 'storage' || !isKind<StorageClass>(type, 'storage class') || typeof key !== 'string')
    throw badWeights(where, 'a storage with its class and key', 'another persistent id')
  if (!Number.isSafeInteger(size) || (size as number) < 0)
    throw badWeights(where, `a size of storage ${show(key)}`, 'another value')
  return { kind: 'storage', key, elements: size as number, ...(type.dtype === undefined ? {} : { dtype: type.dtype }) }
}

const isTensor = (value: unknown): value is TorchTensor => isKind<TorchTensor>(value, 'tensor')

/** The tensors of a checkpoint, out of whatever lies around them. */
function stateOf(value: unknown, where: string): Map<string, TorchTensor> {
  let state = value
  for (let depth = 0; depth < MOST_WRAPPERS && state instanceof Map; depth++) {
    const map: Map<unknown, unknown> = state
    const wrapper = WRAPPERS.find((name) => map.get(name) instanceof Map)
    if (wrapper === undefined) break
    state = map.get(wrapper)
  }
  const tensors = new Map<string, TorchTensor>()
  if (state instanceof Map)
    for (const [name, tensor] of state) if (typeof name === 'string' && isTensor(tensor)) tensors.set(name, tensor)
  if (tensors.size > 0) return tensors
  const keys = state instanceof Map ? [...state.keys()].filter((key) => typeof key === 'string').slice(0, 8) : []
  throw badWeights(
    where,
    'tensors by name, or a dict that holds them as model_state_dict or state_dict',
    state instanceof Map ? `a dict without tensors${keys.length > 0 ? ` (${keys.join(', ')})` : ''}` : 'another object',
    'Save the state dict of the model: torch.save(model.state_dict(), "out.pt").',
  )
}

/** The entry of a tensor's storage, with the tensor checked to lie inside. */
function entryOf(name: string, tensor: TorchTensor, root: string, { entries }: ZipDirectory, where: string): ZipEntry {
  const at = `${where}, tensor ${show(name)}`
  const { storage, shape, strides, offset, dtype } = tensor
  const entry = entries.get(`${root}data/${storage.key}`)
  if (entry === undefined) throw badWeights(at, `an entry ${root}data/${storage.key}`, 'none')
  const size = dtypeBytes[dtype]
  const promised = storage.elements * (storage.dtype === undefined ? 1 : dtypeBytes[storage.dtype])
  if (entry.bytes !== promised) throw badWeights(at, `a storage of ${promised} bytes`, `one of ${entry.bytes}`)
  const held = Math.floor(entry.bytes / size)
  // A tensor that shows the same value in many places (strides of 0) could be of any size; no weights are.
  if (offset + spanOf(shape, strides) > held || elements(shape) > held)
    throw badWeights(
      at,
      `values inside a storage of ${held}`,
      `shape [${shape.join(', ')}] with strides [${strides.join(', ')}] from ${offset} on`,
    )
  return entry
}

/**
 * Where the tensors of a PyTorch file lie.
 * @throws MIMICIT_UNSAFE_PICKLE when the file asks for more than tensors, MIMICIT_BAD_WEIGHTS when it is damaged or lies,
 * MIMICIT_UNSUPPORTED for a TorchScript program or values in another byte order
 */
export async function readTorchFile(file: ReadableFile, where: string): Promise<Map<string, TensorPlace>> {
  const zip = await readZipDirectory(file, where)
  const root = rootOf(zip, where)
  const order = zip.entries.get(`${root}byteorder`)
  if (order !== undefined && order.bytes < 64) {
    const text = new TextDecoder().decode(await readEntry(file, zip, order, where))
    if (text !== 'little')
      throw new MimicitError('MIMICIT_UNSUPPORTED', {
        expected: 'little-endian values',
        where,
        received: show(text),
        hint: `On the machine that wrote it, or any other: ${resave}`,
      })
  }
  const program = zip.entries.get(`${root}data.pkl`)!
  if (program.bytes > MOST_PICKLE_BYTES)
    throw badWeights(where, `a data.pkl of at most ${MOST_PICKLE_BYTES} bytes`, `${program.bytes}`)
  const inside = `${where}, ${root}data.pkl`
  const value = unpickle(await readEntry(file, zip, program, where), {
    globals: torchGlobals(inside),
    persistent: (id) => storageOf(id, inside),
    where: inside,
  })
  const tensors = [...stateOf(value, where)]
  const entries = tensors.map(([name, tensor]) => entryOf(name, tensor, root, zip, where))
  const starts = await dataStarts(file, zip, entries, where)
  return new Map(
    tensors.map(([name, { dtype, shape, strides, offset }], i) => [
      name,
      { dtype, shape, strides, start: starts[i]! + offset * dtypeBytes[dtype] },
    ]),
  )
}
