// The footer of a Parquet file that somebody else wrote, checked before anything is read or allocated by it. Any writer's
// columns and row groups are taken, as long as places and sizes lie inside the file and below bounds.
import { type FileMetaData, parquetMetadata, type SchemaElement } from 'hyparquet'
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { thriftEnd } from '../thrift-bounds.js'

/** A column of values: text and numbers have one, lists and structs one for each thing inside. */
export interface ParquetLeaf {
  /** Names from the top column down. */
  readonly path: readonly string[]
  readonly type: SchemaElement['type']
  readonly isText: boolean
  readonly maxDefinition: number
  readonly maxRepetition: number
}

/** The values of a leaf in one row group, as they lie in the file. */
export interface ParquetChunk {
  readonly leaf: ParquetLeaf
  readonly codec: string
  readonly start: number
  readonly end: number
  readonly values: number
}

/** One row group. */
export interface ParquetGroup {
  readonly rows: number
  readonly chunks: readonly ParquetChunk[]
}

/** A footer that was checked. */
export interface ParquetFooter {
  readonly metadata: FileMetaData
  readonly leaves: readonly ParquetLeaf[]
  readonly groups: readonly ParquetGroup[]
}

const TAIL_BYTES = 1 << 19
const END_BYTES = 8
const MAGIC = 0x31524150
const MOST_FOOTER_BYTES = 64e6
const BOUNDS = { depth: 16, structs: 1 << 20 }
const MOST_NESTING = 16
/** Values of a column in one row group. */
const MOST_VALUES = 2 ** 24
/** Bytes of a column in one row group, in the file; a single read takes no more. */
const MOST_CHUNK_BYTES = 2 ** 31 - 1

/**
 * Reads the footer of a file.
 * @throws MimicitError MIMICIT_CORRUPT if it is no whole Parquet file
 */
export async function readForeignFooter(file: ReadableFile): Promise<ParquetFooter> {
  try {
    return await read(file)
  } catch (error) {
    if (error instanceof MimicitError) throw error
    throw new MimicitError('MIMICIT_CORRUPT', {
      expected: 'a whole Parquet file',
      where: file.path,
      received: (error as Error).message,
      hint: 'It was cut short or is of another kind; download or write it again.',
      cause: error,
    })
  }
}

async function read(file: ReadableFile): Promise<ParquetFooter> {
  if (file.byteLength < END_BYTES + 4) throw new RangeError(`a file of ${file.byteLength} bytes`)
  const tailStart = Math.max(0, file.byteLength - TAIL_BYTES)
  let bytes = await file.read(tailStart, file.byteLength - tailStart)
  const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.byteLength - END_BYTES, END_BYTES)
  const length = end.getUint32(0, true)
  if (end.getUint32(4, true) !== MAGIC) throw new RangeError('a file that does not end as Parquet does')
  const start = file.byteLength - END_BYTES - length
  if (start < 4 || length > MOST_FOOTER_BYTES) throw new RangeError(`a footer of ${length} bytes`)
  if (start < tailStart) bytes = Buffer.concat([await file.read(start, tailStart - start), bytes])
  bytes = bytes.subarray(bytes.byteLength - END_BYTES - length)
  thriftEnd(bytes.subarray(0, length), 0, BOUNDS)
  const metadata = parquetMetadata(bytes, { geoparquet: false })
  const leaves = leavesOf(metadata.schema)
  const groups = metadata.row_groups.map(({ columns, num_rows }, g): ParquetGroup => {
    const rows = whole(num_rows, MOST_VALUES, `rows of row group ${g}`)
    if (columns.length !== leaves.length) throw new RangeError(`${columns.length} columns in row group ${g}`)
    const chunks = columns.map((column, i): ParquetChunk => {
      const leaf = leaves[i]!
      const meta = column.meta_data
      const name = leaf.path.join('.')
      const isItself = meta?.path_in_schema.join('.') === name && meta.type === leaf.type
      if (meta === undefined || column.file_path !== undefined || !isItself) {
        throw new RangeError(`another column in the place of ${name}`)
      }
      const first = whole(meta.dictionary_page_offset || meta.data_page_offset, file.byteLength, `place of ${name}`)
      const size = whole(meta.total_compressed_size, MOST_CHUNK_BYTES, `bytes of ${name}`)
      if (first < 4 || first + size > start) throw new RangeError(`${name} at ${first} with ${size} bytes`)
      const values = whole(meta.num_values, MOST_VALUES, `values of ${name}`)
      if (leaf.maxRepetition === 0 && values !== rows) throw new RangeError(`${values} values of ${name}, ${rows} rows`)
      return { leaf, codec: meta.codec, start: first, end: first + size, values }
    })
    return { rows, chunks }
  })
  return { metadata, leaves, groups }
}

/** The leaves of a schema, which lists every struct before what is in it. */
function leavesOf(schema: readonly SchemaElement[]): ParquetLeaf[] {
  const leaves: ParquetLeaf[] = []
  let at = 1
  const walk = (count: number, path: readonly string[], definition: number, repetition: number) => {
    if (path.length > MOST_NESTING) throw new RangeError('columns that are too deep')
    for (let i = 0; i < count; i++) {
      const element = schema[at++]
      if (element === undefined) throw new RangeError('a schema that ends early')
      const isRepeated = element.repetition_type === 'REPEATED'
      const maxDefinition = definition + (element.repetition_type === 'REQUIRED' ? 0 : 1)
      const maxRepetition = repetition + (isRepeated ? 1 : 0)
      const inner = [...path, element.name]
      const { type, num_children: children = 0 } = element
      if (children > 0) walk(children, inner, maxDefinition, maxRepetition)
      else {
        const isText = element.converted_type === 'UTF8' || element.logical_type?.type === 'STRING'
        leaves.push({ path: inner, type, isText, maxDefinition, maxRepetition })
      }
    }
  }
  walk(schema[0]?.num_children ?? 0, [], 0, 0)
  if (at !== schema.length) throw new RangeError('a schema with more than its columns')
  return leaves
}

function whole(value: unknown, most: number, what: string): number {
  if (typeof value === 'bigint' && value >= 0n && value <= BigInt(most)) return Number(value)
  throw new RangeError(`${what}: ${String(value)}`)
}
