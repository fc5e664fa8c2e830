// The forms of tables by name, as a manifest names them. Parquet is the form of record; Arrow IPC holds the same tables
// with the same blocks, so that every order and every batch is the same from either.
import { pictureChunks as arrowPictures } from './arrow/pictures.js'
import { openArrowShard } from './arrow/reader.js'
import { pictureChunks as parquetPictures } from './parquet-pictures.js'
import { openParquetShard } from './parquet-reader.js'
import type { ShardForm } from './shard.js'

/** Every form. */
export const forms = {
  parquet: {
    extension: 'parquet',
    profiles: ['compat'],
    encodesApart: true,
    // Most programs read, and what is not loaded delays no thread of theirs.
    createShard: async (...shard) => (await import('./parquet-writer.js')).createParquetShard(...shard),
    openShard: openParquetShard,
    pictureChunks: parquetPictures,
  },
  arrow: {
    extension: 'arrow',
    profiles: [],
    encodesApart: false,
    // The library behind it is large, and only writing needs it.
    createShard: async (path, table) => (await import('./arrow/writer.js')).createArrowShard(path, table),
    openShard: openArrowShard,
    pictureChunks: arrowPictures,
  },
} as const satisfies Readonly<Record<string, ShardForm>>

/** The name of a form, as the manifest has it. */
export type FormName = keyof typeof forms
