// How a new data set is written.
import type { GroupEncoder } from './group-encoder.js'
import type { TableSizes } from './table-writer.js'

/** How large the row groups and shards of a data set become. */
export interface DatasetSizes {
  readonly media: TableSizes
  readonly text: TableSizes
}

const MEDIA_SIZES: TableSizes = { rowGroupBytes: 16e6, rowGroupRows: 4096, shardBytes: 1e9 }
/** Of every table but media. */
export const TEXT_SIZES: TableSizes = { rowGroupBytes: 8e6, rowGroupRows: 16384, shardBytes: 256e6 }
/** Of a data set, unless a test says otherwise. */
export const SIZES: DatasetSizes = { media: MEDIA_SIZES, text: TEXT_SIZES }

/** How a new data set is written. */
export interface CreateOptions {
  /**
   * A hash of everything that decides the bytes (source, options). With it a writing that was killed is gone on with: rows
   * of whole shards that are there already are passed over when they are added again. @default nothing is taken over
   */
  readonly fingerprint?: string
  /** For tests; they change the bytes. */
  readonly sizes?: DatasetSizes
  /** Threads that encode text beside this one; they change no byte. @default one less than there are cores, at most 4 */
  readonly threads?: number | undefined
  /** Threads that were started before, instead of those; they end with the writing. */
  readonly encoder?: GroupEncoder | undefined
  /** About how many bytes of text are to come, so that threads are there in time. @default 0 */
  readonly textBytes?: number | undefined
}
