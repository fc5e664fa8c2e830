// A data set open for reading: any pair, any picture, any stored C_psi, by row. Pictures come through index/media.loc,
// one read of exactly their bytes, and are checked against their content hash before anybody sees them.
import { MimicitError, show } from '../base/errors.js'
import { sha256 } from '../base/hash.js'
import { pick } from '../base/options.js'
import { openStore, type ReadableFile, type Store, type StoreOptions } from '../io/store.js'
import type { ContextRow, Pair } from '../tuple/tuple.js'
import { type IndexReader, openIndexFile } from './index-file.js'
import { decodeManifest, MANIFEST, type Manifest } from './manifest.js'
import { decodeMediaLocation } from './media-location.js'
import { contextRowAt, MEDIA_FACT_COLUMNS, type MediaFacts, mediaFactsAt, pairAt } from './rows.js'
import { openTable, type TableReader } from './table-reader.js'
import { contextSchema, pairsSchema } from './table-schema.js'

/** One stored C_psi, open for look-up by query. */
export interface ContextTable {
  readonly name: string
  readonly maxContexts: number
  /** Query rows in the order of the table: for `train`, the training list. */
  readonly queries: Int32Array
  /** What it gives for a query row, or undefined if it says nothing of that row. */
  get(query: number): Promise<ContextRow | undefined>
  close(): Promise<void>
}

/** A data set open for reading. */
export interface Dataset {
  readonly location: string
  readonly manifest: Manifest
  /** Where its files are read from. */
  readonly store: Store
  /** @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist */
  pair(row: number): Promise<Pair>
  /** The row of a pair, found by reading the ids. @throws MimicitError MIMICIT_NOT_FOUND */
  pairRow(id: string): Promise<number>
  /** Every pair in order, with its row. */
  pairs(): AsyncGenerator<readonly [row: number, pair: Pair]>
  /**
   * The original bytes of a picture.
   * @throws MimicitError MIMICIT_CORRUPT if they are not those that were stored
   */
  picture(row: number): Promise<Uint8Array>
  /** What is known of a picture without its bytes. */
  media(row: number): Promise<MediaFacts>
  /** @throws MimicitError MIMICIT_UNKNOWN_NAME if no context table has that name */
  context(name: string): Promise<ContextTable>
  close(): Promise<void>
}

/**
 * Reads and checks the manifest of a location.
 * @throws MimicitError MIMICIT_NOT_FOUND / MIMICIT_NOT_A_DATASET if there is none, MIMICIT_BAD_MANIFEST if it is damaged
 */
export async function readManifest(store: Store): Promise<Manifest> {
  if (!(await store.exists(MANIFEST))) {
    throw new MimicitError('MIMICIT_NOT_A_DATASET', {
      expected: `a data set (a directory with ${MANIFEST})`,
      where: store.location,
      received: 'a place without one',
      hint: 'Make one with `mimicit import`; an import that was interrupted leaves no manifest.',
    })
  }
  const text = Buffer.from(await store.readAll(MANIFEST)).toString('utf8')
  return decodeManifest(text, `${store.location}/${MANIFEST}`)
}

/**
 * Opens a data set.
 * @param location a directory, or a place far away: `http(s)://`, `hf://datasets/org/name@revision`, `s3://bucket/prefix`
 * @param options how a place far away is read; what is read is the same with any of them
 * @throws MimicitError as `readManifest`, MIMICIT_UNSUPPORTED for another kind of location; from far away also
 * MIMICIT_NETWORK, MIMICIT_SOURCE_CHANGED and MIMICIT_ABORTED, here and while reading
 */
export async function openDataset(location: string, options: StoreOptions = {}): Promise<Dataset> {
  const store = openStore(location, options)
  try {
    return datasetOf(store, await readManifest(store))
  } catch (error) {
    await store.close?.()
    throw error
  }
}

function datasetOf(store: Store, manifest: Manifest): Dataset {
  const { location } = store
  const { pairs: pairsTable, media: mediaTable } = manifest.tables
  const pairs = openTable(
    store,
    pairsTable.shards,
    pairsSchema.columns.map((column) => column.name),
  )
  const facts = openTable(store, mediaTable.shards, MEDIA_FACT_COLUMNS)
  const mediaFiles = new Map<number, Promise<ReadableFile>>()
  const contexts: ContextTable[] = []
  let index: Promise<IndexReader> | undefined

  const mediaFile = (shard: number) => {
    const record = mediaTable.shards[shard]
    if (record === undefined) throw badLocation(`shard ${shard} of ${mediaTable.shards.length}`)
    let file = mediaFiles.get(shard)
    if (file === undefined) {
      file = store.open(record.path)
      file.catch(() => mediaFiles.delete(shard))
      mediaFiles.set(shard, file)
    }
    return file
  }
  const openIndex = async () => {
    const record = manifest.indexes['media.loc']
    const file = await store.open(record.path)
    indexFile = file
    return openIndexFile(file, record)
  }
  let indexFile: ReadableFile | undefined

  return {
    location,
    manifest,
    store,
    async pair(row) {
      const group = await pairs.groupOf(row)
      return pairAt(group.columns, row - group.firstRow)
    },
    async pairRow(id) {
      const table = openTable(store, pairsTable.shards, ['id'])
      try {
        for await (const group of table.groups()) {
          const at = group.columns.id?.indexOf(id) ?? -1
          if (at >= 0) return group.firstRow + at
        }
      } finally {
        await table.close()
      }
      throw new MimicitError('MIMICIT_NOT_FOUND', {
        expected: `the id of one of ${pairsTable.rows} pairs`,
        where: location,
        received: show(id),
        hint: '`mimicit head` shows some of them.',
      })
    },
    async *pairs() {
      for await (const group of pairs.groups()) {
        for (let i = 0; i < group.rows; i++) yield [group.firstRow + i, pairAt(group.columns, i)] as const
      }
    },
    async picture(row) {
      if (!Number.isInteger(row) || row < 0 || row >= mediaTable.rows) {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: `a media row from 0 to ${mediaTable.rows - 1}`,
          where: location,
          received: show(row),
        })
      }
      index ??= openIndex()
      const place = decodeMediaLocation(await (await index).record(row))
      const file = await mediaFile(place.shard)
      const bytes = await file.read(place.offset, place.length)
      if (Buffer.compare(sha256(bytes).subarray(0, 8), place.hashPrefix) !== 0) {
        throw new MimicitError('MIMICIT_CORRUPT', {
          expected: `picture ${row} as it was stored`,
          where: `${file.path}, bytes ${place.offset} to ${place.offset + place.length}`,
          received: 'bytes with another SHA-256',
          hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
        })
      }
      return bytes
    },
    async media(row) {
      const group = await facts.groupOf(row)
      return mediaFactsAt(group.columns, row - group.firstRow)
    },
    async context(name) {
      const table = await openContext(store, manifest, name)
      contexts.push(table)
      return table
    },
    async close() {
      // First, so that nothing below waits for what is still under way on the network.
      await store.close?.()
      const files = await Promise.allSettled(mediaFiles.values())
      mediaFiles.clear()
      for (const file of files) if (file.status === 'fulfilled') await file.value.close()
      await Promise.allSettled([index])
      await indexFile?.close()
      indexFile = undefined
      index = undefined
      await Promise.all([pairs.close(), facts.close(), ...contexts.map((table) => table.close())])
    },
  }
}

function badLocation(received: string): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a location inside the media shards',
    where: 'index/media.loc',
    received,
    hint: 'The index belongs to another data set; copy it again from its source.',
  })
}

async function openContext(store: Store, manifest: Manifest, name: string): Promise<ContextTable> {
  const record = pick('the context table', manifest.contexts, name)
  const made = manifest.generations.find((generation) => generation.orderKey === record.orderKey)
  if (made === undefined || record.pairs.to > made.pairs) {
    throw new MimicitError('MIMICIT_BAD_MANIFEST', {
      expected: 'a context table made from this data set',
      where: `context ${name} of ${store.location}`,
      received: `one made from rows ${record.pairs.from} to ${record.pairs.to} of order key ${record.orderKey.slice(0, 16)}`,
      hint: 'Compute it again for this data set.',
    })
  }
  const columns = contextSchema.columns.map((column) => column.name)
  const table: TableReader = openTable(store, record.shards, columns)
  const queries = new Int32Array(record.rows)
  const position = new Int32Array(manifest.tables.pairs.rows).fill(-1)
  const queryTable = openTable(store, record.shards, ['query'])
  for await (const group of queryTable.groups()) {
    for (let i = 0; i < group.rows; i++) {
      const query = group.columns.query?.[i] as number
      queries[group.firstRow + i] = query
      position[query] = group.firstRow + i
    }
  }
  await queryTable.close()
  return {
    name,
    maxContexts: record.maxContexts,
    queries,
    async get(query) {
      const row = position[query] ?? -1
      if (row < 0) return undefined
      const group = await table.groupOf(row)
      return contextRowAt(group.columns, row - group.firstRow)
    },
    close: () => table.close(),
  }
}
