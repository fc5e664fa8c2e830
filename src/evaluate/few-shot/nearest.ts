// In-context examples of every question, from what may be shown: nearest first, as many as the most shots. A selection is any
// in-context function by name; `random` draws anew for every seed, which retrieval does not (it has nothing to draw but what
// may be shown). `matched:<name>` is the control of another one: pairs drawn at random whose turns have as many tokens.
import { MimicitError } from '../../base/errors.js'
import { randomStream } from '../../base/random.js'
import { type Choose, createChoose } from '../../context/choose.js'
import type { PairFacts } from '../../context/facts.js'
import { GUARDS } from '../../context/guards.js'
import { chooseFor } from '../../context/propose.js'
import type { SelectorWorld } from '../../context/selector.js'
import { sample } from '../../context/selectors/sample.js'

/** The rows chosen for each question, nearest first, in the order of the questions. */
export type Lists = readonly (readonly number[])[]

/** What is chosen from, for whom. */
export interface Choosing {
  readonly world: SelectorWorld
  readonly queries: readonly number[]
  /** Rows that may be shown, rising. */
  readonly support: Int32Array
  readonly shots: number
  readonly seed: number
}

/**
 * Chooses by an in-context function.
 * @throws MimicitError MIMICIT_SHOTS_EXCEED_CONTEXTS if any question has fewer than `shots`, MIMICIT_UNKNOWN_NAME
 */
export async function nearestOf(select: string, choosing: Choosing): Promise<Lists> {
  const { world, queries, support, shots } = choosing
  if (shots === 0) return queries.map(() => [])
  const lists = select === 'random' ? drawn(choosing) : await proposed(select, choosing)
  const short = lists.findIndex((rows) => rows.length < shots)
  if (short < 0) return lists
  const { id } = await world.dataset.pair(queries[short]!)
  throw new MimicitError('MIMICIT_SHOTS_EXCEED_CONTEXTS', {
    expected: `at least ${shots} in-context examples by ${select}`,
    where: `pair ${id}, with ${support.length} pairs that may be shown`,
    received: String(lists[short]!.length),
    hint: 'Ask for fewer shots, allow more pairs to be shown, or choose them in another way.',
  })
}

function drawn({ world: { facts }, queries, support, shots, seed }: Choosing): Lists {
  return queries.map((query) => {
    const fits = (row: number) => facts.languages.of[row] === facts.languages.of[query]
    for (let count = 2 * shots; ; count *= 4) {
      const rows = sample(support, count, randomStream('few-shot random 1', seed, query)).filter(fits)
      if (rows.length >= shots || count >= support.length) return rows.slice(0, shots)
    }
  })
}

async function proposed(select: string, { world, queries, support, shots }: Choosing): Promise<Lists> {
  const selector = await world.selector(select)
  const allowed = new Uint8Array(world.facts.rows)
  for (const row of support) allowed[row] = 1
  const guarded = createChoose(world.facts, { ...GUARDS, splits: false, leaks: false })
  const choose: Choose = (query, proposals, _, rules) =>
    guarded(
      query,
      proposals.filter(({ row }) => allowed[row] === 1),
      shots,
      rules,
    )
  // Where what may be shown is a small part of everything, the first candidates may hold too little of it.
  const lists: (readonly number[])[] = queries.map(() => [])
  let open = [...queries.keys()]
  for (const reach of [shots, Math.max(shots, world.facts.rows)]) {
    if (open.length === 0) break
    const asked = open.map((place) => queries[place]!)
    for (const [i, { taken }] of (await chooseFor(asked, selector, choose, reach)).entries())
      lists[open[i]!] = taken.map(({ row }) => row)
    open = open.filter((place) => lists[place]!.length < shots)
  }
  return lists
}

/** So many neighbours in length a control is drawn from. */
const NEIGHBOURS = 16
/** With so many of the very same length no other is needed. */
const ENOUGH = 4

/**
 * The control of some lists: for each row another one that may be shown, drawn among those that have as many tokens, or are
 * nearest to that. What one has too few or too many the next makes up for, so that sums differ as little as single ones.
 * @param tokensOf tokens of a row's turn
 */
export function matchedInLength(
  lists: Lists,
  { queries, support, seed }: Choosing,
  facts: PairFacts,
  tokensOf: (row: number) => number,
): Lists {
  const byLength = Array.from(support).sort((a, b) => tokensOf(a) - tokensOf(b) || a - b)
  return lists.map((rows, i) => {
    const random = randomStream('few-shot matched 1', seed, queries[i]!)
    const taken = new Set<number>(rows)
    let owed = 0
    return rows.map((row) => {
      const fits = (other: number) => !taken.has(other) && facts.languages.of[other] === facts.languages.of[row]
      const near = nearestInLength(byLength, tokensOf, tokensOf(row) + owed, fits)
      // With no other pair left the row stands for itself, and the report's token counts stay equal.
      const other = near.length === 0 ? row : near[random.below(near.length)]!
      taken.add(other)
      owed += tokensOf(row) - tokensOf(other)
      return other
    })
  })
}

/** The rows nearest to a length: those that have it, or the closer half of sixteen. */
function nearestInLength(
  rows: readonly number[],
  tokensOf: (row: number) => number,
  length: number,
  fits: (row: number) => boolean,
): number[] {
  let right = lowerBound(rows, tokensOf, length)
  let left = right - 1
  const near: number[] = []
  while (near.length < NEIGHBOURS && (left >= 0 || right < rows.length)) {
    const below = left < 0 ? Number.POSITIVE_INFINITY : length - tokensOf(rows[left]!)
    const above = right >= rows.length ? Number.POSITIVE_INFINITY : tokensOf(rows[right]!) - length
    const row = below < above ? rows[left--]! : rows[right++]!
    if (fits(row)) near.push(row)
  }
  const exact = near.filter((row) => tokensOf(row) === length)
  if (exact.length >= ENOUGH) return exact
  // Only the closest half: a control that is a few tokens off is worse than one drawn among fewer.
  return near.slice(0, Math.max(1, Math.ceil(near.length / 2)))
}

function lowerBound(rows: readonly number[], tokensOf: (row: number) => number, length: number): number {
  let [from, to] = [0, rows.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (tokensOf(rows[middle]!) < length) from = middle + 1
    else to = middle
  }
  return from
}
