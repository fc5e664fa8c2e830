// Bradley-Terry strengths with ties by Davidson's model (1970): of two models with strengths p and q, the first wins, the
// second wins and they tie with odds p : q : nu * sqrt(p q). The order of battles plays no part. Fitted by Newton's method in
// the logarithms of strengths, where the likelihood has one maximum. A weak prior (standard deviation 10, some 1,700 points)
// keeps a model finite that never lost or never won; on everything that battles do say it has no visible effect.
import { randomStream } from '../../base/random.js'
import { intervalOf, type RatingScale } from './online-elo.js'
import { solve } from './solve.js'
import { type Outcomes, type Tally, tally } from './tally.js'

const PRIOR = 1 / 10 ** 2
const MOST_STEPS = 100

/** A fitted model. */
export interface Strengths {
  /** Logarithm of the strength of each model; their mean is 0. */
  readonly theta: Float64Array
  /** Davidson's nu: 0 where nothing ties; two equal models tie with odds nu : 2. */
  readonly nu: number
}

/** Fits strengths to battles. */
export function bradleyTerry(counts: Tally, from?: Strengths): Strengths {
  const count = counts.models.length
  // The last parameter is log nu.
  let parameters = new Float64Array(count + 1)
  if (from !== undefined) {
    parameters.set(from.theta)
    parameters[count] = Math.log(from.nu)
  }
  let before = likelihood(counts, parameters)
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = derivatives(counts, parameters)
    const way = solve(hessian, gradient)
    let scale = 1
    let next = parameters
    let after = before
    // A step too far is halved: the likelihood only ever rises.
    for (; scale > 1e-10; scale /= 2) {
      next = parameters.map((value, i) => value + scale * way[i]!)
      after = likelihood(counts, next)
      if (after >= before) break
    }
    const moved = way.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * scale
    if (after >= before) parameters = next
    if (moved < 1e-10 || after < before) break
    before = after
  }
  return { theta: parameters.slice(0, count), nu: Math.exp(parameters[count]!) }
}

function chances(parameters: Float64Array, i: number, j: number): readonly [number, number, number] {
  const delta = parameters.at(-1)!
  const tie = delta + (parameters[i]! + parameters[j]!) / 2
  const most = Math.max(parameters[i]!, parameters[j]!, tie)
  const odds = [parameters[i]!, parameters[j]!, tie].map((value) => Math.exp(value - most))
  const sum = odds[0]! + odds[1]! + odds[2]!
  return [odds[0]! / sum, odds[1]! / sum, odds[2]! / sum]
}

function likelihood({ meetings }: Tally, parameters: Float64Array): number {
  let sum = 0
  for (const { i, j, first, second, ties } of meetings) {
    const [p, q, tie] = chances(parameters, i, j)
    if (first > 0) sum += first * Math.log(p)
    if (second > 0) sum += second * Math.log(q)
    if (ties > 0) sum += ties * Math.log(tie)
  }
  for (const value of parameters) sum -= (PRIOR * value * value) / 2
  return sum
}

/** Gradient and negated Hessian; outcomes are an exponential family, so that the latter is a covariance. */
function derivatives({ meetings }: Tally, parameters: Float64Array) {
  const size = parameters.length
  const nu = size - 1
  const gradient = parameters.map((value) => -PRIOR * value)
  const hessian = Array.from({ length: size }, (_, row) => {
    const values = new Float64Array(size)
    values[row] = PRIOR
    return values
  })
  for (const { i, j, first, second, ties } of meetings) {
    const all = first + second + ties
    if (all === 0) continue
    const [p, q, tie] = chances(parameters, i, j)
    const places = [i, j, nu]
    // What each outcome adds to the sums of i, j and nu, and what is expected of them.
    const outcomes = [
      [1, 0, 0],
      [0, 1, 0],
      [0.5, 0.5, 1],
    ]
    const expected = [p + tie / 2, q + tie / 2, tie]
    const seen = [first + ties / 2, second + ties / 2, ties]
    for (const [x, row] of places.entries()) {
      gradient[row]! += seen[x]! - all * expected[x]!
      for (const [y, column] of places.entries()) {
        let product = 0
        for (const [o, chance] of [p, q, tie].entries()) product += chance * outcomes[o]![x]! * outcomes[o]![y]!
        hessian[row]![column]! += all * (product - expected[x]! * expected[y]!)
      }
    }
  }
  return { gradient, hessian }
}

/** Strengths as points: `start` is the mean, a difference of `scale` points means odds of `base` to one. */
export function toRatings(theta: Float64Array, { start = 1000, base = 10, scale = 400 }: RatingScale = {}) {
  return theta.map((value) => start + (scale * value) / Math.log(base))
}

/** Where the ratings of 95 of 100 draws of the same number of battles lie, of each model. */
export interface RatingIntervals {
  readonly draws: number
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Fits strengths to battles drawn from the battles, with replacement, `draws` times. */
export function bootstrap(
  outcomes: Outcomes,
  { draws, seed, ...scale }: RatingScale & { readonly draws: number; readonly seed: number },
): RatingIntervals {
  const count = outcomes.models.length
  const all = Array.from({ length: count }, () => new Float64Array(draws))
  const from = bradleyTerry(tally(outcomes))
  const places = new Int32Array(outcomes.of.length)
  for (let draw = 0; draw < draws; draw++) {
    const random = randomStream('bradley-terry bootstrap 1', seed, draw)
    for (let n = 0; n < places.length; n++) places[n] = random.below(places.length)
    const ratings = toRatings(bradleyTerry(tally(outcomes, places), from).theta, scale)
    for (let model = 0; model < count; model++) all[model]![draw] = ratings[model]!
  }
  const intervals = all.map((ratings) => intervalOf(ratings))
  return {
    draws,
    low: Float64Array.from(intervals, ([low]) => low),
    high: Float64Array.from(intervals, ([, high]) => high),
  }
}
