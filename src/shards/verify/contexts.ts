// The context tables: every query once, in the order that the manifest or a shard tells; every context a pair of the generation the table was
// made from, never the query.
import { contextRowAt } from '../rows.js'
import { openStoredTable } from '../stored-table.js'
import { contextSchema } from '../table-schema.js'
import { type Check, error } from './check.js'

/** One context table. */
export async function verifyContext({ store, manifest, log }: Check, name: string): Promise<void> {
  const record = manifest.contexts[name]!
  const table = openStoredTable(
    store,
    manifest,
    `context/${name}`,
    contextSchema.columns.map((column) => column.name),
  )
  const queries = new Set<number>()
  const { from, to } = record.pairs
  let most = 0
  const inRange = (row: number) => row >= from && row < to
  if (!manifest.generations.some((generation) => generation.orderKey === record.orderKey && generation.pairs >= to)) {
    error(log, 'MIMICIT_BAD_MANIFEST', `context ${name}`, 'it was made from rows that no generation has')
  }
  try {
    /** The first query of row groups of which the shard says that it counts up, by their first row. */
    const counted = new Map<number, number>()
    for await (const run of table.runs('query')) if ('from' in run) counted.set(run.firstRow, run.from)
    for await (const group of table.groups()) {
      const first = counted.get(group.firstRow)
      const odd = group.columns.query!.findIndex((query, i) => first !== undefined && query !== first + i)
      if (odd >= 0) {
        const where = `context ${name} row ${group.firstRow + odd}`
        error(
          log,
          'MIMICIT_BAD_RECORD',
          where,
          `query row ${group.columns.query![odd]}, not ${first! + odd} as the shard says`,
        )
      }
      for (let i = 0; i < group.rows; i++) {
        const { query, contexts, scores } = contextRowAt(group.columns, i)
        const where = `context ${name} row ${group.firstRow + i}`
        most = Math.max(most, contexts.length)
        if (record.inOrder && query !== group.firstRow + i) {
          error(log, 'MIMICIT_BAD_RECORD', where, `query row ${query} of a table that the manifest says to be in order`)
        }
        if (!inRange(query)) error(log, 'MIMICIT_DANGLING_CONTEXT', where, `query row ${query} does not exist`)
        if (queries.has(query)) error(log, 'MIMICIT_DUPLICATE_ID', where, `query row ${query} is listed twice`)
        queries.add(query)
        for (const context of contexts) {
          if (!inRange(context)) error(log, 'MIMICIT_DANGLING_CONTEXT', where, `pair row ${context} does not exist`)
          if (context === query) error(log, 'MIMICIT_OWN_CONTEXT', where, `query row ${query} is its own context`)
        }
        if (scores !== null && scores.length !== contexts.length) {
          error(log, 'MIMICIT_BAD_RECORD', where, `${scores.length} scores for ${contexts.length} contexts`)
        }
      }
    }
  } finally {
    await table.close()
  }
  if (most !== record.maxContexts) {
    error(log, 'MIMICIT_BAD_MANIFEST', `context ${name}`, `the longest row has ${most}, not ${record.maxContexts}`)
  }
}
