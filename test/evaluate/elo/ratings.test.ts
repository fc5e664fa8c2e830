// Ratings from votes: what has to hold whatever the votes are, and strengths that were planted come out again.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomStream } from '../../../src/base/random.js'
import { reportText } from '../../../src/cli/report-text.js'
import type { Battle, Winner } from '../../../src/evaluate/elo/battles.js'
import { bradleyTerry, toRatings } from '../../../src/evaluate/elo/bradley-terry.js'
import { eloOverOrders, onlineElo } from '../../../src/evaluate/elo/online-elo.js'
import { rateModels } from '../../../src/evaluate/elo/rate-models.js'
import { groupsOf, outcomesOf, tally } from '../../../src/evaluate/elo/tally.js'
import { ratingReport } from '../../../src/evaluate/report/ratings.js'

const NAMES = ['ant', 'bee', 'cow', 'dog', 'eel']
const winner = fc.constantFrom<Winner>('a', 'b', 'tie', 'both-bad')
const battles = fc.array(fc.tuple(fc.nat(4), fc.nat(3), winner), { minLength: 1, maxLength: 60 }).map((list) =>
  list.map(
    ([a, b, won], n): Battle => ({
      id: String(n),
      ...{ a: NAMES[a]!, b: NAMES[(a + b + 1) % 5]!, winner: won },
    }),
  ),
)

/** Battles whose outcomes are drawn by known strengths. */
function planted(theta: readonly number[], nu: number, each: number, key = 'planted'): Battle[] {
  const random = randomStream(key)
  const list: Battle[] = []
  for (let i = 0; i < theta.length; i++) {
    for (let j = 0; j < theta.length; j++) {
      for (let n = 0; i !== j && n < each; n++) {
        const odds = [Math.exp(theta[i]!), Math.exp(theta[j]!), nu * Math.exp((theta[i]! + theta[j]!) / 2)]
        const draw = random.float() * odds.reduce((sum, value) => sum + value)
        const won: Winner = draw < odds[0]! ? 'a' : draw < odds[0]! + odds[1]! ? 'b' : 'tie'
        list.push({ id: String(list.length), a: NAMES[i]!, b: NAMES[j]!, winner: won })
      }
    }
  }
  return list
}

describe('Elo', () => {
  it('is zero-sum: what one wins the other loses', () => {
    fc.assert(
      fc.property(battles, fc.double({ min: 1, max: 64, noNaN: true }), (list, k) => {
        const { models, ratings } = onlineElo(list, { k, start: 1500 })
        const sum = ratings.reduce((total, rating) => total + rating, 0)
        expect(sum).toBeCloseTo(1500 * models.length, 6)
      }),
    )
  })

  it('moves as its formula says', () => {
    const list: Battle[] = [
      { id: '1', a: 'ant', b: 'bee', winner: 'a' },
      { id: '2', a: 'bee', b: 'ant', winner: 'tie' },
    ]
    const after = 1000 + 32 * 0.5
    const expected = 1 / (1 + 10 ** ((after - (2000 - after)) / 400))
    const { ratings } = onlineElo(list, { k: 32 })
    expect(ratings[0]).toBeCloseTo(after - 32 * (0.5 - expected), 9)
    expect(ratings[1]).toBeCloseTo(2000 - ratings[0]!, 9)
  })

  it('depends on the order of battles, which its spread shows and Bradley-Terry does not', () => {
    const list = planted([0.6, 0, -0.6], 0.3, 60)
    const backwards = list.toReversed()
    expect(onlineElo(list, { k: 32 }).ratings[0]).not.toBeCloseTo(onlineElo(backwards, { k: 32 }).ratings[0]!, 1)
    const fitted = (of: readonly Battle[]) => bradleyTerry(tally(outcomesOf(of))).theta
    for (const [i, value] of fitted(list).entries()) expect(fitted(backwards)[i]).toBeCloseTo(value, 9)
    const spread = eloOverOrders(list, { k: 32, orders: 50, seed: 1 })
    for (const model of [0, 1, 2]) {
      expect(spread.high[model]! - spread.low[model]!).toBeGreaterThan(10)
      expect(spread.mean[model]!).toBeGreaterThan(spread.low[model]!)
    }
    expect(eloOverOrders(list, { k: 32, orders: 50, seed: 1 })).toEqual(spread)
  })
})

describe('Bradley-Terry', () => {
  it('finds the strengths that were planted, and how often equals tie', () => {
    const theta = [1, 0.4, 0, -0.5, -0.9]
    const { theta: found, nu } = bradleyTerry(tally(outcomesOf(planted(theta, 0.5, 800))))
    for (const [i, value] of theta.entries()) expect(found[i]).toBeCloseTo(value, 1)
    expect(nu).toBeCloseTo(0.5, 1)
  })

  it('is the maximum: no step in any direction is likelier', () => {
    const counts = tally(outcomesOf(planted([0.5, 0, -0.5], 0.4, 40)))
    const { theta, nu } = bradleyTerry(counts)
    const logLikelihood = (t: Float64Array, v: number) =>
      counts.meetings.reduce((sum, { i, j, first, second, ties }) => {
        const [p, q, tie] = [Math.exp(t[i]!), Math.exp(t[j]!), v * Math.exp((t[i]! + t[j]!) / 2)]
        const all = Math.log(p + q + tie)
        return sum + first * (Math.log(p) - all) + second * (Math.log(q) - all) + ties * (Math.log(tie) - all)
      }, 0)
    const best = logLikelihood(theta, nu)
    for (const i of [0, 1, 2]) {
      for (const step of [-0.05, 0.05]) {
        expect(logLikelihood(theta.with(i, theta[i]! + step), nu)).toBeLessThan(best)
      }
    }
    expect(logLikelihood(theta, nu * 1.1)).toBeLessThan(best)
    expect(logLikelihood(theta, nu / 1.1)).toBeLessThan(best)
  })

  it('of two models without ties is the logarithm of their odds', () => {
    const list = Array.from(
      { length: 100 },
      (_, n): Battle => ({
        id: String(n),
        ...{ a: 'ant', b: 'bee', winner: n < 75 ? 'a' : 'b' },
      }),
    )
    const { theta, nu } = bradleyTerry(tally(outcomesOf(list)))
    const [ant, bee] = toRatings(theta)
    // 75 to 25 is three to one.
    expect(ant! - bee!).toBeCloseTo(400 * Math.log10(3), 0)
    expect(nu).toBeLessThan(0.01)
  })

  it('stays finite whatever the battles are, and its ratings have the start as their mean', () => {
    fc.assert(
      fc.property(battles, (list) => {
        const { theta, nu } = bradleyTerry(tally(outcomesOf(list)))
        const ratings = toRatings(theta)
        expect(ratings.every(Number.isFinite)).toBe(true)
        expect(Number.isFinite(nu)).toBe(true)
        expect(ratings.reduce((sum, value) => sum + value, 0) / ratings.length).toBeCloseTo(1000, 4)
      }),
    )
  })
})

describe('rateModels', () => {
  const list = planted([0.8, 0, -0.8], 0.4, 50)

  it('has intervals around ratings that a seed decides, and win rates that add up', () => {
    const ratings = rateModels(list, { bootstrap: 100, orders: 20 })
    expect(rateModels(list, { bootstrap: 100, orders: 20 })).toEqual(ratings)
    expect(rateModels(list, { bootstrap: 100, orders: 20, seed: 1 }).models).not.toEqual(ratings.models)
    expect(ratings.models.map(({ model }) => model)).toEqual(['ant', 'bee', 'cow'])
    for (const { rating, low, high, battles: count, won, lost, tied } of ratings.models) {
      expect(low!).toBeLessThan(rating)
      expect(high!).toBeGreaterThan(rating)
      expect(won + lost + tied).toBe(count)
    }
    for (const [i, row] of ratings.winRates.entries()) {
      for (const [j, share] of row.entries()) {
        if (i === j) expect(share).toBeNull()
        else expect(share! + ratings.winRates[j]![i]!).toBeCloseTo(1, 12)
      }
    }
    expect(ratings.groups).toHaveLength(1)
  })

  it('covers planted strengths about as often as it says', () => {
    // 20 sets of votes of three models: of 60 intervals of 95 %, few miss.
    const theta = [0.5, 0, -0.5]
    const truth = toRatings(Float64Array.from(theta))
    let inside = 0
    for (let set = 0; set < 20; set++) {
      const { models } = rateModels(planted(theta, 0.3, 30, `set ${set}`), { bootstrap: 100, orders: 1, seed: set })
      for (const { model, low, high } of models) {
        const value = truth[NAMES.indexOf(model)]!
        if (low! <= value && value <= high!) inside++
      }
    }
    expect(inside).toBeGreaterThanOrEqual(50)
  })

  it('says which models never met', () => {
    const apart: Battle[] = [
      { id: '1', a: 'ant', b: 'bee', winner: 'a' },
      { id: '2', a: 'cow', b: 'dog', winner: 'b' },
      { id: '3', a: 'dog', b: 'eel', winner: 'b' },
    ]
    expect(groupsOf(tally(outcomesOf(apart)))).toEqual([
      ['ant', 'bee'],
      ['cow', 'dog', 'eel'],
    ])
    expect(rateModels(apart, { bootstrap: 0, orders: 1 }).groups).toHaveLength(2)
  })

  it('says where it is not the battles that bound how far apart models are', () => {
    const battle = (id: number, a: string, b: string, winner: Battle['winner']) => ({ id: String(id), a, b, winner })
    const won = [battle(1, 'ant', 'bee', 'a'), battle(2, 'ant', 'cow', 'a'), battle(3, 'bee', 'cow', 'tie')]
    const ratings = rateModels(won, { bootstrap: 0, orders: 1 })
    expect(ratings.boundGroups).toEqual([['ant'], ['bee', 'cow']])
    const text = reportText(ratingReport(ratings))
    expect(text).toContain('one side never won or tied: ant | bee, cow.')
    const held = rateModels([...won, battle(4, 'cow', 'ant', 'both-bad')], { bootstrap: 0, orders: 1 })
    expect(held.boundGroups.map((group) => group.toSorted())).toEqual([['ant', 'bee', 'cow']])
    expect(reportText(ratingReport(held))).not.toMatch(/prior|never/)
  })

  it.each([{ base: 1 }, { k: 0 }, { start: Number.NaN }, { orders: 0 }])('refuses %j', (options) => {
    expect(() => rateModels(list, options)).toThrowError(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
  })
})
