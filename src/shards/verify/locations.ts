// index/media.loc: every entry leads to the bytes of its picture, inside the shard that holds the picture's row.
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { type IndexReader, openIndexFile } from '../index-file.js'
import { decodeMediaLocation, MEDIA_LOCATION_BYTES } from '../media-location.js'
import { indexRecord } from '../stored-table.js'
import { attempt, type Check, error } from './check.js'

/** Checks entries one by one; index and shards stay open between them. */
export interface LocationCheck {
  /** Checks the entry of a picture against its bytes and their SHA-256; a fault becomes an issue. */
  row(row: number, bytes: Uint8Array, hash: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Opens the index; one that is missing or damaged becomes one issue, and no entry is checked then. */
export async function openLocationCheck({ store, manifest, log }: Check): Promise<LocationCheck> {
  const { media } = manifest.tables
  const record = indexRecord(manifest, 'media.loc')
  const open = new Map<string, ReadableFile>()
  const file = async (path: string) => {
    const found = open.get(path) ?? (await store.open(path))
    open.set(path, found)
    return found
  }
  const shards: { readonly path: string; readonly first: number; readonly end: number }[] = []
  for (const { path, rows } of media.shards) {
    const first = shards.at(-1)?.end ?? 0
    shards.push({ path, first, end: first + rows })
  }
  const index = await attempt(log, record.path, async () =>
    openIndexFile(await file(record.path), record, MEDIA_LOCATION_BYTES),
  )
  if (index !== undefined && index.records !== media.rows) {
    error(log, 'MIMICIT_CORRUPT', record.path, `${index.records} entries for ${media.rows} pictures`)
  }

  const check = async (entries: IndexReader, row: number, bytes: Uint8Array, hash: Uint8Array) => {
    const place = decodeMediaLocation(await entries.record(row))
    const shard = shards[place.shard]
    const inShard = shard !== undefined && row >= shard.first && row < shard.end
    const sameHash = Buffer.compare(place.hashPrefix, hash.subarray(0, 8)) === 0
    if (!inShard || !sameHash || place.length !== bytes.byteLength) throw leadsElsewhere(row)
    const there = await (await file(shard.path)).read(place.offset, place.length)
    if (Buffer.compare(there, bytes) !== 0) throw leadsElsewhere(row)
  }
  return {
    async row(row, bytes, hash) {
      if (index === undefined || row >= index.records) return
      await attempt(log, `${record.path} row ${row}`, () => check(index, row, bytes, hash))
    },
    async close() {
      for (const one of open.values()) await one.close()
      open.clear()
    },
  }
}

const leadsElsewhere = (row: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: 'an entry that leads to the picture',
    where: `index/media.loc row ${row}`,
    received: 'one that leads elsewhere',
  })
