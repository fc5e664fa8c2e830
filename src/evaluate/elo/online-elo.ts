// Elo ratings as an arena keeps them: battle after battle, so that the order of battles decides too. How much it does is
// told by rating the same battles in many other orders.
import { randomStream } from '../../base/random.js'
import type { Battle } from './battles.js'
import { modelsOf, POINTS } from './tally.js'

/** What ratings mean. */
export interface RatingScale {
  /** Where every model begins; the mean of all. @default 1000 */
  readonly start?: number
  /** A difference of `scale` points means odds of so many to one. @default 10 */
  readonly base?: number
  /** @default 400 */
  readonly scale?: number
}

/** How Elo ratings move. */
export interface EloOptions extends RatingScale {
  /** Most points that one battle moves. @default 4 */
  readonly k?: number
}

/** Rating of each model, models in alphabetical order. */
export interface EloRatings {
  readonly models: readonly string[]
  readonly ratings: Float64Array
}

/** Rates models by their battles in the order in which they stand; what one wins the other loses. */
export function onlineElo(battles: readonly Battle[], options: EloOptions = {}): EloRatings {
  const models = modelsOf(battles)
  return { models, ratings: rated(encoded(battles, models), undefined, models.length, options) }
}

/** What the order of battles does to ratings. */
export interface OrderSpread {
  /** Orders that were tried. */
  readonly orders: number
  /** Mean, and where 95 of 100 orders lie, of each model. */
  readonly mean: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
  /** Places that each model has in some order, from best to worst, 1 = first. */
  readonly bestPlace: Int32Array
  readonly worstPlace: Int32Array
}

/** Rates the same battles in `orders` orders drawn by a seed. */
export function eloOverOrders(
  battles: readonly Battle[],
  options: EloOptions & { readonly orders: number; readonly seed: number },
): OrderSpread {
  const models = modelsOf(battles)
  const codes = encoded(battles, models)
  const count = models.length
  const all = Array.from({ length: count }, () => new Float64Array(options.orders))
  const bestPlace = new Int32Array(count).fill(count)
  const worstPlace = new Int32Array(count).fill(1)
  for (let n = 0; n < options.orders; n++) {
    const ratings = rated(codes, permutation(battles.length, options.seed, n), count, options)
    for (let model = 0; model < count; model++) {
      all[model]![n] = ratings[model]!
      const place = 1 + ratings.reduce((better, other) => better + (other > ratings[model]! ? 1 : 0), 0)
      bestPlace[model] = Math.min(bestPlace[model]!, place)
      worstPlace[model] = Math.max(worstPlace[model]!, place)
    }
  }
  const spread = all.map(intervalOf)
  return {
    orders: options.orders,
    mean: Float64Array.from(all, (ratings) => ratings.reduce((sum, rating) => sum + rating, 0) / ratings.length),
    low: Float64Array.from(spread, ([low]) => low),
    high: Float64Array.from(spread, ([, high]) => high),
    ...{ bestPlace, worstPlace },
  }
}

/** Where the middle 95 of 100 values lie. */
export function intervalOf(values: Float64Array): readonly [low: number, high: number] {
  const sorted = values.slice().sort()
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const below = sorted[Math.floor(place)]!
    return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below)
  }
  return [at(0.025), at(0.975)]
}

interface Encoded {
  readonly a: Int32Array
  readonly b: Int32Array
  readonly points: Float64Array
}

function encoded(battles: readonly Battle[], models: readonly string[]): Encoded {
  const place = new Map(models.map((model, i) => [model, i]))
  return {
    a: Int32Array.from(battles, ({ a }) => place.get(a)!),
    b: Int32Array.from(battles, ({ b }) => place.get(b)!),
    points: Float64Array.from(battles, ({ winner }) => POINTS[winner]),
  }
}

function rated({ a, b, points }: Encoded, order: Int32Array | undefined, count: number, options: EloOptions) {
  const { k = 4, start = 1000, base = 10, scale = 400 } = options
  const ratings = new Float64Array(count).fill(start)
  for (let n = 0; n < points.length; n++) {
    const at = order === undefined ? n : order[n]!
    const [left, right] = [a[at]!, b[at]!]
    const expected = 1 / (1 + base ** ((ratings[right]! - ratings[left]!) / scale))
    const change = k * (points[at]! - expected)
    ratings[left]! += change
    ratings[right]! -= change
  }
  return ratings
}

function permutation(length: number, seed: number, n: number): Int32Array {
  const random = randomStream('elo order 1', seed, n)
  const order = Int32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const value = order[i]!
    order[i] = order[j]!
    order[j] = value
  }
  return order
}
