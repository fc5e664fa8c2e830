// How tensors lie in the files that are written: which file each is in, and in which order. Pure, so that equal content gives
// equal bytes.
import { dtypeBytes, type WritableDType } from './dtypes.js'
import { elements } from './place.js'

/** A tensor to write. */
export interface PlannedTensor {
  readonly name: string
  readonly dtype: WritableDType
  readonly shape: readonly number[]
}

/** One file. */
export interface PlannedFile<T extends PlannedTensor> {
  readonly path: string
  readonly tensors: readonly T[]
}

/** The file of weights that lie in one. */
export const SINGLE = 'model.safetensors'

/** The index of several, as Hugging Face names it. */
export const INDEX = `${SINGLE}.index.json`

/** Bytes of a tensor in the file. */
export const bytesOf = ({ dtype, shape }: PlannedTensor): number => elements(shape) * dtypeBytes[dtype]

/** Wide values first: behind a header of a multiple of eight bytes every value then lies on a boundary of its type. */
const inFile = <T extends PlannedTensor>(tensors: readonly T[]): T[] =>
  [...tensors].sort((a, b) => dtypeBytes[b.dtype] - dtypeBytes[a.dtype] || (a.name < b.name ? -1 : 1))

/** By name, with numbers by their size: layer 10 stands behind layer 9. */
const byName = new Intl.Collator('en', { numeric: true })

/**
 * Spreads tensors over files of at most `shardBytes`; a tensor that is larger has a file of its own.
 */
export function planFiles<T extends PlannedTensor>(tensors: readonly T[], shardBytes: number): PlannedFile<T>[] {
  const shards: T[][] = []
  let room = 0
  for (const tensor of [...tensors].sort((a, b) => byName.compare(a.name, b.name) || (a.name < b.name ? -1 : 1))) {
    const bytes = bytesOf(tensor)
    if (shards.length === 0 || bytes > room) {
      shards.push([])
      room = shardBytes
    }
    shards.at(-1)!.push(tensor)
    room -= bytes
  }
  const number = (n: number) => String(n).padStart(5, '0')
  const pathOf = (i: number) =>
    shards.length === 1 ? SINGLE : `model-${number(i + 1)}-of-${number(shards.length)}.safetensors`
  return shards.map((shard, i) => ({ path: pathOf(i), tensors: inFile(shard) }))
}
