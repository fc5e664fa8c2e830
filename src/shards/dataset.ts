// A data set open for reading: any pair, any picture, any stored C_psi, by row or by id. Everything is checked against
// its hashes before anybody sees it; memory does not grow with the data.
import { MimicitError, show } from '../base/errors.js'
import type { Store, StoreOptions } from '../io/store.js'
import type { Pair } from '../tuple/tuple.js'
import { type ContextTable, openContextTable } from './context-table.js'
import type { Manifest } from './manifest.js'
import type { PictureRead } from './picture-fetch.js'
import { createPictureReader } from './picture-reader.js'
import { createRowLookup } from './row-lookup.js'
import { MEDIA_FACT_COLUMNS, type MediaFacts, mediaFactsAt, pairAt } from './rows.js'
import { openStoredTable, type TableName } from './stored-table.js'
import type { RowGroup } from './table-reader.js'
import { pairsSchema } from './table-schema.js'

export type { ContextTable } from './context-table.js'

/** Rows from `from` up to, but not including, `to`. */
export interface RowRange {
  /** @default 0 */
  readonly from?: number
  /** @default the number of rows */
  readonly to?: number
}

/** A data set open for reading. */
export interface Dataset {
  readonly location: string
  readonly manifest: Manifest
  /** Where its files are read from. */
  readonly store: Store
  /** @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist */
  pair(row: number): Promise<Pair>
  /**
   * Some columns of the row group that holds a pair, for who goes through many pairs and needs little of each: of the other rows
   * no more need be there. What was read lately is kept for all who ask.
   * @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist, MIMICIT_UNKNOWN_NAME for such a column
   */
  pairColumns(row: number, names: readonly string[]): Promise<RowGroup>
  /** @throws MimicitError MIMICIT_NOT_FOUND */
  pairById(id: string): Promise<Pair>
  /** The row of a pair. @throws MimicitError MIMICIT_NOT_FOUND */
  pairRow(id: string): Promise<number>
  /** Pairs in order, with their rows. */
  pairs(range?: RowRange): AsyncGenerator<readonly [row: number, pair: Pair]>
  /**
   * The original bytes of a picture: one read of exactly them, and one of an index block if it is not at hand.
   * @throws MimicitError MIMICIT_CORRUPT if they are not those that were stored
   */
  picture(row: number): Promise<Uint8Array>
  /**
   * Plans the reads of pictures of any rows, each row once: those that lie near each other come in one read. Nothing of
   * the pictures is read before a read is started.
   */
  pictureReads(rows: readonly number[]): Promise<readonly PictureRead[]>
  /** @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_CORRUPT */
  pictureById(id: string): Promise<Uint8Array>
  /** The row of a picture, by any of its ids. @throws MimicitError MIMICIT_NOT_FOUND */
  mediaRow(id: string): Promise<number>
  /**
   * Pictures in order, with their rows; neighbours are fetched together, and share a buffer of at most 512 KiB (4 MiB from
   * far away): who keeps one of them for long, or transfers its buffer, copies it first.
   * @throws MimicitError MIMICIT_CORRUPT for one whose bytes are not those that were stored
   */
  pictures(range?: RowRange): AsyncGenerator<readonly [row: number, bytes: Uint8Array]>
  /** What is known of a picture without its bytes. */
  media(row: number): Promise<MediaFacts>
  /**
   * Some columns of a table, row group by row group: only those columns are read.
   * @throws MimicitError MIMICIT_UNKNOWN_NAME for a table or a column that does not exist, MIMICIT_CORRUPT
   */
  columns(table: TableName, names: readonly string[]): AsyncGenerator<RowGroup>
  /** @throws MimicitError MIMICIT_UNKNOWN_NAME if no context table has that name */
  context(name: string): Promise<ContextTable>
  /** Gives everything back; every read after it is refused with MIMICIT_BAD_VALUE. */
  close(): Promise<void>
}

/**
 * Opens a data set: the manifest is read, everything else when it is needed.
 * @param source a directory, a place far away (`http(s)://`, `hf://datasets/org/name@revision`, `s3://bucket/prefix`), or
 * a store that is open already, which stays open when the data set is closed
 * @param options how a place far away is read; what is read is the same with any of them
 * @throws MimicitError MIMICIT_NOT_A_DATASET, MIMICIT_BAD_MANIFEST, MIMICIT_UNSUPPORTED, MIMICIT_BAD_VALUE and
 * MIMICIT_UNKNOWN_OPTION for a location or an option; from far away also
 * MIMICIT_NETWORK, MIMICIT_SOURCE_CHANGED and MIMICIT_ABORTED, here and while reading
 */
export async function openDataset(source: string | Store, options: StoreOptions = {}): Promise<Dataset> {
  const [{ openStore }, { readManifest }] = await Promise.all([import('../io/store.js'), import('./read-manifest.js')])
  const store = typeof source === 'string' ? openStore(source, options) : storeOf(source)
  const leave = async () => (typeof source === 'string' ? store.close?.() : undefined)
  try {
    return datasetOf(store, await readManifest(store), leave)
  } catch (error) {
    await leave()
    throw error
  }
}

/** For callers without types. */
function storeOf(source: Store): Store {
  if (typeof source?.open === 'function' && typeof source.readAll === 'function') return source
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a location or an open store',
    where: 'openDataset',
    received: show(source),
  })
}

/**
 * A data set whose manifest is known.
 * @param manifest as it was read from this place and checked
 * @param leave gives the store back; it is called when the data set is closed
 */
export function datasetOf(store: Store, manifest: Manifest, leave: () => Promise<void>): Dataset {
  const { location } = store
  const rowsOf = { pairs: manifest.tables.pairs.rows, media: manifest.tables.media.rows }
  const pairColumns = pairsSchema.columns.map((column) => column.name)
  const pairs = openStoredTable(store, manifest, 'pairs', pairColumns)
  const facts = openStoredTable(store, manifest, 'media', MEDIA_FACT_COLUMNS)
  const pictures = createPictureReader(store, manifest)
  const contexts: ContextTable[] = []
  let closed = false
  /** What reads after `close` would open files again that nobody closes. */
  const stayOpen = () => {
    if (!closed) return
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a data set that is open',
      where: location,
      received: 'one that was closed',
      hint: 'Close it when nobody reads any more.',
    })
  }

  const pair = async (row: number) => {
    stayOpen()
    const group = await pairs.around(row)
    return pairAt(group.columns, row - group.firstRow)
  }
  const media = async (row: number) => {
    stayOpen()
    const group = await facts.around(row)
    return mediaFactsAt(group.columns, row - group.firstRow)
  }
  const pairIds = createRowLookup(store, manifest, 'pairs', async (row) => [(await pair(row)).id])
  const mediaIds = createRowLookup(store, manifest, 'media', async (row) => (await media(row)).ids)
  const found = (row: number | undefined, what: string, count: number, id: string) => {
    if (row !== undefined) return row
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: `the id of one of ${count} ${what}`,
      where: location,
      received: show(id),
      hint: '`mimicit head` shows some of them.',
    })
  }
  const pairRow = async (id: string) => {
    stayOpen()
    return found(await pairIds.find(id), 'pairs', rowsOf.pairs, id)
  }
  const mediaRow = async (id: string) => {
    stayOpen()
    return found(await mediaIds.find(id), 'pictures', rowsOf.media, id)
  }
  const picture = async (row: number) => {
    stayOpen()
    return pictures.read(row)
  }
  const bounds = ({ from = 0, to }: RowRange, rows: number) => {
    const end = to ?? rows
    if (Number.isInteger(from) && Number.isInteger(end) && from >= 0 && from <= end && end <= rows)
      return [from, end] as const
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `a range inside 0 to ${rows}`,
      where: location,
      received: `${from} to ${end}`,
    })
  }

  return {
    location,
    manifest,
    store,
    pair,
    async pairColumns(row, names) {
      stayOpen()
      return pairs.around(row, names)
    },
    pairRow,
    mediaRow,
    media,
    pairById: async (id) => pair(await pairRow(id)),
    picture,
    async pictureReads(rows) {
      stayOpen()
      return pictures.reads(rows)
    },
    pictureById: async (id) => picture(await mediaRow(id)),
    async *pairs(range = {}) {
      const [from, to] = bounds(range, rowsOf.pairs)
      for (let row = from; row < to; ) {
        stayOpen()
        const group = await pairs.groupOf(row)
        const end = Math.min(to, group.firstRow + group.rows)
        for (; row < end; row++) yield [row, pairAt(group.columns, row - group.firstRow)] as const
      }
    },
    async *pictures(range = {}) {
      const [from, to] = bounds(range, rowsOf.media)
      stayOpen()
      let row = from
      for await (const run of pictures.range(from, to)) {
        for (const bytes of run) yield [row++, bytes] as const
      }
    },
    async *columns(name, names) {
      stayOpen()
      const table = openStoredTable(store, manifest, name, names)
      try {
        yield* table.groups()
      } finally {
        await table.close()
      }
    },
    async context(name) {
      stayOpen()
      const table = await openContextTable(store, manifest, name)
      contexts.push(table)
      return table
    },
    async close() {
      closed = true
      // First, so that nothing below waits for what is still under way on the network.
      await leave()
      const parts = [pairs, facts, pictures, pairIds, mediaIds, ...contexts]
      await Promise.all(parts.map((part) => part.close()))
    },
  }
}
