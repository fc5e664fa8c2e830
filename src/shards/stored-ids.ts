// The ids of pairs out of a lengths table, together with what else a turn needs of its pair: texts are not read at all.
import type { LengthsRow } from '../text/lengths-row.js'
import type { TextRules } from '../text/tokenise.js'
import type { Pair } from '../tuple/tuple.js'
import type { Dataset } from './dataset.js'
import { lengthsRowAt } from './lengths-columns.js'
import { findLengths } from './lengths-table.js'
import { pairAt, TURN_FACT_COLUMNS } from './rows.js'
import { openStoredTable } from './stored-table.js'
import { lengthsSchema } from './table-schema.js'

/** Stored ids, open for look-up. */
export interface StoredIds {
  /** Undefined for a row that the table does not have. */
  get(row: number): Promise<
    | {
        readonly pair: Pick<Pair, 'id' | 'subset' | 'mediaKind' | 'media' | 'mediaPositions' | 'mediaTimes'>
        readonly lengths: LengthsRow
      }
    | undefined
  >
  close(): Promise<void>
}

/**
 * Opens the ids of a tokenizer and template; undefined if the data set does not have them.
 * @throws MimicitError MIMICIT_BAD_MANIFEST
 */
export function openStoredIds(dataset: Dataset, rules: TextRules): StoredIds | undefined {
  const { store, manifest, location } = dataset
  const found = findLengths(manifest, rules, location)
  if (found?.record.ids !== true) return undefined
  const columns = lengthsSchema.columns.map((column) => column.name)
  const lengths = openStoredTable(store, manifest, `lengths/${found.name}`, columns)
  return {
    async get(row) {
      if (!(row >= 0 && row < found.record.rows)) return undefined
      const [ids, pair] = await Promise.all([lengths.around(row), dataset.pairColumns(row, TURN_FACT_COLUMNS)])
      return {
        lengths: lengthsRowAt(ids.columns, row - ids.firstRow),
        pair: pairAt(pair.columns, row - pair.firstRow),
      }
    },
    close: () => lengths.close(),
  }
}
