import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BudgetOptions, createBudget } from '../../src/llm/budget.js'

const never = new AbortController().signal
const tokens = fc.nat({ max: 1000 })

describe('a budget', () => {
  it('is never passed, whatever calls use and however they end', async () => {
    const call = fc.record({
      ...{ promptTokens: tokens, completionTokens: tokens, share: fc.double({ min: 0, max: 1, noNaN: true }) },
      ...{ end: fc.constantFrom('settle', 'release', 'forfeit'), discount: fc.constantFrom(1, 0.5) },
      turns: fc.nat({ max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 40 }),
        fc.option(fc.nat({ max: 20_000 }), { nil: undefined }),
        fc.option(fc.double({ min: 0, max: 0.1, noNaN: true }), { nil: undefined }),
        async (calls, maxTotalTokens, maxCost) => {
          const prices = { prompt: 1.5, completion: 6 }
          const budget = createBudget({ maxTotalTokens, maxCost, prices } as BudgetOptions)
          let served = 0
          let refused = 0
          const checkLimits = () => {
            const { promptTokens, completionTokens, maybeTokens, cost } = budget.spent()
            expect(promptTokens + completionTokens + maybeTokens).toBeLessThanOrEqual(
              maxTotalTokens ?? Number.POSITIVE_INFINITY,
            )
            expect(cost!).toBeLessThanOrEqual((maxCost ?? Number.POSITIVE_INFINITY) * (1 + 1e-8))
          }
          await Promise.all(
            calls.map(async ({ promptTokens, completionTokens, share, end, discount, turns }) => {
              try {
                const reservation = await budget.reserve({ promptTokens, completionTokens }, never, discount)
                served++
                for (let i = 0; i < turns; i++) await Promise.resolve()
                if (end === 'settle') {
                  reservation.settle({
                    promptTokens: Math.floor(promptTokens * share),
                    completionTokens: Math.floor(completionTokens * share),
                  })
                } else reservation[end]()
                checkLimits()
              } catch (error) {
                expect(error).toMatchObject({ code: 'MIMICIT_BUDGET' })
                refused++
              }
            }),
          )
          expect(served + refused).toBe(calls.length)
          if (maxTotalTokens === undefined && maxCost === undefined) expect(refused).toBe(0)
        },
      ),
    )
  })

  it('comes to the same cost in whatever order calls end', () => {
    const usage = fc.record({ promptTokens: tokens, completionTokens: tokens, discount: fc.constantFrom(1, 0.5) })
    const order = fc
      .array(usage, { minLength: 2, maxLength: 20 })
      .chain((calls) => fc.tuple(fc.constant(calls), fc.shuffledSubarray(calls, { minLength: calls.length })))
    fc.assert(
      fc.property(order, (orders) => {
        const [some, others] = orders.map((calls) => {
          const budget = createBudget({ prices: { prompt: 0.15, completion: 0.6 } })
          for (const { discount, ...used } of calls) budget.add(used, discount)
          return budget.spent()
        })
        expect(some).toEqual(others)
      }),
    )
  })

  it('lets a call wait for those whose end may leave room for it', async () => {
    const budget = createBudget({ maxTotalTokens: 100 })
    const most = { promptTokens: 30, completionTokens: 30 }
    const first = await budget.reserve(most, never)
    let isIn = false
    const second = budget.reserve(most, never).then((reservation) => {
      isIn = true
      return reservation
    })
    await Promise.resolve()
    expect(isIn).toBe(false)
    first.settle({ promptTokens: 20, completionTokens: 10 })
    ;(await second).settle({ promptTokens: 20, completionTokens: 10 })
    await expect(budget.reserve(most, never)).rejects.toMatchObject({ code: 'MIMICIT_BUDGET' })
  })

  it('lets nobody wait whose signal has fired', async () => {
    const budget = createBudget({ maxTotalTokens: 100 })
    const most = { promptTokens: 60, completionTokens: 0 }
    const first = await budget.reserve(most, never)
    const stop = new AbortController()
    const waiting = budget.reserve(most, stop.signal)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    first.release()
    await expect(budget.reserve(most, stop.signal)).rejects.toThrow('enough')
    await budget.reserve(most, never)
  })

  it('refuses a limit with a slip in its name: it would be none', () => {
    const slip = { maxTokens: 100 } as BudgetOptions
    expect(() => createBudget(slip)).toThrow(expect.objectContaining({ code: 'MIMICIT_UNKNOWN_OPTION' }))
  })

  it('needs prices for a limit of cost', () => {
    expect(() => createBudget({ maxCost: 1 })).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
  })
})
