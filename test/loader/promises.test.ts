// What a sample promises for any pairs, any template, any layout: marks and slots, budgets, prompts, and where the slots
// of a batch lie.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AssembledSample, assemblePrompt, assembleSample } from '../../src/loader/assemble.js'
import { collate } from '../../src/loader/collate.js'
import { nearestOf } from '../../src/loader/plan/choose-contexts.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { labelPolicies } from '../../src/text/labels/index.js'
import { ALL_TOKENS } from '../../src/text/tokenise.js'
import { subsetPreset } from '../../src/tuple/subsets.js'
import { anyPair, anyRules } from './pairs.js'

const { special } = byteTokenizer
const count = (ids: Iterable<number>, id: number) => [...ids].filter((other) => other === id).length
const contextPairs = fc.array(anyPair, { maxLength: 4 })
const numRuns = 120

describe('a sample', () => {
  test('has a slot for each mark, none of them empty, with the pictures of its own turns', () => {
    fc.assert(
      fc.property(anyPair, contextPairs, anyRules, (query, contexts, rules) => {
        const { ids, slots, turns } = assembleSample(query, contexts, rules)
        expect(count(ids, special.image)).toBe(slots.length)
        for (const frames of slots) expect(frames.length).toBeGreaterThan(0)
        const own = new Set([query, ...contexts].flatMap((pair) => pair.media))
        for (const row of slots.flat()) expect(own).toContain(row)
        expect([ids[0], ids.at(-1), turns.at(-1)!.end]).toEqual([special.bos, special.eos, ids.length - 1])
        expect(turns).toHaveLength(contexts.length + 1)
      }),
      { numRuns },
    )
  })

  test('keeps as many of the nearest contexts as fit, not one fewer, and the query whole', () => {
    const answerOf = ({ ids, turns }: AssembledSample) => ids.slice(turns.at(-1)!.answer)
    fc.assert(
      fc.property(anyPair, contextPairs, anyRules, fc.nat(300), (query, contexts, rules, more) => {
        const alone = assembleSample(query, [], rules)
        const maxTokens = alone.ids.length + more
        const sample = assembleSample(query, contexts, { ...rules, maxTokens })
        const { ids, contextIds } = sample
        expect(ids.length).toBeLessThanOrEqual(maxTokens)
        expect(answerOf(sample)).toEqual(answerOf(alone))
        const nearest = (count: number) => nearestOf(contexts, count, subsetPreset(query.subset).nearest)
        expect(contextIds).toEqual(nearest(contextIds.length).map((pair) => pair.id))
        if (contextIds.length === contexts.length) return
        const oneMore = assembleSample(query, nearest(contextIds.length + 1), rules)
        expect(oneMore.ids.length).toBeGreaterThan(maxTokens)
      }),
      { numRuns },
    )
  })
})

test('a prompt is the beginning of the training row, and the response of its query changes nothing', () => {
  fc.assert(
    fc.property(anyPair, contextPairs, anyRules, fc.string(), (query, contexts, rules, said) => {
      const prompt = assemblePrompt(query, contexts, rules)
      const row = assembleSample(query, contexts, rules)
      expect(prompt.ids).toEqual(row.ids.slice(0, row.turns.at(-1)!.answer))
      expect(prompt.slots).toEqual(row.slots)
      expect(assemblePrompt({ ...query, response: said }, contexts, rules)).toEqual(prompt)
    }),
    { numRuns },
  )
})

test('the slots of a row come first, one for each of its marks, and labels are ids that are seen', () => {
  const pixelsOf = (row: number) => new Uint8Array(3).fill(row + 1)
  const samples = fc.array(fc.tuple(anyPair, fc.array(anyPair, { maxLength: 2 })), { maxLength: 4 })
  fc.assert(
    fc.property(samples, anyRules, (all, rules) => {
      const assembled = all.map(([query, contexts]) => assembleSample(query, contexts, rules))
      const rows = assembled.map((sample) => [sample])
      const how = {
        special,
        labels: labelPolicies.head!,
        tokens: ALL_TOKENS,
        imageSize: 1,
        pixels: 'uint8' as const,
        packed: false,
      }
      const batch = collate({ epoch: 0, step: 0 }, rows, pixelsOf, how)
      const { B, L, T, F } = batch.shape
      expect(B).toBe(assembled.length)
      assembled.forEach(({ slots, ids }, row) => {
        const marks = count(batch.inputIds.subarray(row * L, (row + 1) * L), special.image)
        expect(marks).toBe(slots.length)
        for (let slot = 0; slot < T; slot++) {
          for (let frame = 0; frame < F; frame++) {
            const cell = (row * T + slot) * F + frame
            const media = slot < marks ? slots[slot]![frame] : undefined
            expect(batch.mediaMask[cell]).toBe(media === undefined ? 0 : 1)
            expect(batch.pixelValues[cell * 3]).toBe(media === undefined ? 0 : media + 1)
          }
        }
        for (let i = 0; i < L; i++) {
          const label = batch.labels[row * L + i]
          if (label !== -100) expect([label, batch.attentionMask[row * L + i]]).toEqual([ids[i], 1])
        }
      })
    }),
    { numRuns: 60 },
  )
})
