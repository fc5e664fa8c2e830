// Images files in Parquet as pandas and dask leave them, written for tests.
import { writeFileSync } from 'node:fs'
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer'

type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>

/** Writes any columns. */
export function writeParquet(path: string, columnData: ColumnSource[], options: WriteOptions = {}): void {
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, ...options })))
}

/** The metadata of a frame with such an index. */
export const pandasMetadata = (index: unknown) => [{ key: 'pandas', value: JSON.stringify({ index_columns: [index] }) }]

/** Writes an images file: the column base64 first, as dask does. */
export function writeParquetImages(
  path: string,
  pictures: readonly (readonly [id: string, base64: string | null])[],
  index = '__null_dask_index__',
  options: WriteOptions = { kvMetadata: pandasMetadata(index) },
): void {
  const text = { type: 'STRING', nullable: true } as const
  const base64 = { ...text, name: 'base64', data: pictures.map(([, value]) => value) }
  const ids = { ...text, name: index, data: pictures.map(([id]) => id) }
  writeParquet(path, [base64, ids], options)
}
