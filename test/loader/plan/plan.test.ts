// What samples are made of, from columns alone: exact for a small window, and what a batch is made of for any.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assembleSample, assembleTurns } from '../../../src/loader/assemble.js'
import { nearestOf } from '../../../src/loader/plan/choose-contexts.js'
import { type PlanRules, plan } from '../../../src/loader/plan/plan.js'
import { buildIndex, type IndexEntry } from '../../../src/loader/plan/plan-index.js'
import { planRules, turnIndex } from '../../../src/loader/turn-index.js'
import { turnOf } from '../../../src/loader/turns.js'
import { subsetPreset } from '../../../src/tuple/subsets.js'
import { faultOf } from '../../support/fault.js'
import { anyPair, anyRules } from '../pairs.js'

const entry = (row: number, change: Partial<IndexEntry> = {}): IndexEntry => ({
  ...{ row, contexts: [], nearest: 'first', visuals: [row], media: [row] },
  ...{ tokens: 10, unmarkedTokens: 9, ...change },
})
const rules: PlanRules = { shots: 2, sharedVisuals: 'once', maxTokens: 100, frame: { ends: 2, tail: 1 } }
const columns = buildIndex(
  [
    entry(7, { contexts: [3, 9, 20], media: [40, 41] }),
    entry(9, { visuals: [3], media: [3], nearest: 'last', contexts: [20, 7, 3] }),
    entry(3),
    entry(20, { tokens: 50 }),
  ],
  {
    rows: Int32Array.of(3, 20, 40, 41),
    shard: Int32Array.of(0, 1, 0, 1),
    offset: Float64Array.of(100, 4, 90_000, 1004),
    bytes: Float64Array.of(50, 1000, 500, 100),
  },
)
const lists = (start: Int32Array, values: Int32Array) =>
  Array.from({ length: start.length - 1 }, (_, i) => Array.from(values.subarray(start[i]!, start[i + 1]!)))

describe('a plan', () => {
  test('gives contexts from the near end, each picture once, and the tokens of the row', () => {
    const { contextStart, contexts, mediaStart, media, tokens } = plan(columns, rules).content([7, 9])
    // 9 shares the picture of 3 in front of it: its turn stands without marks.
    expect(lists(contextStart, contexts)).toEqual([
      [3, 9],
      [7, 3],
    ])
    expect(lists(mediaStart, media)).toEqual([
      [3, 40, 41],
      [40, 41, 3],
    ])
    expect(Array.from(tokens)).toEqual([2 + 2 + 10 + 9 + 10, 2 + 2 + 10 + 10 + 9])
    expect(plan(columns, { ...rules, sharedVisuals: 'repeat' }).content([7]).tokens[0]).toBe(34)
  })

  test('drops whole contexts from the far end, never the query', () => {
    const kept = (maxTokens: number, shots = 3) => {
      const { contexts, tokens } = plan(columns, { ...rules, shots, maxTokens }).content([7])
      return [Array.from(contexts), tokens[0]]
    }
    expect(kept(84)).toEqual([[3, 9, 20], 2 + 3 + 10 + 9 + 50 + 10])
    expect(kept(83)).toEqual([[3, 9], 33])
    expect(kept(32)).toEqual([[3], 23])
    expect(kept(22)).toEqual([[], 12])
    expect(kept(1)).toEqual([[], 12])
  })

  test('without counts keeps every chosen context and says that tokens are not known', () => {
    const bare = buildIndex([entry(1, { contexts: [2], tokens: -1 }), entry(2, { tokens: -1 })])
    const { contexts, tokens } = plan(bare, { ...rules, maxTokens: 1 }).content([1])
    expect([Array.from(contexts), tokens[0]]).toEqual([[2], -1])
  })

  test('reads neighbours together, shard by shard, in the order of their places', () => {
    const reads = plan(columns, rules).reads([41, 40, 3, 20])
    expect(reads).toEqual([
      { shard: 0, offset: 100, length: 50, rows: [3] },
      { shard: 0, offset: 90_000, length: 500, rows: [40] },
      { shard: 1, offset: 4, length: 1100, rows: [20, 41] },
    ])
    const far = plan(columns, rules).reads([40, 3], { gapBytes: 128 << 10, maxBytes: 8 << 20 })
    expect(far).toEqual([{ shard: 0, offset: 100, length: 90_400, rows: [3, 40] }])
  })

  test.each([
    ['a pair', () => plan(columns, rules).content([8])],
    ['a picture', () => plan(columns, rules).reads([8])],
    ['the places of pictures', () => plan(buildIndex([entry(1)]), rules).reads([1])],
  ])('refuses %s that its columns do not have', async (_, work) => {
    expect((await faultOf(work)).code).toBe('MIMICIT_BAD_VALUE')
  })

  test('says of any samples what their rows are then made of', () => {
    const pairs = fc.array(anyPair, { minLength: 2, maxLength: 6 })
    const shots = fc.nat(5)
    fc.assert(
      fc.property(pairs, anyRules, shots, fc.integer({ min: 1, max: 400 }), (all, some, most, maxTokens) => {
        const turns = all.map((pair) => turnOf(pair, some))
        const row = all.length - 1
        const others = all.slice(0, -1).map((_, i) => i)
        const { nearest } = subsetPreset(all[row]!.subset)
        const alone = assembleTurns(turns[row]!, [], some).ids.length
        const tight = { ...some, maxTokens: Math.max(maxTokens, alone) }
        const index = turnIndex([{ row, contexts: others, nearest }], (one) => turns[one]!, tight)
        const { contexts, media, tokens } = plan(index, planRules(tight, most)).content([row])
        const made = assembleTurns(
          turns[row]!,
          Array.from(contexts, (one) => turns[one]!),
          tight,
        )
        expect(tokens[0]).toBe(made.ids.length)
        expect(Array.from(media)).toEqual([...new Set(made.slots.flat())])
        const chosen = nearestOf(others, most, nearest).map((one) => all[one]!)
        expect(made).toEqual(assembleSample(all[row]!, chosen, tight))
      }),
      { numRuns: 200 },
    )
  })
})
