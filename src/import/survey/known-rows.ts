// What an append has to know of the data set it adds to: the row of every id, so that new pairs may name old pictures and
// new contexts old pairs, and so that no id is given twice.
import { Bits } from '../../base/bits.js'
import { stableJson } from '../../base/hash.js'
import { openDataset } from '../../shards/dataset.js'
import type { RowGroup } from '../../shards/table-reader.js'
import { pairsSchema } from '../../shards/table-schema.js'
import { HashTable, textHash } from './hash-table.js'

/** Rows that are there already. */
export interface KnownRows {
  /** Undefined where nothing is there. */
  readonly orderKey: string | undefined
  readonly pairs: number
  readonly media: number
  /** Rows by the hash of the id. */
  readonly pairIds: HashTable
  readonly mediaIds: HashTable
  /** Media rows by the first 64 bits of their SHA-256; the first row of each content. */
  readonly contents: HashTable
  /** Whether a media row has this content. */
  hasContent(row: number, sha256: Uint8Array): boolean
  /** Queries of the training list. */
  readonly trained: Bits
  /** Names of all context tables. */
  readonly tables: ReadonlySet<string>
  /** The context tables that imports fill; others were chosen, and an append leaves them as they are. */
  readonly contexts: ReadonlySet<string>
  /** The pairs again, with everything that is known of them. */
  pairColumns(): AsyncGenerator<RowGroup>
}

/** Of a data set that is made anew. */
export const NO_ROWS: KnownRows = {
  orderKey: undefined,
  pairs: 0,
  media: 0,
  pairIds: new HashTable(),
  mediaIds: new HashTable(),
  contents: new HashTable(),
  hasContent: () => false,
  trained: new Bits(0),
  tables: new Set(),
  contexts: new Set(),
  async *pairColumns() {},
}

/** What the manifest says of a context table that an import fills from a field of the source. */
export const relatedSelect = (name: string) => ({ name: 'stored', parameters: { field: name } })

/** Bytes of a SHA-256 that are kept of each row. */
const KEPT = 16

const PAIR_COLUMNS = pairsSchema.columns.map(({ name }) => name)

/** Reads the id columns of a data set. */
export async function readKnownRows(location: string): Promise<KnownRows> {
  const dataset = await openDataset(location)
  try {
    const { contexts, orderKey, tables } = dataset.manifest
    const [pairs, media] = [tables.pairs.rows, tables.media.rows]
    const pairIds = new HashTable(pairs)
    const mediaIds = new HashTable(media)
    const contents = new HashTable(media)
    const hashes = Buffer.alloc(media * KEPT)
    for await (const { firstRow, columns } of dataset.columns('pairs', ['id'])) {
      for (const [i, id] of columns.id!.entries()) pairIds.set(...textHash(id as string), firstRow + i)
    }
    for await (const { firstRow, columns } of dataset.columns('media', ['ids', 'sha256'])) {
      for (const [i, ids] of columns.ids!.entries()) {
        for (const id of ids as readonly string[]) mediaIds.set(...textHash(id), firstRow + i)
        const hash = Buffer.from(columns.sha256![i] as Uint8Array)
        hash.copy(hashes, (firstRow + i) * KEPT, 0, KEPT)
        const key = [hash.readUInt32BE(0), hash.readUInt32BE(4)] as const
        if (contents.get(...key) < 0) contents.set(...key, firstRow + i)
      }
    }
    const trained = new Bits(pairs)
    if ('train' in contexts) for (const query of (await dataset.context('train')).queries) trained.add(query)
    return {
      orderKey,
      pairs,
      media,
      pairIds,
      mediaIds,
      contents,
      hasContent: (row, sha256) =>
        Buffer.compare(hashes.subarray(row * KEPT, (row + 1) * KEPT), sha256.subarray(0, KEPT)) === 0,
      trained,
      tables: new Set(Object.keys(contexts)),
      contexts: new Set(
        Object.keys(contexts).filter((name) => stableJson(contexts[name]!.select) === stableJson(relatedSelect(name))),
      ),
      async *pairColumns() {
        const again = await openDataset(location)
        try {
          yield* again.columns('pairs', PAIR_COLUMNS)
        } finally {
          await again.close()
        }
      },
    }
  } finally {
    await dataset.close()
  }
}
