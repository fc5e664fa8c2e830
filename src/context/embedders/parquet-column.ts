// Vectors from a column of a Parquet file: lists of numbers, one a row, beside a column of ids. Any writer's file is taken
// (pandas, datasets, polars, DuckDB); every vector is checked, since one of another length or with a NaN in it would spoil
// the search for all.
import { MimicitError, show } from '../../base/errors.js'
import { sha256Stream } from '../../base/hash.js'
import { openFile } from '../../io/directory.js'
import type { ReadableFile } from '../../io/store.js'
import { type ForeignParquet, openForeignParquet } from '../../shards/foreign-parquet/reader.js'
import type { VectorTable } from './embedder.js'

/** Names that a column of ids is looked for by. */
const ID_COLUMNS = ['id', 'ids', 'pair_id', 'media_id', 'image_id']
const COLUMN = 'embedding'
const HASHED_AT_ONCE = 1 << 22

/**
 * Opens a table of vectors.
 * @param argument `path`, `path#column` or `path#column#id-column`; the column is `embedding` and that of ids `id` unless said
 * otherwise
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_CORRUPT, MIMICIT_UNKNOWN_NAME for a column that is not there,
 * MIMICIT_BAD_VECTOR for an empty table; while reading MIMICIT_BAD_VECTOR for a vector that is missing, of another length or
 * not finite, or that has no id
 */
export async function parquetColumn(argument: string): Promise<VectorTable> {
  const [path = '', column = COLUMN, ids] = argument.split('#')
  if (path === '') {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the path of a Parquet file: parquet:vectors.parquet#embedding',
      where: 'the embedder parquet',
      received: show(argument),
    })
  }
  const file = await openFile(path)
  try {
    const parquet = await openForeignParquet(file)
    const idColumn = ids ?? ID_COLUMNS.find((name) => parquet.names.includes(name)) ?? 'id'
    for (const name of [column, idColumn]) if (!parquet.names.includes(name)) throw noColumn(path, name, parquet)
    let dimensions: number | undefined
    for await (const { vector } of vectorsOf(parquet, path, column, idColumn, undefined)) {
      dimensions = vector.length
      break
    }
    if (dimensions === undefined) throw badVector(path, column, 0, 'at least one vector', 'a file without rows')
    const length = dimensions
    return {
      kind: 'table',
      dimensions: length,
      rows: parquet.rows,
      // Of what is in the file and not of where it lies: it is stored with the table of contexts.
      identity: `parquet, column ${column} by ${idColumn}, ${length} dimensions, sha256 ${await hashOf(file)}`,
      where: `${path}, column ${column}`,
      vectors: () => vectorsOf(parquet, path, column, idColumn, length),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

async function hashOf(file: ReadableFile): Promise<string> {
  const hash = sha256Stream()
  for (let at = 0; at < file.byteLength; at += HASHED_AT_ONCE) {
    hash.update(await file.read(at, Math.min(HASHED_AT_ONCE, file.byteLength - at)))
  }
  return hash.digest('hex').slice(0, 16)
}

async function* vectorsOf(
  parquet: ForeignParquet,
  path: string,
  column: string,
  idColumn: string,
  dimensions: number | undefined,
): AsyncGenerator<{ readonly id: string; readonly vector: Float32Array }> {
  for await (const { firstRow, rows, columns } of parquet.read([idColumn, column])) {
    for (let i = 0; i < rows; i++) {
      const row = firstRow + i
      const id = columns[idColumn]![i]
      if (typeof id !== 'string' || id === '') {
        throw badVector(path, idColumn, row, 'the id of a pair or a picture', id == null ? 'none' : show(id))
      }
      const given = columns[column]![i]
      const expected = `${dimensions ?? 'a list of'} finite numbers`
      if (!isList(given)) throw badVector(path, column, row, expected, given == null ? 'none' : show(given, 60), id)
      if (given.length !== (dimensions ?? given.length) || given.length === 0) {
        throw badVector(path, column, row, expected, `${given.length} numbers`, id)
      }
      const vector = Float32Array.from(given as ArrayLike<number>)
      const at = vector.findIndex((value, k) => typeof given[k] !== 'number' || !Number.isFinite(value))
      if (at >= 0) throw badVector(path, column, row, expected, `${String(given[at])} at place ${at}`, id)
      yield { id, vector }
    }
  }
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array

const badVector = (path: string, column: string, row: number, expected: string, received: string, id?: string) =>
  new MimicitError('MIMICIT_BAD_VECTOR', {
    expected,
    where: `${path}, column ${column}, row ${row}${id === undefined ? '' : ` (${id})`}`,
    received,
    hint: 'Correct the vectors, or use another embedder.',
  })

const noColumn = (path: string, name: string, { names }: ForeignParquet) =>
  new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of the columns ${names.join(', ')}`,
    where: `the vectors of ${path}`,
    received: show(name),
    hint: 'Name the column of the vectors and that of the ids: parquet:file.parquet#embedding#id (--column, --id-column).',
  })
