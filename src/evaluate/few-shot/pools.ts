// Which pairs are asked and which may be shown: two pools that share no picture, so that no prompt holds what it asks about,
// for any query. Pure: from facts of the pairs.
import { MimicitError } from '../../base/errors.js'
import { randomStream } from '../../base/random.js'
import type { PairFacts } from '../../context/facts.js'
import { sample } from '../../context/selectors/sample.js'
import type { Split } from '../../tuple/tuple.js'

/** How the pools are made. */
export interface PoolOptions {
  /** Split of the questions. @default validation, else test, where the data set has one; else a draw from everything */
  readonly querySplit?: Split
  /** Split of what is shown. @default train where the data set has it, else all that is not asked */
  readonly supportSplit?: Split
  /** Questions at most, drawn by the seed. @default all of the split; a fifth where there are no splits */
  readonly queries?: number
  /** Pairs that may be shown at most, drawn anew for every seed. @default all */
  readonly support?: number
  /** One question for each picture. */
  readonly perVisual: boolean
  readonly seed: number
}

/** The pools. */
export interface Pools {
  /** Rows that are asked, rising; of `perVisual` the first row of each picture. */
  readonly queries: readonly number[]
  /** Rows that belong to a question: itself, or all on its picture. */
  readonly rowsOf: ReadonlyMap<number, readonly number[]>
  /** Rows that may be shown, rising. */
  readonly support: Int32Array
  /** Rows that were kept from being shown because they share a picture with a question. */
  readonly guarded: number
}

/**
 * Makes the pools.
 * @param rows the pairs that take part
 * @throws MimicitError MIMICIT_EMPTY if nothing is left to be asked
 */
export function makePools(facts: PairFacts, rows: readonly number[], options: PoolOptions): Pools {
  const splitOf = (row: number) => facts.splits.names[facts.splits.of[row]!]
  const has = (split: Split) => rows.some((row) => splitOf(row) === split)
  const querySplit = options.querySplit ?? (['validation', 'test'] as const).find(has)
  const supportSplit = options.supportSplit ?? (querySplit !== undefined && has('train') ? 'train' : undefined)
  const candidates = querySplit === undefined ? rows : rows.filter((row) => splitOf(row) === querySplit)
  const groups = questionsOf(facts, candidates, options.perVisual)
  const asked = drawn([...groups.keys()], options.queries ?? defaultCount(groups.size, querySplit), options.seed)
  if (asked.length === 0) {
    throw new MimicitError('MIMICIT_EMPTY', {
      expected: 'at least one pair to ask',
      where: querySplit === undefined ? 'the data set' : `the split ${querySplit}`,
      received: 'none',
      hint: 'Name another split, or other instructions.',
    })
  }
  const queryRows = new Set(asked.flatMap((query) => groups.get(query)!))
  const pictures = new Set([...queryRows].flatMap((row) => mediaOf(facts, row)))
  const offered = rows.filter(
    (row) => !queryRows.has(row) && (supportSplit === undefined || splitOf(row) === supportSplit),
  )
  const support = offered.filter((row) => !mediaOf(facts, row).some((media) => pictures.has(media)))
  return {
    queries: asked,
    rowsOf: new Map(asked.map((query) => [query, groups.get(query)!])),
    support: Int32Array.from(support),
    guarded: offered.length - support.length,
  }
}

/** Those that may be shown under one seed. */
export function supportOf({ support }: Pools, most: number | undefined, seed: number): Int32Array {
  if (most === undefined || most >= support.length) return support
  return Int32Array.from(sample(support, most, randomStream('few-shot support 1', seed))).sort()
}

const defaultCount = (all: number, split: Split | undefined) =>
  split === undefined ? Math.max(1, Math.floor(all / 5)) : all

function drawn(rows: readonly number[], most: number, seed: number): number[] {
  if (most >= rows.length) return [...rows]
  return sample(Int32Array.from(rows), most, randomStream('few-shot queries 1', seed)).sort((a, b) => a - b)
}

function questionsOf(facts: PairFacts, rows: readonly number[], perVisual: boolean): Map<number, readonly number[]> {
  if (!perVisual) return new Map(rows.map((row) => [row, [row]]))
  const first = new Map<number, number[]>()
  const byVisual = new Map<number, number[]>()
  for (const row of rows) {
    const visual = facts.visuals.of[row]!
    const known = visual < 0 ? undefined : byVisual.get(visual)
    if (known !== undefined) known.push(row)
    else {
      const group = [row]
      first.set(row, group)
      if (visual >= 0) byVisual.set(visual, group)
    }
  }
  return first
}

const mediaOf = ({ media }: PairFacts, row: number) =>
  Array.from(media.rows.subarray(media.starts[row]!, media.starts[row + 1]!))
