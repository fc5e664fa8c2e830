// Recall that was measured when a table was made, as its manifest has it, which others may have written.
import { z } from 'zod'
import type { ContextRecord } from '../shards/manifest.js'
import type { MeasuredRecall } from './search/similarity-index.js'

const schema = z.array(
  z.object({ items: z.number(), cells: z.number(), probes: z.number(), queries: z.number(), recall: z.number() }),
)

/** Of each search that was not exact; none where there is no table. */
export const recallsOf = (table: Pick<ContextRecord, 'select'> | undefined): readonly MeasuredRecall[] =>
  schema.safeParse(table?.select.parameters.recalls).data ?? []
