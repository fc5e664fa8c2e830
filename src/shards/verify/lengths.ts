// The lengths tables: a row for each pair of their range, no count below 0, and ids where the manifest says so.
import { lengthsRowAt } from '../lengths-columns.js'
import { openStoredTable } from '../stored-table.js'
import { lengthsSchema } from '../table-schema.js'
import { type Check, error } from './check.js'

/** One lengths table. That its counts are those of the texts only its tokenizer can tell. */
export async function verifyLengths({ store, manifest, log }: Check, name: string): Promise<void> {
  const record = manifest.lengths![name]!
  const { to } = record.pairs
  if (!manifest.generations.some((generation) => generation.orderKey === record.orderKey && generation.pairs >= to)) {
    error(log, 'MIMICIT_BAD_MANIFEST', `lengths ${name}`, 'it was made from rows that no generation has')
  }
  const columns = lengthsSchema.columns.map((column) => column.name)
  const table = openStoredTable(store, manifest, `lengths/${name}`, columns)
  try {
    for await (const group of table.groups()) {
      for (let i = 0; i < group.rows; i++) {
        const { instruction, unmarked, interleaved, response, ids } = lengthsRowAt(group.columns, i)
        const where = `lengths ${name} row ${group.firstRow + i}`
        if (Math.min(instruction, unmarked ?? 0, interleaved ?? 0, response) < 0) {
          error(log, 'MIMICIT_BAD_RECORD', where, 'a number of tokens below 0')
        }
        if ((ids === null) === record.ids) {
          error(log, 'MIMICIT_BAD_RECORD', where, record.ids ? 'it has no ids' : 'it has ids, which nobody announced')
        } else if (ids !== null && ids.length < instruction + response) {
          error(log, 'MIMICIT_BAD_RECORD', where, `${ids.length} ids for ${instruction + response} tokens`)
        }
      }
    }
  } finally {
    await table.close()
  }
}
