// The steps of streams that are filled by lengths, over groups of any sizes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LoaderState } from '../../../src/loader/batch.js'
import { fillings } from '../../../src/loader/plan/fillings.js'
import { type LengthPlan, planByLength } from '../../../src/loader/plan/length-steps.js'
import type { PlannedSample, PlannedStep } from '../../../src/loader/plan/planned.js'
import { faultOf } from '../../support/fault.js'

const start: LoaderState = { v: 1, plan: 'p', epoch: 0, step: 0, seen: 0 }

/** A plan over samples of made-up lengths; counts the windows that it looks at. */
function planOf(change: Partial<LengthPlan> & { readonly samples: number; readonly window: number }) {
  const looked: string[] = []
  const packed = !('rows' in change && change.rows === undefined)
  const plan: LengthPlan = {
    ...{ id: 'p', epochs: 2, rows: 24, dropLast: false, padLast: false, rank: 0, worldSize: 1 },
    async groups(epoch, window) {
      looked.push(`${epoch}.${window}`)
      const first = window * change.window
      const count = Math.min(change.window, change.samples - first)
      const tokens = Int32Array.from({ length: count }, (_, i) => ((first + i) * 7919 + epoch * 31) % 60)
      const rules = { capacity: packed ? 64 : 300, key: [epoch, window] }
      const groups = fillings[packed ? 'best-fit' : 'by-length'].fill(tokens, rules)
      return groups.map((places) =>
        Array.from(
          places,
          (place): PlannedSample => ({ epoch, position: first + place, source: 0, row: first + place }),
        ),
      )
    },
    ...change,
  }
  return { plan, looked }
}

async function stepsOf(plan: LengthPlan, from = start): Promise<PlannedStep[]> {
  const steps: PlannedStep[] = []
  for await (const step of planByLength(plan, from)) steps.push(step)
  return steps
}

/** Rows of an epoch. */
async function rowsOf({ groups, samples, window }: LengthPlan, epoch: number): Promise<number> {
  const windows = Array.from({ length: Math.ceil(samples / window) }, (_, i) => groups(epoch, i))
  return (await Promise.all(windows)).flat().length
}

const numbers = fc.record({
  samples: fc.integer({ min: 1, max: 90 }),
  window: fc.integer({ min: 1, max: 40 }),
  rows: fc.constantFrom(24, undefined),
})
const worlds = fc.constantFrom(1, 3, 8)

describe('steps by length', () => {
  test('give each sample once an epoch, and go on the same after any of them, looking at no window before', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.boolean(), async (given, dropLast) => {
        const options = { ...given, dropLast: dropLast && given.rows !== undefined }
        const { plan } = planOf(options)
        if (options.dropLast) {
          const rows = await Promise.all([0, 1].map((epoch) => rowsOf(plan, epoch)))
          if (Math.max(...rows) < 24) {
            expect((await faultOf(stepsOf(plan))).code).toBe('MIMICIT_EMPTY')
            return
          }
        }
        const all = await stepsOf(plan)
        if (!options.dropLast) {
          const expected = Array.from({ length: given.samples }, (_, i) => i)
          for (const epoch of [0, 1]) {
            const rows = all.filter((step) => step.epoch === epoch).flatMap((step) => step.rows.flat())
            expect(rows.map(({ row }) => row).sort((a, b) => a - b)).toEqual(expected)
          }
        } else for (const { rows } of all) expect(rows).toHaveLength(24)
        for (const [i, { after }] of all.entries()) {
          const { plan: again, looked } = planOf(options)
          expect(await stepsOf(again, after)).toEqual(all.slice(i + 1))
          const first = `${after.epoch}.${Math.floor((after.seen % given.samples) / given.window)}`
          if (after.epoch < 2) expect(looked[0]).toBe(first)
          expect(new Set(looked).size).toBe(looked.length)
        }
        if (!options.dropLast) expect(all.at(-1)!.after).toMatchObject({ epoch: 2, step: 0, seen: 2 * given.samples })
      }),
      { numRuns: 60 },
    )
  })

  test('ranks have equal steps of equally many rows and together the rows of one, from any step on', async () => {
    await fc.assert(
      fc.asyncProperty(numbers, worlds, fc.boolean(), fc.nat(20), async (given, worldSize, pad, at) => {
        const padLast = pad && given.rows !== undefined
        const whole = await stepsOf(planOf({ ...given, padLast }).plan)
        const from = at < whole.length ? whole[at]!.after : start
        const rest = at < whole.length ? whole.slice(at + 1) : whole
        const ranks = await Promise.all(
          Array.from({ length: worldSize }, (_, rank) =>
            stepsOf(planOf({ ...given, padLast, rank, worldSize }).plan, from),
          ),
        )
        for (const steps of ranks) expect(steps.map(({ after }) => after)).toEqual(rest.map(({ after }) => after))
        for (const [i, step] of rest.entries()) {
          const parts = ranks.map((steps) => steps[i]!)
          expect(new Set(parts.map(({ rows }) => rows.length)).size).toBe(1)
          const filled = (rows: PlannedStep['rows']) => rows.filter((row) => row.length > 0)
          expect(parts.flatMap(({ rows }) => filled(rows))).toEqual(filled(step.rows))
          if (padLast) expect(parts[0]!.rows).toHaveLength(24 / worldSize)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('an epoch without a step is passed over, wherever the stream begins', async () => {
    // Rows are as many as the order of an epoch makes them.
    const { plan } = planOf({ samples: 24, window: 8, dropLast: true, epochs: 12 })
    const counts = await Promise.all(Array.from({ length: 12 }, (_, epoch) => rowsOf(plan, epoch)))
    const rows = 15
    expect([Math.min(...counts) < rows, counts[1]! < rows, counts[2]! >= rows]).toEqual([true, true, true])
    const full = counts.flatMap((count, epoch) => (count >= rows ? [epoch] : []))
    const varied = { ...plan, rows }
    const all = await stepsOf(varied)
    expect(all.map(({ epoch }) => epoch)).toEqual(full)
    for (const [i, { after }] of all.entries()) expect(await stepsOf(varied, after)).toEqual(all.slice(i + 1))
  })

  test('epochs with fewer rows than a step are told, not gone through without end', async () => {
    const { plan } = planOf({ samples: 9, window: 4, dropLast: true, epochs: Infinity })
    const fault = await faultOf(stepsOf(plan))
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_EMPTY', '9 samples, which fill fewer rows'])
  })

  test.each([
    [{ seen: 201 }, 'from 0 to 100'],
    [{ epoch: 1, seen: 99 }, 'from 100 to 200'],
    [{ seen: 1, step: 1 }, 'between two rows'],
  ])('a state with %j stands nowhere', async (change, part) => {
    const { plan } = planOf({ samples: 100, window: 50 })
    const fault = await faultOf(stepsOf(plan, { ...start, ...change }))
    expect([fault.code, fault.message.includes(part)]).toEqual(['MIMICIT_BAD_VALUE', true])
    expect((await stepsOf({ ...plan, force: true }, { ...start, ...change })).length).toBeGreaterThan(0)
  })
})
