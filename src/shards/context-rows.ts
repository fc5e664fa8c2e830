// The rows of a context table in its order, for whoever goes through all of them.
import type { ContextRow } from '../tuple/tuple.js'
import type { Dataset } from './dataset.js'
import { contextRowAt } from './rows.js'
import { contextSchema } from './table-schema.js'

const COLUMNS = contextSchema.columns.map((column) => column.name)

/** Every row of a context table, in order. */
export async function* contextRows(dataset: Pick<Dataset, 'columns'>, name: string): AsyncGenerator<ContextRow> {
  for await (const group of dataset.columns(`context/${name}`, COLUMNS)) {
    for (let i = 0; i < group.rows; i++) yield contextRowAt(group.columns, i)
  }
}
