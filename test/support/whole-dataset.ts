// The whole content of a data set by id, so that two of them can be compared whatever their rows are.
import { createHash } from 'node:crypto'
import { openDataset } from '../../src/shards/dataset.js'
import type { Pair } from '../../src/tuple/tuple.js'

/** Every pair in order, without its media rows, which differ from data set to data set. */
export async function pairsOf(location: string): Promise<Omit<Pair, 'media'>[]> {
  const dataset = await openDataset(location)
  try {
    const pairs: Omit<Pair, 'media'>[] = []
    for await (const [, { media: _, ...pair }] of dataset.pairs()) pairs.push(pair)
    return pairs
  } finally {
    await dataset.close()
  }
}

/** SHA-256 of every picture under each of its ids. */
export async function picturesById(location: string): Promise<Record<string, string>> {
  const dataset = await openDataset(location)
  try {
    const found: [string, string][] = []
    for await (const [row, bytes] of dataset.pictures()) {
      const hash = createHash('sha256').update(bytes).digest('hex')
      for (const id of (await dataset.media(row)).ids) found.push([id, hash])
    }
    return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
  } finally {
    await dataset.close()
  }
}

/** Of every context table the ids of the contexts by the id of the query, in the order of the table. */
export async function contextsById(location: string): Promise<Record<string, Record<string, string[]>>> {
  const dataset = await openDataset(location)
  try {
    const tables: Record<string, Record<string, string[]>> = {}
    for (const name of Object.keys(dataset.manifest.contexts)) {
      const table = await dataset.context(name)
      const rows: Record<string, string[]> = {}
      for (const query of table.queries) {
        const { contexts = [] } = (await table.get(query)) ?? {}
        rows[(await dataset.pair(query)).id] = await Promise.all(
          contexts.map(async (row) => (await dataset.pair(row)).id),
        )
      }
      tables[name] = rows
    }
    return tables
  } finally {
    await dataset.close()
  }
}
