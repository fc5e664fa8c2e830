// Everything that pairwise votes say of models, together: strengths with intervals, Elo with what the order of votes does to
// it, who beats whom.
import { z } from 'zod'
import type { IssueCount } from '../../base/issues.js'
import { isRecord, parseOptions } from '../../base/options.js'
import type { Battle } from './battles.js'
import { bootstrap, bradleyTerry, toRatings } from './bradley-terry.js'
import { type EloOptions, eloOverOrders, onlineElo } from './online-elo.js'
import { boundGroupsOf, groupsOf, outcomesOf, type Tally, tally } from './tally.js'

/** How models are rated. */
export interface RatingOptions extends EloOptions {
  /** Draws of the bootstrap; 0 = no intervals. @default 1000 */
  readonly bootstrap?: number
  /** Orders in which Elo is tried. @default 200 */
  readonly orders?: number
  /** Of draws and orders. @default 0 */
  readonly seed?: number
}

const schema = z.strictObject({
  k: z.number().positive().default(4),
  start: z.number().default(1000),
  base: z.number().gt(1).default(10),
  scale: z.number().positive().default(400),
  bootstrap: z.int().min(0).default(1000),
  orders: z.int().min(1).default(200),
  seed: z.int().default(0),
})

/** What votes say of one model. */
export interface RatedModel {
  readonly model: string
  readonly battles: number
  readonly won: number
  readonly lost: number
  readonly tied: number
  /** Bradley-Terry, and where 95 of 100 draws lie. */
  readonly rating: number
  readonly low: number | null
  readonly high: number | null
  /** Elo in the order of the battles; its mean over other orders, where 95 of 100 lie, and the places it has in some. */
  readonly elo: number
  readonly eloMean: number
  readonly eloLow: number
  readonly eloHigh: number
  readonly bestPlace: number
  readonly worstPlace: number
}

/** What votes say. */
export interface ModelRatings {
  readonly battles: number
  readonly ties: number
  readonly options: Required<RatingOptions>
  /** Davidson's nu. */
  readonly nu: number
  /** Best first. */
  readonly models: readonly RatedModel[]
  /** Share of points of the row's model against the column's, ties half, in the order of `models`; null = never met. */
  readonly winRates: readonly (readonly (number | null)[])[]
  /** Battles of each two. */
  readonly met: readonly (readonly number[])[]
  /** Models that are joined by battles; more than one group means that ratings do not compare across them. */
  readonly groups: readonly (readonly string[])[]
  /** Models that battles hold together; between such groups it is the prior that bounds how far apart ratings are. */
  readonly boundGroups: readonly (readonly string[])[]
  readonly issues: readonly IssueCount[]
}

/**
 * Rates models by battles, of which there is at least one.
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION
 */
export function rateModels(
  battles: readonly Battle[],
  options: RatingOptions = {},
  issues: readonly IssueCount[] = [],
): ModelRatings {
  const all: Required<RatingOptions> = parseOptions('rateModels', schema, isRecord('rateModels', options))
  const outcomes = outcomesOf(battles)
  const counts = tally(outcomes)
  const { theta, nu } = bradleyTerry(counts)
  const ratings = toRatings(theta, all)
  const elo = onlineElo(battles, all).ratings
  const spread = eloOverOrders(battles, all)
  const intervals = all.bootstrap === 0 ? undefined : bootstrap(outcomes, { ...all, draws: all.bootstrap })
  const order = [...counts.models.keys()].sort((x, y) => ratings[y]! - ratings[x]!)
  const table = pointsTable(counts)
  return {
    ...{ battles: battles.length, options: all, nu, issues },
    ties: counts.meetings.reduce((sum, { ties }) => sum + ties, 0),
    models: order.map((i) => ({
      model: counts.models[i]!,
      ...recordOf(counts, i),
      rating: ratings[i]!,
      low: intervals?.low[i] ?? null,
      high: intervals?.high[i] ?? null,
      elo: elo[i]!,
      ...{ eloMean: spread.mean[i]!, eloLow: spread.low[i]!, eloHigh: spread.high[i]! },
      ...{ bestPlace: spread.bestPlace[i]!, worstPlace: spread.worstPlace[i]! },
    })),
    winRates: order.map((i) =>
      order.map((j) => (table.met[i]![j] === 0 ? null : table.points[i]![j]! / table.met[i]![j]!)),
    ),
    met: order.map((i) => order.map((j) => table.met[i]![j]!)),
    groups: groupsOf(counts),
    boundGroups: byRating(boundGroupsOf(counts), (model) => ratings[counts.models.indexOf(model)]!),
  }
}

/** Groups by their best model, best first. */
function byRating(groups: readonly string[][], ratingOf: (model: string) => number): string[][] {
  const best = (group: readonly string[]) => Math.max(...group.map(ratingOf))
  return groups
    .map((group) => group.sort((x, y) => ratingOf(y) - ratingOf(x)))
    .sort((one, other) => best(other) - best(one))
}

function recordOf({ meetings }: Tally, model: number) {
  let [won, lost, tied] = [0, 0, 0]
  for (const { i, j, first, second, ties } of meetings) {
    if (i !== model && j !== model) continue
    won += i === model ? first : second
    lost += i === model ? second : first
    tied += ties
  }
  return { battles: won + lost + tied, won, lost, tied }
}

function pointsTable({ models, meetings }: Tally) {
  const points = models.map(() => new Float64Array(models.length))
  const met = models.map(() => new Float64Array(models.length))
  for (const { i, j, first, second, ties } of meetings) {
    points[i]![j] = first + ties / 2
    points[j]![i] = second + ties / 2
    met[i]![j] = first + second + ties
    met[j]![i] = met[i]![j]!
  }
  return { points, met }
}
