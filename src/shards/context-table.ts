// A stored C_psi, open for look-up by query row.
import { allSettled } from '../base/all-settled.js'
import { MimicitError } from '../base/errors.js'
import { pick } from '../base/options.js'
import type { Store } from '../io/store.js'
import type { ContextRow } from '../tuple/tuple.js'
import type { Manifest, ShardRecord } from './manifest.js'
import { rowPositions } from './row-positions.js'
import { contextRowAt } from './rows.js'
import { damagedShard } from './shard.js'
import { openStoredTable } from './stored-table.js'
import { contextSchema } from './table-schema.js'

/** One stored C_psi, open for look-up by query. */
export interface ContextTable {
  readonly name: string
  readonly maxContexts: number
  /** Query rows in the order of the table: for `train`, the training list. */
  readonly queries: Int32Array
  /** Whether those are all pairs in their order; nobody has to look at `queries` then, which takes four bytes for each. */
  readonly everyPair: boolean
  /** What it gives for a query row, or undefined if it says nothing of that row. */
  get(query: number): Promise<ContextRow | undefined>
  /** Closes its files. */
  close(): Promise<void>
}

/**
 * Opens a context table; its queries are read, unless the manifest knows them, its contexts when they are asked for.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_MANIFEST if it was made from other rows, MIMICIT_CORRUPT
 */
export async function openContextTable(store: Store, manifest: Manifest, name: string): Promise<ContextTable> {
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
  const rows = manifest.tables.pairs.rows
  const parts: Int32Array[] = []
  const positions = rowPositions(rows)
  const columns = contextSchema.columns.map((column) => column.name)
  const table = openStoredTable(store, manifest, `context/${name}`, columns)
  const isKnown = record.inOrder === true
  if (isKnown) positions.addInOrder(table.rows)
  try {
    // What is not there is no fault of the sample that wants it first.
    if (isKnown) await allSettled(record.shards.map((shard) => checkShard(store, shard)))
    for await (const run of isKnown ? [] : table.runs('query')) {
      const { firstRow } = run
      if ('from' in run && run.from === firstRow && positions.inOrder === firstRow && firstRow + run.rows <= rows) {
        positions.addInOrder(run.rows)
        continue
      }
      const part =
        'from' in run ? Array.from({ length: run.rows }, (_, i) => run.from + i) : (run.values as readonly number[])
      for (let i = 0; i < part.length; i++) {
        const query = part[i]!
        const row = firstRow + i
        if (query < 0 || query >= rows) throw outside(store, name, row, query, rows)
        if (!positions.add(query, row)) throw twice(store, name, row, query)
      }
      const known = Math.min(part.length, Math.max(0, positions.inOrder - firstRow))
      if (known < part.length) parts.push(Int32Array.from(part.slice(known)))
    }
  } catch (error) {
    await table.close()
    throw error
  }
  const { inOrder } = positions
  let listed: Int32Array | undefined
  return {
    name,
    maxContexts: record.maxContexts,
    get queries() {
      listed ??= listOf(inOrder, parts)
      return listed
    },
    everyPair: inOrder === rows,
    async get(query) {
      const row = positions.of(query)
      if (row === undefined) return undefined
      const group = await table.around(row)
      const found = contextRowAt(group.columns, row - group.firstRow)
      // The order of rows may have been believed, and not read.
      if (found.query !== query) throw misplaced(store, name, row, found.query, query)
      const wrong = found.contexts.find((context) => context < 0 || context >= rows)
      if (wrong !== undefined) throw outside(store, name, row, wrong, rows)
      return found
    },
    close: () => table.close(),
  }
}

/** Whether a shard is there, as long as it should be. */
async function checkShard(store: Store, record: ShardRecord): Promise<void> {
  const file = await store.open(record.path)
  await file.close()
  if (file.byteLength !== record.bytes) throw damagedShard(file, record, `a file of ${file.byteLength} bytes`)
}

/** The numbers below `inOrder`, then the parts. */
function listOf(inOrder: number, parts: readonly Int32Array[]): Int32Array {
  const queries = new Int32Array(parts.reduce((sum, part) => sum + part.length, inOrder))
  for (let i = 0; i < inOrder; i++) queries[i] = i
  let filled = inOrder
  for (const part of parts) {
    queries.set(part, filled)
    filled += part.length
  }
  return queries
}

const twice = (store: Store, name: string, row: number, query: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: 'each query once',
    where: `context ${name} of ${store.location}, row ${row}`,
    received: `query ${query} again`,
    hint: 'Run `mimicit verify`, and compute the table again.',
  })

const misplaced = (store: Store, name: string, row: number, received: number, query: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: `query ${query}, by the order that the table is said to have`,
    where: `context ${name} of ${store.location}, row ${row}`,
    received: `query ${received}`,
    hint: 'Run `mimicit verify`, and compute the table again.',
  })

const outside = (store: Store, name: string, row: number, received: number, rows: number) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: `a pair row from 0 to ${rows - 1}`,
    where: `context ${name} of ${store.location}, row ${row}`,
    received: String(received),
    hint: 'The table belongs to another data set; run `mimicit verify`.',
  })
