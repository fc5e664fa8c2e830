// A row group of Parquet that has no place in a file yet: what crosses from the thread that encoded it.
import type { OffsetIndex, RowGroup } from 'hyparquet'
import type { ParquetWriter } from 'hyparquet-writer'

/** What the writer keeps of each column chunk until the end of the file. */
export type ChunkIndexes = ParquetWriter['pendingIndexes'][number] & { readonly offsetIndex?: OffsetIndex }

/** An encoded row group; plain data, which crosses to another thread. */
export interface EncodedGroup {
  readonly bytes: Uint8Array
  readonly rows: number
  /** Its place in the footer, with offsets from the beginning of `bytes`. */
  readonly footer: RowGroup
  readonly indexes: readonly ChunkIndexes[]
}
