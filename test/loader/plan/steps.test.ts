// The steps of a stream with batches of a fixed size, on any number of ranks.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoaderState } from '../../../src/loader/batch.js'
import { drawsOf } from '../../../src/loader/plan/draws.js'
import type { PlannedStep } from '../../../src/loader/plan/planned.js'
import { checkResume } from '../../../src/loader/plan/resume.js'
import { shuffles } from '../../../src/loader/plan/shuffles.js'
import { planSteps, type StreamPlan, stepsPerEpoch } from '../../../src/loader/plan/steps.js'
import { faultOf } from '../../support/fault.js'

describe('the plan', () => {
  const planOf = (change: Partial<StreamPlan> = {}): StreamPlan => ({
    samples: 10,
    batchSize: 4,
    dropLast: false,
    epochs: 2,
    id: 'p',
    padLast: false,
    rank: 0,
    worldSize: 1,
    sampleAt: drawsOf({
      sources: [{ samples: change.samples ?? 10, orderKey: 'k', shuffle: shuffles.full!, rowOf: (sample) => sample }],
      ...{ weights: [1], samples: change.samples ?? 10, seed: 1, mixing: 'stratified', batchSize: 4 },
    }).sampleAt,
    ...change,
  })
  const start = { v: 1, plan: 'p', epoch: 0, step: 0, seen: 0 } as const
  const rowsOf = ({ rows }: PlannedStep) => rows.flat().map(({ row }) => row)

  const numbers = fc.record({
    samples: fc.nat(60),
    batchSize: fc.constantFrom(1, 4, 6, 24),
    epochs: fc.integer({ min: 1, max: 3 }),
    padLast: fc.boolean(),
  })

  test('each epoch gives every sample once, from any step on the same', () => {
    fc.assert(
      fc.property(numbers, (change) => {
        const plan = planOf(change)
        const all = [...planSteps(plan, start)]
        expect(all).toHaveLength(stepsPerEpoch(plan) * plan.epochs)
        for (let epoch = 0; epoch < plan.epochs; epoch++) {
          const given = all.filter((step) => step.epoch === epoch).flatMap(rowsOf)
          expect([...given].sort((a, b) => a - b)).toEqual(Array.from({ length: plan.samples }, (_, i) => i))
        }
        for (const [i, { after }] of all.entries()) {
          expect([...planSteps(plan, after)]).toEqual(all.slice(i + 1))
          expect(after.seen).toBe(all.slice(0, i + 1).reduce((sum, step) => sum + rowsOf(step).length, 0))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('ranks have equal steps of equally many rows, and together the samples of one rank alone, in its order', () => {
    const worlds = fc.constantFrom(1, 2, 3, 8, 24)
    fc.assert(
      fc.property(numbers, worlds, (change, worldSize) => {
        const given = { ...change, batchSize: 24 }
        const whole = [...planSteps(planOf(given), start)]
        const ranks = Array.from({ length: worldSize }, (_, rank) => [
          ...planSteps(planOf({ ...given, rank, worldSize }), start),
        ])
        for (const steps of ranks) expect(steps.map(({ after }) => after)).toEqual(whole.map(({ after }) => after))
        for (const [i, step] of whole.entries()) {
          const parts = ranks.map((steps) => steps[i]!)
          expect(new Set(parts.map(({ rows }) => rows.length)).size).toBe(1)
          expect(parts.flatMap(({ rows }) => rows.flat())).toEqual(step.rows.flat())
          if (change.padLast) expect(parts[0]!.rows).toHaveLength(24 / worldSize)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a stream goes on with another number of ranks where the last one stopped', () => {
    const plan = { batchSize: 24, samples: 100, epochs: 3 }
    const whole = [...planSteps(planOf(plan), start)]
    let at: LoaderState = start
    const given: PlannedStep['rows'][number][] = []
    for (const worldSize of [1, 8, 3, 24, 1]) {
      const ranks = Array.from({ length: worldSize }, (_, rank) => planSteps(planOf({ ...plan, rank, worldSize }), at))
      for (let i = 0; i < 3; i++) {
        const parts = ranks.map((steps) => steps.next().value as PlannedStep)
        given.push(parts.flatMap(({ rows }) => rows.flat()))
        at = parts[0]!.after
      }
    }
    expect(given).toEqual(whole.map(({ rows }) => rows.flat()))
  })

  test('dropLast gives full batches only, and none of a data set smaller than one', () => {
    const sizes = [...planSteps(planOf({ dropLast: true }), start)].map(({ rows }) => rows.length)
    expect(sizes).toEqual([4, 4, 4, 4])
    expect([...planSteps(planOf({ dropLast: true, samples: 3, epochs: Infinity }), start)]).toEqual([])
  })

  test('the state after a step is that of the next one, and stays small', () => {
    const after = [...planSteps(planOf({ batchSize: 6 }), start)].map((step) => step.after)
    expect(after).toEqual([
      { v: 1, plan: 'p', epoch: 0, step: 1, seen: 6 },
      { v: 1, plan: 'p', epoch: 1, step: 0, seen: 10 },
      { v: 1, plan: 'p', epoch: 1, step: 1, seen: 16 },
      { v: 1, plan: 'p', epoch: 2, step: 0, seen: 20 },
    ])
    const giant = { v: 1, plan: 'f'.repeat(16), epoch: 99_999_999, step: 2 ** 40, seen: 2 ** 52 } as const
    expect(JSON.stringify(giant).length).toBeLessThanOrEqual(200)
  })

  test.each([
    [{ v: 2 }, 'MIMICIT_BAD_VALUE', 'version 1'],
    [{ plan: undefined, epoch: undefined }, 'MIMICIT_BAD_VALUE', 'such as {"v": 1, "plan"'],
    [{ v: undefined }, 'MIMICIT_BAD_VALUE', 'such as {"v": 1, "plan"'],
    [{ seen: '3' }, 'MIMICIT_BAD_VALUE', 'such as {"v": 1, "plan"'],
    [{ plan: 'other' }, 'MIMICIT_RESUME_MISMATCH', 'one of plan other'],
    [{ step: 4 }, 'MIMICIT_BAD_VALUE', 'a step from 0 to 3'],
    [{ step: -1 }, 'MIMICIT_BAD_VALUE', 'a step from 0 to 3'],
    [{ epoch: 0.5 }, 'MIMICIT_BAD_VALUE', '0.5'],
    // What is no state at all is not told to be that of another stream.
    [{ plan: 'other', step: undefined }, 'MIMICIT_BAD_VALUE', 'such as {"v": 1, "plan"'],
  ])('a state with %j is refused', async (change, code, part) => {
    const state = { v: 1, plan: 'p', epoch: 0, step: 0, seen: 0, ...change } as never
    const fault = await faultOf(() => checkResume(state, { plan: 'p', planParts: {}, steps: 3 }))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(part)
  })
})
