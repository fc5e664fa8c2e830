// What every form of a table has in common: a shard is written and read row group by row group (record batch by record
// batch), and the pictures of a row group lie together. forms.ts lists the forms.
import { MimicitError } from '../base/errors.js'
import type { WrittenFile } from '../io/sink.js'
import type { ReadableFile } from '../io/store.js'
import type { EncodedGroup } from './encoded-group.js'
import type { ShardRecord } from './manifest.js'
import type { Span } from './picture-spans.js'
import type { Piece } from './sums.js'
import type { TableSchema } from './table-schema.js'

/** A row group as the manifest records it. */
export interface RowGroupRecord {
  readonly rows: number
  /** Where it begins in the file, and its bytes. */
  readonly offset: number
  readonly bytes: number
  /** Where the footer tells of it, in the file. */
  readonly footer?: number | undefined
}

/** A finished shard. */
export interface WrittenShard extends WrittenFile {
  readonly rows: number
  readonly rowGroups: readonly RowGroupRecord[]
  /** Hashes of all but the pictures. */
  readonly pieces: readonly Piece[]
}

/** The values of some columns of one row group, by name; all of one length. */
export type Columns = Readonly<Record<string, readonly unknown[]>>

/** A shard being written. */
export interface ShardWriter {
  /** Bytes written so far. */
  readonly bytes: number
  /**
   * Appends one row group.
   * @param encoded the group as a group encoder made it; the same bytes come without
   * @returns where each picture of the group lies in the file, for a table with a raw column
   */
  writeRowGroup(rows: number, columns: Columns, encoded?: EncodedGroup): Promise<readonly Span[]>
  finish(): Promise<WrittenShard>
  abort(): Promise<void>
}

/** What a shard is read from. */
export type ShardFile = Pick<ReadableFile, 'path' | 'byteLength' | 'read'>

/** A column of a row group for who wants single rows: no more of it is decoded than it takes for those. */
export interface PagedColumn {
  /** A value a row, null where it has none; of rows that are not there yet nothing. */
  readonly values: readonly unknown[]
  has(row: number): boolean
  /**
   * Decodes a row that is not there.
   * @returns undefined where it is there at once; rejected with MimicitError MIMICIT_CORRUPT where it cannot be had, never thrown
   */
  need(row: number): Promise<void> | undefined
}

/** An open shard. */
export interface ShardReader {
  readonly rowGroups: readonly { readonly firstRow: number; readonly rows: number }[]
  /** Reads columns of one row group. */
  readRowGroup(group: number, columns: readonly string[]): Promise<Columns>
  /** The first value of a column of which each is one more than the one before, where the shard says so of a row group. */
  countsFrom?(group: number, column: string): number | undefined
  /** Reads the bytes of a column of one row group. Forms that have no parts smaller than that are without it. */
  openColumn?(group: number, column: string): Promise<PagedColumn>
}

/** The pictures of one row group, as they lie in the file. */
export interface PictureChunk {
  readonly rows: number
  /** What no piece of the sums covers. */
  readonly chunk: Span
  /** Where each picture lies, from the lengths of all of them. */
  spans(lengths: readonly number[]): Span[]
}

/** A variant inside a form; `compat` is for Parquet readers that know neither zstd nor footers of version 2. */
export type Profile = 'compat'

/** A way to store tables. */
export interface ShardForm {
  /** Ending of the names of its shards, without the dot. */
  readonly extension: string
  /** Variants that it can be written in. */
  readonly profiles: readonly Profile[]
  /** Whether its row groups of text can be encoded apart from their file (group-encoder.ts). */
  readonly encodesApart: boolean
  createShard(path: string, table: TableSchema, profile?: Profile): Promise<ShardWriter>
  /** @throws MimicitError MIMICIT_CORRUPT if the file is not the one that the manifest describes */
  openShard(file: ShardFile, record: ShardRecord): Promise<ShardReader>
  /**
   * The pictures of each row group; none for a table without pictures.
   * @throws MimicitError MIMICIT_CORRUPT if the file is not the one that the manifest describes
   */
  pictureChunks(file: ShardFile, record: ShardRecord): Promise<PictureChunk[]>
}

/** The error of a shard whose bytes are not what the manifest says. */
export function damagedShard(file: ShardFile, record: ShardRecord, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: `the shard that the manifest describes (${record.bytes} bytes, ${record.rows} rows)`,
    where: file.path,
    received,
    hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
    cause,
  })
}
