// What a data set holds before something is written to it: nothing, or the generation that an append adds to. Everything
// that is computed over all rows (order key, id indexes, statistics) goes on from here.
import { decodeCheckedJson } from '../base/checked-json.js'
import type { Store } from '../io/store.js'
import { collectIds, type IdCollector } from './ids-index.js'
import type { Manifest } from './manifest.js'
import { type OrderKeyTable, orderKeyTable } from './order-key.js'
import { createStatistics, type Statistics } from './statistics.js'
import {
  indexBlocks,
  indexRecord,
  loadSums,
  openStoredTable,
  shardsOf,
  type TableName,
  tableNames,
} from './stored-table.js'
import type { FinishedTable } from './table-writer.js'

/** What is there already. */
export interface Beginning {
  /** Of the generation that is added to; undefined for a new data set. */
  readonly manifest: Manifest | undefined
  readonly tables: { readonly pairs: FinishedTable; readonly media: FinishedTable }
  /** Records of index/media.loc, to be read once. */
  readonly locations: Iterable<Uint8Array> | AsyncIterable<Uint8Array>
  readonly pairsKey: OrderKeyTable
  readonly mediaKey: OrderKeyTable
  readonly pairIds: IdCollector
  readonly mediaIds: IdCollector
  readonly statistics: Statistics
  /** The shards of a table other than pairs and media; none if there is no such table. */
  table(name: TableName): Promise<FinishedTable>
  /** What goes into provenance.json, from what is said of this writing. */
  provenance(said: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>
}

const nothing = (): FinishedTable => ({ shards: [], blocks: [], pieces: [] })

/** Of a new data set. @param root where it is written: what does not stay in memory waits there */
export function emptyBeginning(root: string): Beginning {
  return {
    manifest: undefined,
    tables: { pairs: nothing(), media: nothing() },
    locations: [],
    pairsKey: orderKeyTable('pairs'),
    mediaKey: orderKeyTable('media'),
    pairIds: collectIds(root),
    mediaIds: collectIds(root),
    statistics: createStatistics(),
    table: async () => nothing(),
    provenance: (said) => said,
  }
}

/**
 * Of a data set that is there. Its id columns are read once, nothing else of its tables.
 * @throws MimicitError MIMICIT_CORRUPT if what is there is damaged: nothing is added to such a data set
 */
export async function beginningOf(store: Store, manifest: Manifest, root: string): Promise<Beginning> {
  const { pairs, media } = manifest.tables
  const pairsKey = orderKeyTable('pairs')
  const mediaKey = orderKeyTable('media')
  const pairIds = collectIds(root)
  const mediaIds = collectIds(root)
  for await (const [row, id] of column<string>(store, manifest, 'pairs', 'id')) {
    pairsKey.row([id])
    pairIds.add(id, row)
  }
  for await (const [row, ids] of column<readonly string[]>(store, manifest, 'media', 'ids')) {
    mediaKey.row(ids)
    for (const id of ids) mediaIds.add(id, row)
  }
  const text = (await store.exists('provenance.json'))
    ? Buffer.from(await store.readAll('provenance.json')).toString('utf8')
    : undefined
  const old = text === undefined ? {} : (decodeCheckedJson(text, 'provenance.json', 'MIMICIT_CORRUPT') as History)
  return {
    manifest,
    tables: {
      pairs: { ...pairs, pieces: await loadSums(store, manifest, 'pairs') },
      media: { ...media, pieces: await loadSums(store, manifest, 'media') },
    },
    locations: indexBlocks(store, indexRecord(manifest, 'media.loc')),
    pairsKey,
    mediaKey,
    pairIds,
    mediaIds,
    statistics: createStatistics(manifest),
    async table(name) {
      if (!tableNames(manifest).includes(name)) return nothing()
      return { shards: shardsOf(manifest, name), blocks: [], pieces: await loadSums(store, manifest, name) }
    },
    provenance: (said) => ({
      ...old,
      appends: [...(old.appends ?? []), { generation: manifest.generation + 1, ...said }],
    }),
  }
}

interface History {
  readonly appends?: readonly unknown[]
}

async function* column<T>(store: Store, manifest: Manifest, table: 'pairs' | 'media', name: string) {
  const reader = openStoredTable(store, manifest, table, [name])
  try {
    for await (const { firstRow, columns } of reader.groups()) {
      for (const [i, value] of (columns[name] ?? []).entries()) yield [firstRow + i, value as T] as const
    }
  } finally {
    await reader.close()
  }
}
