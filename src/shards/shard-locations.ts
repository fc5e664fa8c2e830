// The records of index/media.loc, read back from media shards: what their writer knew when it wrote them.
import type { Store } from '../io/store.js'
import { type FormName, forms } from './forms.js'
import type { ShardRecord } from './manifest.js'
import { encodeMediaLocations } from './media-location.js'
import { openTable } from './table-reader.js'

/**
 * Of every picture of some shards in row order, a row group at a time.
 * @param shards of the media table from its first on
 * @throws MimicitError MIMICIT_CORRUPT if a shard contradicts itself
 */
export async function* shardLocations(
  store: Store,
  form: FormName,
  shards: readonly ShardRecord[],
): AsyncGenerator<Uint8Array> {
  for (const [shard, record] of shards.entries()) {
    const table = openTable(store, [record], ['byte_length', 'sha256'], undefined, form)
    const file = await store.open(record.path)
    try {
      const chunks = await forms[form].pictureChunks(file, record)
      let group = 0
      for await (const { columns } of table.groups()) {
        const hashes = columns.sha256 as readonly Uint8Array[]
        const spans = chunks[group++]?.spans(columns.byte_length as readonly number[]) ?? []
        yield encodeMediaLocations(shard, spans, hashes)
      }
    } finally {
      await file.close()
      await table.close()
    }
  }
}
