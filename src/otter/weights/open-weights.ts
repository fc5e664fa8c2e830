// The one seam for weights in files: whatever the form, whether one file or many with an index, near or far, it gives names,
// shapes and types, and reads one tensor at a time by range. A checkpoint of 30 GB is opened in the memory of its headers.
import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MimicitError, show } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { isLocal, publicLocation } from '../../io/location.js'
import { openStore, type ReadableFile, type Store, type StoreOptions } from '../../io/store.js'
import { badWeights } from './bad-weights.js'
import { type DType, dtypeBytes, isReadable, readableDtypes } from './dtypes.js'
import { nameList } from './name-list.js'
import { elements, type RowRange, readPieces, readPlace, rowsOf, type TensorPlace } from './place.js'
import { readWeightsFile, type WeightsForm } from './weights-file.js'

/** What is known of a tensor without reading it. */
export interface StoredTensor {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Bytes of its values in the file's type. */
  readonly bytes: number
  /** The file it lies in. */
  readonly file: string
}

/** Open weights: one file, or several with an index. */
export interface Weights {
  /** What the user called them, without credentials. */
  readonly location: string
  readonly form: WeightsForm
  /** Files, in order. */
  readonly files: readonly string[]
  /** By the names that the files use. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  /** What a safetensors file says of itself. */
  readonly metadata: Readonly<Record<string, string>>
  /**
   * One tensor as float32, row-major; float16 and bfloat16 exactly, float64 rounded.
   * @param rows Only these indexes of the first axis; nothing else is read.
   * @throws MIMICIT_UNKNOWN_NAME for a name that is not there, MIMICIT_BAD_VALUE for rows that are not, MIMICIT_UNSUPPORTED
   * for integers and floats of eight bits
   */
  read(name: string, rows?: RowRange): Promise<Float32Array>
  /** The same in pieces of at most 16 MB of the file, for what does not fit in memory twice. @throws as `read` */
  pieces(name: string, rows?: RowRange): AsyncGenerator<Float32Array>
  /** Closes the files. */
  close(): Promise<void>
}

/** Files that a directory of a model may hold, the first that is there is taken. */
const NAMES = [
  'model.safetensors.index.json',
  'model.safetensors',
  'pytorch_model.bin.index.json',
  'pytorch_model.bin',
  'checkpoint.pt',
  'final_weights.pt',
] as const
const FILE = /\.(safetensors|pt|pth|bin|ckpt|json)$/i
/** Hugging Face models have at most some hundred files. */
const MOST_FILES = 1000

/** Where to look: a store, and a file in it if one was named. */
async function placeOf(location: string, options: StoreOptions): Promise<{ store: Store; name?: string }> {
  if (isLocal(location)) {
    const path = pathOf(location)
    if (await isDirectory(path)) return { store: openStore(path, options) }
    return { store: openStore(dirname(path), options), name: basename(path) }
  }
  if (!FILE.test(publicLocation(location))) return { store: openStore(location, options) }
  // A query (a signature, say) belongs to every file of a place.
  const query = /[?#].*$/s.exec(location)?.[0] ?? ''
  const bare = location.slice(0, location.length - query.length)
  const cut = bare.lastIndexOf('/') + 1
  return { store: openStore(bare.slice(0, cut) + query, options), name: bare.slice(cut) }
}

/** A path, as a path or as a `file:` URL says it. */
function pathOf(location: string): string {
  if (!/^file:/i.test(location)) return location
  try {
    return fileURLToPath(location)
  } catch {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a path, or a file: URL of this machine',
      where: 'the weights',
      received: show(location),
    })
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw asIoError(error, path)
  }
}

/** The file to begin with. */
async function firstFile(store: Store): Promise<string> {
  for (const name of NAMES) if (await store.exists(name)) return name
  throw new MimicitError('MIMICIT_NOT_FOUND', {
    expected: `one of ${NAMES.join(', ')}`,
    where: store.location,
    received: 'a directory without any',
    hint: 'Name the file of the weights.',
  })
}

/** Which file holds which tensor, as an index says. */
async function readIndex(store: Store, name: string): Promise<Map<string, string>> {
  const where = `${store.location}, ${name}`
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await store.readAll(name)))
  } catch (error) {
    if (error instanceof MimicitError) throw error
    throw badWeights(where, 'JSON', String(error))
  }
  const map = (json as { weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw badWeights(where, 'a weight_map: the file of every tensor', show(map))
  const entries = Object.entries(map as Record<string, unknown>)
  // A name with a directory in it could lead anywhere.
  for (const [tensor, file] of entries)
    if (typeof file !== 'string' || !FILE.test(file) || /[\\/]|^\.\./.test(file))
      throw badWeights(`${where}, tensor ${show(tensor)}`, 'the name of a file beside the index', show(file))
  return new Map(entries as [string, string][])
}

interface FoundTensor {
  readonly facts: StoredTensor
  readonly source: ReadableFile
  readonly place: TensorPlace
}

/** Opens the files and finds their tensors; `open` gets every file as soon as it has to be closed. */
async function findTensors(
  store: Store,
  files: readonly string[],
  nameOf: (file: string) => string,
  open: ReadableFile[],
) {
  const tensors = new Map<string, FoundTensor>()
  const metadata: Record<string, string> = {}
  let form: WeightsForm = 'safetensors'
  for (const path of files) {
    const source = await store.open(path)
    open.push(source)
    const content = await readWeightsFile(source, nameOf(path))
    form = content.form
    Object.assign(metadata, content.metadata)
    for (const [name, place] of content.places) {
      const other = tensors.get(name)
      if (other !== undefined)
        throw badWeights(nameOf(path), 'every tensor in one file', `${show(name)} in ${other.facts.file} too`)
      const { dtype, shape } = place
      const bytes = elements(shape) * dtypeBytes[dtype]
      tensors.set(name, { facts: { dtype, shape, bytes, file: path }, source, place })
    }
  }
  return { tensors, metadata, form }
}

function checkIndex(
  index: ReadonlyMap<string, string>,
  tensors: ReadonlyMap<string, FoundTensor>,
  where: string,
): void {
  const wrong = [...index].filter(([tensor, file]) => tensors.get(tensor)?.facts.file !== file)
  const [first] = wrong
  if (first !== undefined)
    throw badWeights(
      where,
      `tensor ${show(first[0])} in ${first[1]}`,
      `${wrong.length} of ${index.size} tensors missing where the index says`,
      'Index and files are not of one version; fetch them again.',
    )
}

/**
 * Opens weights: a safetensors file or a zip file of torch.save (`.pt`, `.bin`), an index of several
 * (`model.safetensors.index.json`, `pytorch_model.bin.index.json`), or the directory of a model that holds one of these.
 * Only headers are read. A pickle is read by an interpreter that runs nothing.
 *
 * @param location Path, or a location that `openDataset` takes: `https://...`, `s3://...`.
 * @throws MIMICIT_NOT_FOUND, MIMICIT_BAD_WEIGHTS for a damaged file, MIMICIT_UNSAFE_PICKLE for one that asks for more than
 * tensors, MIMICIT_UNSUPPORTED for the form that torch.save wrote before PyTorch 1.6
 */
export async function openWeights(location: string, options: StoreOptions = {}): Promise<Weights> {
  const { store, name } = await placeOf(location, options)
  const shown = publicLocation(location)
  const open: ReadableFile[] = []
  const close = async () => {
    await Promise.all(open.map((file) => file.close()))
    await store.close?.()
  }
  try {
    const first = name ?? (await firstFile(store))
    const index = first.endsWith('.json') ? await readIndex(store, first) : undefined
    const files = index === undefined ? [first] : [...new Set(index.values())].sort()
    if (files.length === 0 || files.length > MOST_FILES)
      throw badWeights(shown, `at least one file and at most ${MOST_FILES}`, `${files.length}`)
    const nameOf = (file: string) => (file === name ? shown : `${shown}, ${file}`)
    const { tensors, metadata, form } = await findTensors(store, files, nameOf, open)
    if (index !== undefined) checkIndex(index, tensors, shown)
    const whereOf = (tensor: string) => `${shown}, tensor ${show(tensor)}`
    return {
      ...{ location: shown, form, files, metadata, close },
      tensors: new Map([...tensors].map(([tensor, { facts }]) => [tensor, facts])),
      read: async (tensor, rows) => {
        const { source, place } = chosen(tensors, tensor, rows, shown)
        return readPlace(source, place, whereOf(tensor))
      },
      async *pieces(tensor, rows) {
        const { source, place } = chosen(tensors, tensor, rows, shown)
        yield* readPieces(source, place, whereOf(tensor))
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A tensor, or some of its rows. */
function chosen(
  tensors: ReadonlyMap<string, FoundTensor>,
  name: string,
  rows: RowRange | undefined,
  where: string,
): Pick<FoundTensor, 'source' | 'place'> {
  const found = tensors.get(name)
  if (found === undefined)
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of the ${tensors.size} tensors of these weights`,
      where,
      received: show(name),
    })
  if (rows === undefined) return found
  const { from, to } = rows
  const count = found.facts.shape[0] ?? 0
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > count)
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `rows between 0 and ${count}`,
      where: `${where}, tensor ${show(name)}`,
      received: `${from} to ${to}`,
    })
  return { source: found.source, place: rowsOf(found.place, rows) }
}

/**
 * Refuses tensors whose values cannot be read, before any of them is.
 * @throws MIMICIT_UNSUPPORTED naming them
 */
export function checkReadable({ tensors, location }: Weights, keys: Iterable<string>): void {
  const packed = [...keys].filter((key) => !isReadable(tensors.get(key)?.dtype ?? 'float32'))
  const [first] = packed
  if (first === undefined) return
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `values of ${readableDtypes.join(', ')}`,
    where: location,
    received: `${packed.length} tensors of ${tensors.get(first)?.dtype} and the like (${nameList(packed)})`,
    hint: 'Weights that are packed into integers or eight bits have to be unpacked by the tool that packed them.',
  })
}
