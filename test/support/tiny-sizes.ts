// Shards of a few rows, so that a small source makes many of them.
import type { DatasetSizes } from '../../src/shards/create-options.js'

/** Two row groups of three or four rows a shard, about. */
export const TINY_SIZES: DatasetSizes = {
  media: { rowGroupBytes: 1e6, rowGroupRows: 3, shardBytes: 50_000 },
  text: { rowGroupBytes: 1e6, rowGroupRows: 4, shardBytes: 4_000 },
}
