// How samples become batches: media layouts, assembly, collating.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AssemblyRules, assemblePrompt, assembleSample } from '../../src/loader/assemble.js'
import { batchBuffers, batchBytes, collate } from '../../src/loader/collate.js'
import { resampleFrames } from '../../src/loader/frames.js'
import { mediaLayouts } from '../../src/loader/media-layout.js'
import { nearestOf } from '../../src/loader/plan/choose-contexts.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { labelPolicies } from '../../src/text/labels/index.js'
import { ALL_TOKENS } from '../../src/text/tokenise.js'
import type { MediaLayoutName } from '../../src/tuple/subsets.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { rulesWith } from './pairs.js'

describe('media layouts', () => {
  // otter.md, section 11: linspace from 0 to n - 1, floored.
  test.each([
    [5, 8, '0 0 1 1 2 2 3 4'],
    [10, 16, '0 0 1 1 2 3 3 4 4 5 6 6 7 7 8 9'],
    [40, 16, '0 2 5 7 10 13 15 18 20 23 26 28 31 33 36 39'],
    [62, 16, '0 4 8 12 16 20 24 28 32 36 40 44 48 52 56 61'],
    [62, 32, [0, ...Array.from({ length: 31 }, (_, i) => 2 * i + 1)].join(' ')],
    [1, 4, '0 0 0 0'],
    [7, 1, '0'],
  ])('%d frames to %d', (n, count, expected) => {
    expect(resampleFrames(n, count).join(' ')).toBe(expected)
  })

  test('resampling rises from the first to the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 2, max: 200 }), (n, count) => {
        const frames = resampleFrames(n, count)
        expect([frames.length, frames[0], frames.at(-1)]).toEqual([count, 0, n - 1])
        expect(frames.every((frame, i) => frame >= (frames[i - 1] ?? 0))).toBe(true)
      }),
    )
  })

  test.each<[MediaLayoutName, number[], number[][]]>([
    ['in-context', [4, 5], [[4], [5]]],
    ['multi-turn', [4], [[4]]],
    ['pair-as-images', [4, 5], [[4], [5]]],
    ['pair-as-frames', [4, 5], [[4, 5]]],
    ['video', [1, 2, 3], [[1, 2, 3]]],
    ['video', [0, 1, 2, 3, 4, 5, 6], [[0, 2, 4, 6]]],
    ['text-only', [4, 5], []],
    ['video', [], []],
    ['pair-as-frames', [], []],
    ['in-context', [], []],
  ])('%s of %j', (name, media, slots) => {
    expect(mediaLayouts[name](media, (count) => resampleFrames(count, Math.min(4, count)))).toEqual(slots)
  })
})

const pairOf = (n: number, change: Partial<Pair> = {}): Pair => ({
  id: `p${n}`,
  subset: 'LA',
  split: null,
  language: 'en',
  instruction: `q${n}`,
  response: `a${n}`,
  mediaKind: 'images',
  media: [n],
  mediaIds: [`i${n}`],
  mediaPositions: null,
  mediaTimes: null,
  metadata: null,
  ...change,
})
const rulesOf = (change: Partial<AssemblyRules> = {}) => rulesWith({ maxTokens: 10_000, ...change })
const { special } = byteTokenizer
const names = new Map(Object.entries(special).map(([name, id]) => [id, `<${name}>`]))
/** Ids as a person reads them. */
const readable = (ids: Int32Array) => Array.from(ids, (id) => names.get(id) ?? String.fromCharCode(id)).join('')

describe('assembly', () => {
  const anyPair = fc
    .record({
      n: fc.nat(3),
      subset: fc.constantFrom('LA', 'CGD', 'DC', 'LACONV', 'unknown'),
      instruction: fc.oneof(fc.string(), fc.constant('<image><answer><|endofchunk|>')),
      response: fc.oneof(fc.string(), fc.constant('<image>')),
      media: fc.array(fc.nat(3), { maxLength: 6 }),
    })
    .map(({ n, ...rest }) => pairOf(n, rest))

  test('marks equal slots for any pairs, and text is never a mark', () => {
    const rules = fc.record({
      sharedVisuals: fc.constantFrom('once' as const, 'repeat' as const),
      mediaLayout: fc.constantFrom<(MediaLayoutName | undefined)[]>(
        undefined,
        ...(Object.keys(mediaLayouts) as MediaLayoutName[]),
      ),
      maxTokens: fc.integer({ min: 150, max: 600 }),
    })
    fc.assert(
      fc.property(anyPair, fc.array(anyPair, { maxLength: 5 }), rules, (query, contexts, change) => {
        const { ids, slots, contextIds } = assembleSample(query, contexts, rulesOf(change))
        expect(ids.filter((id) => id === special.image)).toHaveLength(slots.length)
        expect(ids.filter((id) => id === special.answer)).toHaveLength(contextIds.length + 1)
        expect([ids[0], ids.at(-1), ids.at(-2)]).toEqual([special.bos, special.eos, special.endOfChunk])
        expect(ids.length).toBeLessThanOrEqual(change.maxTokens)
        const nearest = query.subset === 'LACONV' ? contexts.slice(contexts.length - contextIds.length) : contexts
        expect(contextIds).toEqual(nearest.slice(0, contextIds.length).map((pair) => pair.id))
      }),
      { numRuns: 150 },
    )
  })

  test('golden row: contexts in order, query last', () => {
    const { ids, slots } = assembleSample(pairOf(9), [pairOf(1), pairOf(2)], rulesOf())
    expect(readable(ids)).toBe(
      '<bos><image>User:q1 GPT:<answer>a1<endOfChunk><image>User:q2 GPT:<answer>a2<endOfChunk>' +
        '<image>User:q9 GPT:<answer>a9<endOfChunk><eos>',
    )
    expect(slots).toEqual([[1], [2], [9]])
  })

  test('turns on the same visuals share a mark, unless told to repeat it', () => {
    const turns = [pairOf(1), pairOf(1), pairOf(2)]
    expect(assembleSample(pairOf(2), turns, rulesOf()).slots).toEqual([[1], [2]])
    expect(assembleSample(pairOf(2), turns, rulesOf({ sharedVisuals: 'repeat' })).slots).toEqual([[1], [1], [2], [2]])
  })

  test('the budget drops whole contexts, farthest first, and never the query; a shared mark moves to who remains', () => {
    const contexts = [pairOf(1), pairOf(2), pairOf(2)]
    const turn = 'User:q1 GPT:'.length + 2 + 2
    // Each turn has an answer and an end; the third shares the mark of the second.
    const full = 2 + 4 * turn + 3
    const rounds = pairOf(9, { subset: 'LACONV' })
    const retrieved = pairOf(9)
    expect(assembleSample(rounds, contexts, rulesOf({ maxTokens: full })).contextIds).toEqual(['p1', 'p2', 'p2'])
    for (const [query, maxTokens, kept, slots] of [
      // Rounds of a conversation: the last one is nearest.
      [rounds, full - 1, ['p2', 'p2'], [[2], [9]]],
      [rounds, full - turn - 2, ['p2'], [[2], [9]]],
      // A retrieved list: the first one is nearest.
      [retrieved, full - 1, ['p1', 'p2'], [[1], [2], [9]]],
      [retrieved, full - turn - 2, ['p1'], [[1], [9]]],
      [retrieved, 2 + turn + 1, [], [[9]]],
    ] as const) {
      const sample = assembleSample(query, contexts, rulesOf({ maxTokens }))
      expect([sample.contextIds, sample.slots, sample.id]).toEqual([kept, slots, 'p9'])
    }
  })

  test('the nearest of a list are at the end that its subset says', () => {
    expect(nearestOf([1, 2, 3], 2, 'first')).toEqual([1, 2])
    expect(nearestOf([1, 2, 3], 2, 'last')).toEqual([2, 3])
    expect(nearestOf([1, 2, 3], 0, 'last')).toEqual([])
    expect(nearestOf([1], 5, 'last')).toEqual([1])
  })

  test('a query that does not fit alone is told with its length', async () => {
    const fault = await faultOf(() => assembleSample(pairOf(9), [pairOf(1)], rulesOf({ maxTokens: 18 })))
    expect(fault.code).toBe('MIMICIT_TOO_LONG')
    expect(fault.message).toBe(
      'Expected a pair of at most 18 tokens for pair p9 but received 19 tokens. Raise maxTokens (--max-tokens); a query is never cut.',
    )
  })

  test('a prompt ends with the mark of the answer and does not see the response', () => {
    const { ids } = assemblePrompt(pairOf(9, { response: 'secret' }), [pairOf(1)], rulesOf())
    expect(readable(ids)).toBe('<bos><image>User:q1 GPT:<answer>a1<endOfChunk><image>User:q9 GPT:<answer>')
  })
})

describe('collating', () => {
  const rules = {
    ...{ special, labels: labelPolicies.head!, tokens: ALL_TOKENS },
    ...{ imageSize: 2, pixels: 'uint8' as const, packed: false },
  }
  const pixelsOf = (row: number) => Uint8Array.from({ length: 12 }, (_, i) => row * 20 + i)
  const video = pairOf(3, { subset: 'DC', mediaKind: 'video', media: [3, 4, 5] })
  const bare = pairOf(7, { mediaKind: 'none', media: [], mediaIds: [] })
  const samples = [
    assembleSample(video, [], rulesOf()),
    assembleSample(pairOf(1), [pairOf(2)], rulesOf()),
    assembleSample(bare, [], rulesOf()),
  ]
  const oneEach = samples.map((sample) => [sample])

  test('pads rows to the longest, and slots and frames with a mask', () => {
    const batch = collate({ epoch: 1, step: 2 }, oneEach, pixelsOf, rules)
    const { B, L, T, F } = batch.shape
    expect(batch.shape).toEqual({ B: 3, L: samples[1]!.ids.length, T: 2, F: 3, H: 2, W: 2 })
    expect([batch.epoch, batch.step, batch.ids, batch.contextIds]).toEqual([1, 2, ['p3', 'p1', 'p7'], [[], ['p2'], []]])
    samples.forEach(({ ids }, row) => {
      expect([...batch.inputIds.subarray(row * L, row * L + ids.length)]).toEqual([...ids])
      expect(new Set(batch.inputIds.subarray(row * L + ids.length, row * L + L))).toEqual(
        new Set(ids.length === L ? [] : [special.pad]),
      )
      const mask = [...batch.attentionMask.subarray(row * L, row * L + L)]
      expect(mask).toEqual(Array.from({ length: L }, (_, i) => (i < ids.length ? 1 : 0)))
    })
    expect([...batch.mediaMask]).toEqual([1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    expect(batch.pixelValues).toHaveLength(B * T * F * 12)
    const cell = (row: number, slot: number, frame: number) => {
      const from = ((row * T + slot) * F + frame) * 12
      return [...batch.pixelValues.subarray(from, from + 12)]
    }
    const planes = (row: number) => [...pixelsOf(row)]
    expect([cell(0, 0, 2), cell(1, 0, 0), cell(1, 1, 0)]).toEqual([planes(5), planes(2), planes(1)])
    expect([cell(0, 1, 0), cell(1, 0, 1), cell(2, 0, 0)]).toEqual(Array(3).fill(Array(12).fill(0)))
  })

  test('a batch without pictures has none', () => {
    const batch = collate({ epoch: 0, step: 0 }, [[samples[2]!]], pixelsOf, { ...rules, pixels: 'float32' })
    expect(batch.shape).toMatchObject({ T: 0, F: 0 })
    expect([batch.pixelValues.length, batch.mediaMask.length]).toEqual([0, 0])
    expect(batch.pixelValues).toBeInstanceOf(Float32Array)
  })

  test('counts the bytes of its arrays, each with a buffer of its own', () => {
    const batch = collate({ epoch: 0, step: 0 }, oneEach, pixelsOf, rules)
    const buffers = batchBuffers(batch)
    expect(new Set(buffers).size).toBe(5)
    expect(buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0)).toBe(batchBytes(batch))
  })

  test('an empty row fills a batch up and teaches nothing', () => {
    const batch = collate({ epoch: 0, step: 0 }, [[samples[1]!], []], pixelsOf, rules)
    const { B, L, T } = batch.shape
    expect([B, T, batch.ids, batch.contextIds]).toEqual([2, 2, ['p1', ''], [['p2'], []]])
    expect(new Set(batch.labels.subarray(L))).toEqual(new Set([-100]))
    expect(new Set(batch.attentionMask.subarray(L))).toEqual(new Set([0]))
    expect(new Set(batch.mediaMask.subarray(T))).toEqual(new Set([0]))
    const none = collate({ epoch: 0, step: 0 }, [[]], pixelsOf, rules)
    expect([none.shape.L, [...none.labels]]).toEqual([1, [-100]])
  })

  test('packed rows hold several samples, told apart token by token and slot by slot', () => {
    const batch = collate({ epoch: 0, step: 0 }, [[samples[1]!, samples[2]!], [samples[0]!], []], pixelsOf, {
      ...rules,
      packed: true,
    })
    const { L, T } = batch.shape
    const lengths = samples.map(({ ids }) => ids.length) as [number, number, number]
    expect([L, T, batch.ids]).toEqual([lengths[1] + lengths[2], 2, ['p1', 'p7', 'p3']])
    expect([...batch.sampleRows!]).toEqual([0, 0, 1])
    const row = (array: Int32Array, at: number) => [...array.subarray(at * L, (at + 1) * L)]
    const upTo = (length: number) => Array.from({ length }, (_, i) => i)
    const filled = (length: number, value: number) => Array<number>(length).fill(value)
    expect(row(batch.segmentIds!, 0)).toEqual([...filled(lengths[1], 1), ...filled(lengths[2], 2)])
    expect(row(batch.positions!, 0)).toEqual([...upTo(lengths[1]), ...upTo(lengths[2])])
    expect(row(batch.segmentIds!, 1)).toEqual([...filled(lengths[0], 1), ...filled(L - lengths[0], 0)])
    expect([...batch.mediaSegments!]).toEqual([1, 1, 1, 0, 0, 0])
    expect(row(batch.inputIds, 0)).toEqual([...samples[1]!.ids, ...samples[2]!.ids])
    // Each sample is labelled as it would be alone, and the first token of none is to be predicted.
    const alone = [1, 2].flatMap((i) => [...collate({ epoch: 0, step: 0 }, [[samples[i]!]], pixelsOf, rules).labels])
    expect(row(batch.labels, 0)).toEqual(alone)
    expect([batch.labels[0], batch.labels[lengths[1]]]).toEqual([-100, -100])
    expect(new Set(batchBuffers(batch)).size).toBe(9)
  })
})
