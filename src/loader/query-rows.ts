// Which pairs of a data set are queries: those that a training list names or all, less what options leave out. Memory is
// four bytes a listed query; where nothing is left out of all pairs there is no list.
import { MimicitError, show } from '../base/errors.js'
import type { Dataset } from '../shards/dataset.js'
import type { LoaderSettings } from './options.js'
import type { SplitRows } from './plan/split-rows.js'

/** The queries of a source. */
export interface QueryRows {
  readonly samples: number
  rowOf(sample: number): number
}

/** Pair rows [from, to). */
export interface PairRange {
  readonly from: number
  readonly to: number
}

/**
 * Selects the queries.
 * @param listed the queries that the in-context function is made for, or undefined for every pair
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a split, subset or language that has none, MIMICIT_NOT_FOUND for an id
 */
export async function queryRows(
  dataset: Dataset,
  settings: LoaderSettings,
  listed: Int32Array | undefined,
  split: SplitRows | undefined,
  range: PairRange | undefined,
): Promise<QueryRows> {
  const { subsets, languages, only, skip, take } = settings
  const { rows } = dataset.manifest.tables.pairs
  let list = split === undefined ? listed : split.queries(listed)
  const every = () => Int32Array.from({ length: rows }, (_, row) => row)
  const { manifest } = dataset
  const among = async (
    column: 'subset' | 'language',
    wanted: readonly string[] | undefined,
    there: readonly string[],
  ) => {
    if (wanted === undefined) return
    const isOne = await rowsWith(dataset, column, wanted, there)
    list = (list ?? every()).filter((row) => isOne[row] === 1)
  }
  await among(
    'subset',
    subsets,
    manifest.subsets.map(({ name }) => name),
  )
  await among('language', languages, Object.keys(manifest.statistics.languages))
  if (only !== undefined) {
    const named = new Set<number>()
    for (const id of only) named.add(await dataset.pairRow(id))
    const known = list
    // In the order of the data or of the training list, like everything else.
    list = known === undefined ? Int32Array.from(named).sort((a, b) => a - b) : known.filter((row) => named.has(row))
  }
  if (range !== undefined && list !== undefined) list = list.filter((row) => row >= range.from && row < range.to)
  const first = list === undefined && range !== undefined ? range.from : 0
  const available = list?.length ?? (range === undefined ? rows : range.to - range.from)
  const from = Math.min(skip, available)
  const known = list
  return {
    samples: Math.min(take, available - from),
    rowOf: known === undefined ? (sample) => first + from + sample : (sample) => known[from + sample]!,
  }
}

/** One byte a pair: 1 for those that have one of some values in a column. */
async function rowsWith(
  { manifest, location, columns }: Dataset,
  column: 'subset' | 'language',
  wanted: readonly string[],
  there: readonly string[],
): Promise<Uint8Array> {
  const missing = wanted.find((value) => !there.includes(value))
  if (missing !== undefined) {
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `some of ${there.join(', ')}`,
      where: `option ${column}s for ${location}`,
      received: show(missing),
    })
  }
  const found = new Uint8Array(manifest.tables.pairs.rows)
  for await (const { firstRow, columns: group } of columns('pairs', [column])) {
    for (const [i, value] of group[column]!.entries()) if (wanted.includes(value as string)) found[firstRow + i] = 1
  }
  return found
}
