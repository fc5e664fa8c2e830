// The values of a page, row by row, for who wants few of them: of a page of 8,000 ids a batch needs eight, and to make all of them
// takes longer than to read them. hyparquet decodes whole pages, and of the shapes that are not here it has to.
import type { Decompress } from '../io/zstd.js'
import { hybridRuns, type NumberAt } from './hybrid-runs.js'
import type { Chunk } from './parquet-footer.js'
import { type PagePlan, pageContent } from './parquet-pages.js'

/** The value of a row of a page. @throws RangeError for one that contradicts the page */
export type ValueAt = (row: number) => unknown

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Reads a page of data.
 * @param bytes of its chunk
 * @param dictionary of the chunk, if it has one
 * @returns undefined where it takes hyparquet to decode it
 * @throws RangeError and MimicitError MIMICIT_CORRUPT for a page that contradicts itself
 */
export function pageValues(
  bytes: Uint8Array,
  { leaf, codec }: Chunk,
  page: PagePlan,
  dictionary: PagePlan | undefined,
  zstd: Decompress,
): ValueAt | undefined {
  const { column, isList, nullable } = leaf
  const { entries, values } = page
  const most = (isList ? 1 : 0) + (nullable ? 1 : 0)
  const definitions = () => hybridRuns(bytes, page.definitions, page.body, 1 + (most >> 1), entries)

  if (values === 0 && nullable) {
    const definition = definitions()
    for (let i = 0; i < entries; i++) if (definition(i) !== 0) return undefined
    pageContent(bytes, page, codec, zstd)
    return () => null
  }
  if (isList && column.kind !== 'list<int32>') return undefined
  // Which of them are there would have to be counted.
  if (!isList && values < entries) return undefined
  const valueAt = valuesOf(bytes, codec, page, dictionary, zstd)
  return isList && valueAt !== undefined ? listsOf(bytes, page, most, definitions(), valueAt) : valueAt
}

/** The values of a page one after the other, by themselves or by a dictionary. */
function valuesOf(
  bytes: Uint8Array,
  codec: Chunk['codec'],
  page: PagePlan,
  dictionary: PagePlan | undefined,
  zstd: Decompress,
): ValueAt | undefined {
  const read = (one: PagePlan) => plainValues(pageContent(bytes, one, codec, zstd), one)
  if (page.stored === 'plain') return read(page)
  const entryAt = dictionary && read(dictionary)
  if (dictionary === undefined || entryAt === undefined) return undefined
  const indexes = pageContent(bytes, page, codec, zstd)
  const index = hybridRuns(indexes, 1, indexes.byteLength, indexes[0]!, page.values)
  return (place) => {
    const at = index(place)
    if (at < dictionary.values) return entryAt(at)
    throw new RangeError(`a row without ${page.leaf.column.name}`)
  }
}

/** Values that follow each other; a page of them was checked to have as many as it says. */
function plainValues(content: Uint8Array, { leaf, values: count }: PagePlan): ValueAt | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength)
  if (leaf.type === 'INT32') return (at) => view.getInt32(4 * at, true)
  if (leaf.type !== 'BYTE_ARRAY') return undefined
  const isText = leaf.column.kind === 'string'
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i]! + 4 + view.getUint32(starts[i]!, true)
  return (at) => {
    const value = content.subarray(starts[at]! + 4, starts[at + 1]!)
    // A copy: a value that is kept must not hold its page.
    return isText ? utf8.decode(value) : new Uint8Array(value)
  }
}

/** Lists of a page: each entry is an element, an empty list or, where there may be one, no list. */
function listsOf(bytes: Uint8Array, page: PagePlan, most: number, definition: NumberAt, valueAt: ValueAt): ValueAt {
  const { entries, values, rows = 0, leaf } = page
  const repetition = hybridRuns(bytes, page.repetitions, page.definitions, 1, entries)
  /** Where the list of a row begins among the entries, and its elements among the values. */
  const [first, elements] = [new Uint32Array(rows + 1), new Uint32Array(rows + 1)]
  let [row, before] = [0, 0]
  for (let i = 0; i < entries; i++) {
    const level = definition(i)
    if (repetition(i) === 0) {
      if (row === rows) break
      first[row] = i
      elements[row++] = before
    } else if (level < most || i === 0 || definition(i - 1) < most)
      throw new RangeError(`a list ${leaf.path} in pieces`)
    if (level > most) throw new RangeError(`a level ${level} of ${leaf.path}`)
    if (level === most) before++
  }
  if (row !== rows || before !== values) throw new RangeError(`${before} values of ${leaf.path} in ${row} rows`)
  elements[rows] = values
  const isNull = (at: number) => leaf.nullable && definition(first[at]!) === 0
  return (at) => {
    if (isNull(at)) return null
    const list: unknown[] = []
    for (let i = elements[at]!; i < elements[at + 1]!; i++) list.push(valueAt(i))
    return list
  }
}
