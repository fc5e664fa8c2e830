// Battles as counts: for every two models who won how often. What Bradley-Terry and win rates need of them; Elo needs their
// order too.
import type { Battle, Winner } from './battles.js'

/** What a battle is worth to the first of its models; both ties are half a win. */
export const POINTS = { a: 1, b: 0, tie: 0.5, 'both-bad': 0.5 } as const satisfies Readonly<Record<Winner, number>>

/** Counts of two models that met, `i < j`. */
export interface Meeting {
  readonly i: number
  readonly j: number
  /** Battles that `i` won, that `j` won, and that were tied. */
  readonly first: number
  readonly second: number
  readonly ties: number
}

/** Battles by models. */
export interface Tally {
  /** In alphabetical order. */
  readonly models: readonly string[]
  readonly meetings: readonly Meeting[]
}

/** The models of battles, in alphabetical order. */
export function modelsOf(battles: readonly Battle[]): string[] {
  return [...new Set(battles.flatMap(({ a, b }) => [a, b]))].sort()
}

/** What each battle counts for: an outcome of a meeting, as one number that a bootstrap can draw. */
export interface Outcomes {
  readonly models: readonly string[]
  readonly pairs: readonly (readonly [i: number, j: number])[]
  /** `3 * pair + 0` (first), `+ 1` (second) or `+ 2` (tie) of every battle. */
  readonly of: Int32Array
}

/** Numbers the outcomes of battles. */
export function outcomesOf(battles: readonly Battle[]): Outcomes {
  const models = modelsOf(battles)
  const place = new Map(models.map((model, i) => [model, i]))
  const pairs: [number, number][] = []
  const known = new Map<string, number>()
  const of = new Int32Array(battles.length)
  for (const [n, { a, b, winner }] of battles.entries()) {
    const [left, right] = [place.get(a)!, place.get(b)!]
    const [i, j] = left < right ? [left, right] : [right, left]
    const key = `${i} ${j}`
    let pair = known.get(key)
    if (pair === undefined) {
      pair = pairs.push([i, j]) - 1
      known.set(key, pair)
    }
    const points = left < right ? POINTS[winner] : 1 - POINTS[winner]
    of[n] = 3 * pair + (points === 1 ? 0 : points === 0 ? 1 : 2)
  }
  return { models, pairs, of }
}

/** Counts outcomes; those of `drawn` places where they are given. */
export function tally({ models, pairs, of }: Outcomes, drawn?: Iterable<number>): Tally {
  const counts = new Float64Array(3 * pairs.length)
  if (drawn === undefined) for (const outcome of of) counts[outcome]!++
  else for (const place of drawn) counts[of[place]!]!++
  const meetings = pairs.map(([i, j], pair) => {
    return { i, j, first: counts[3 * pair]!, second: counts[3 * pair + 1]!, ties: counts[3 * pair + 2]! }
  })
  return { models, meetings }
}

/** Models that are joined by battles, directly or by way of others: ratings compare only inside such a group. */
export function groupsOf({ models, meetings }: Tally): string[][] {
  const group = Int32Array.from(models.keys())
  for (let changed = true; changed; ) {
    changed = false
    for (const { i, j } of meetings) {
      const least = Math.min(group[i]!, group[j]!)
      if (group[i] === least && group[j] === least) continue
      group[i] = least
      group[j] = least
      changed = true
    }
  }
  return [...new Set(group)].map((number) => models.filter((_, i) => group[i] === number))
}

/**
 * Models that battles alone hold together: each of a group has beaten or tied every other, directly or by way of others.
 * Between two groups nobody of one side ever did, so that battles set no bound to how far apart they are.
 */
export function boundGroupsOf({ models, meetings }: Tally): string[][] {
  const held: number[][] = models.map(() => [])
  for (const { i, j, first, second, ties } of meetings) {
    if (first + ties > 0) held[i]!.push(j)
    if (second + ties > 0) held[j]!.push(i)
  }
  const reached = models.map((_, from) => {
    const seen = new Set([from])
    // A set gives what is added to it while it is walked.
    for (const at of seen) for (const next of held[at]!) seen.add(next)
    return seen
  })
  const first = models.map((_, i) => models.findIndex((__, j) => reached[i]!.has(j) && reached[j]!.has(i)))
  return [...new Set(first)].map((leader) => models.filter((_, i) => first[i] === leader))
}
