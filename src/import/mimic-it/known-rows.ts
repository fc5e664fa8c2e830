// What an append has to know of the data set it adds to: the row of every id, so that new pairs may name old pictures and
// new contexts old pairs, and so that no id is given twice.
import { openDataset } from '../../shards/dataset.js'

/** Rows that are there already. */
export interface KnownRows {
  /** Undefined where nothing is there. */
  readonly orderKey: string | undefined
  readonly pairs: number
  readonly media: number
  readonly pairIds: ReadonlyMap<string, number>
  readonly mediaIds: ReadonlyMap<string, number>
  /** Media rows by content (SHA-256 as latin1 text). */
  readonly contents: ReadonlyMap<string, readonly number[]>
  /** Queries of the training list. */
  readonly trained: ReadonlySet<number>
  /** Whether it has a table of related ids. */
  readonly hasRelated: boolean
}

/** Of a data set that is made anew. */
export const NO_ROWS: KnownRows = {
  orderKey: undefined,
  pairs: 0,
  media: 0,
  pairIds: new Map(),
  mediaIds: new Map(),
  contents: new Map(),
  trained: new Set(),
  hasRelated: false,
}

/** Reads the id columns of a data set. */
export async function readKnownRows(location: string): Promise<KnownRows> {
  const dataset = await openDataset(location)
  try {
    const { contexts, orderKey, tables } = dataset.manifest
    const pairIds = new Map<string, number>()
    const mediaIds = new Map<string, number>()
    const contents = new Map<string, number[]>()
    for await (const { firstRow, columns } of dataset.columns('pairs', ['id'])) {
      for (const [i, id] of columns.id!.entries()) pairIds.set(id as string, firstRow + i)
    }
    for await (const { firstRow, columns } of dataset.columns('media', ['ids', 'sha256'])) {
      for (const [i, ids] of columns.ids!.entries()) {
        for (const id of ids as readonly string[]) mediaIds.set(id, firstRow + i)
        const content = Buffer.from(columns.sha256![i] as Uint8Array).toString('latin1')
        contents.set(content, [...(contents.get(content) ?? []), firstRow + i])
      }
    }
    const trained = new Set('train' in contexts ? (await dataset.context('train')).queries : [])
    return {
      orderKey,
      pairs: tables.pairs.rows,
      media: tables.media.rows,
      pairIds,
      mediaIds,
      contents,
      trained,
      hasRelated: 'rel_ins_ids' in contexts,
    }
  } finally {
    await dataset.close()
  }
}
