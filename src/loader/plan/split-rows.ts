// The rows of one split, for `loadMimicIT(dir, { split })`: one byte a pair, from one reading of the split column.
import { MimicitError } from '../../base/errors.js'
import { sha256Hex } from '../../base/hash.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Split } from '../../tuple/tuple.js'

/** Which pairs are of a split. */
export interface SplitRows {
  has(row: number): boolean
  /** Goes into the plan: which pairs they are, since the order key does not say. */
  readonly identity: string
  /**
   * Those of the listed queries, or of all pairs, in their order.
   * @throws MimicitError MIMICIT_UNKNOWN_NAME if there are none
   */
  queries(listed: Int32Array | undefined): Int32Array
}

/**
 * Reads which pairs are of a split.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME if no pair is
 */
export async function readSplitRows(dataset: Dataset, split: Split): Promise<SplitRows> {
  const { statistics, tables } = dataset.manifest
  const there = Object.keys(statistics.splits)
  const none = (expected: string, received: string, hint: string) =>
    new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected,
      where: `option split for ${dataset.location}`,
      received,
      hint,
    })
  if (!there.includes(split)) {
    const expected = there.length === 0 ? 'no split, since no pair names one' : `one of ${there.join(', ')}`
    throw none(expected, split, 'Make splits with `mimicit split`.')
  }
  const inSplit = new Uint8Array(tables.pairs.rows)
  for await (const { firstRow, columns } of dataset.columns('pairs', ['split'])) {
    for (const [i, value] of columns.split!.entries()) if (value === split) inSplit[firstRow + i] = 1
  }
  const has = (row: number) => inSplit[row] === 1
  return {
    has,
    identity: `${split} ${sha256Hex(inSplit).slice(0, 16)}`,
    queries(listed) {
      const candidates = listed ?? Int32Array.from({ length: inSplit.length }, (_, row) => row)
      const rows = candidates.filter(has)
      if (rows.length > 0) return rows
      throw none(
        'a split that has some of the queries of the in-context function',
        split,
        'Set queries to "all" to take every pair of the split.',
      )
    },
  }
}
