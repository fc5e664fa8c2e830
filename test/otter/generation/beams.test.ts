// Beam search and the rules on scores against Hugging Face's generation on the same weights, and against trying everything.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../../src/base/random.js'
import { parseOtterConfig } from '../../../src/otter/config.js'
import { generate } from '../../../src/otter/generate.js'
import { BeamSearch } from '../../../src/otter/generation/beams.js'
import { logProbabilities, sample } from '../../../src/otter/generation/choose.js'
import { noRepeatNgram, withoutRuns } from '../../../src/otter/generation/processors.js'
import { createOtter, type Otter } from '../../../src/otter/model.js'
import { loadWeights } from '../../../src/otter/weights/load.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import { tensorMemory } from '../../../src/tensors/memory.js'
import type { Tf } from '../../../src/tensors/tf.js'
import { goldenFolder, llama } from '../golden.js'

interface Case {
  readonly options: {
    readonly num_beams: number
    readonly length_penalty?: number
    readonly no_repeat_ngram_size?: number
    readonly bad_words_ids?: number[][]
  }
  readonly stop: number[]
  readonly new_ids: number[][]
}
const golden = JSON.parse(readFileSync(goldenFolder('beams.json'), 'utf8')) as {
  readonly prompt_ids: number[][]
  readonly attention_mask: number[][]
  readonly cases: Case[]
}

describe('as Hugging Face generates', () => {
  let tf: Tf
  let model: Otter
  beforeAll(async () => {
    tf = (await chooseBackend('wasm')).tf
    model = createOtter({ tf, config: parseOtterConfig(llama.config) })
    // Closed gates: what is left is the language model.
    const closed = [...llama.weights].map(([name, tensor]) =>
      name.endsWith('_gate')
        ? ([name, { ...tensor, values: new Float32Array(1) }] as const)
        : ([name, tensor] as const),
    )
    loadWeights(model, new Map(closed))
    return () => model.dispose()
  })
  const L = golden.prompt_ids[0]?.length ?? 0
  const input = {
    shape: { B: 2, L, T: 0, F: 1, H: 32, W: 32 },
    inputIds: Int32Array.from(golden.prompt_ids.flat()),
    attentionMask: Int32Array.from(golden.attention_mask.flat()),
    pixelValues: new Float32Array(0),
    mediaMask: new Uint8Array(0),
  }

  test.each(golden.cases.map((one) => [JSON.stringify(one.options), one.stop.join(), one] as const))(
    '%s until %s',
    async (_, __, { options, stop, new_ids }) => {
      const before = tensorMemory(tf).tensors
      const ids = await generate({
        model,
        input,
        maxNewTokens: 12,
        stopIds: stop,
        numBeams: options.num_beams,
        ...(options.length_penalty !== undefined && { lengthPenalty: options.length_penalty }),
        ...(options.no_repeat_ngram_size !== undefined && { noRepeatNgramSize: options.no_repeat_ngram_size }),
        ...(options.bad_words_ids !== undefined && { badWordsIds: options.bad_words_ids }),
      })
      expect(ids).toEqual(new_ids)
      expect(tensorMemory(tf).tensors).toBe(before)
    },
  )

  test('drawing: the seed decides, and what stands beside a row does not', async () => {
    const draw = (rows: number[], seed: number) =>
      generate({
        model,
        input: {
          ...input,
          shape: { ...input.shape, B: rows.length },
          inputIds: Int32Array.from(rows.flatMap((row) => golden.prompt_ids[row] ?? [])),
          attentionMask: Int32Array.from(rows.flatMap((row) => golden.attention_mask[row] ?? [])),
          ids: rows.map((row) => `row ${row}`),
        },
        maxNewTokens: 12,
        stopIds: [],
        temperature: 1.5,
        topP: 0.95,
        seed,
      })
    const [both, turned, alone, other] = await Promise.all([
      draw([0, 1], 4),
      draw([1, 0], 4),
      draw([1], 4),
      draw([0, 1], 5),
    ])
    expect(turned).toEqual([both?.[1], both?.[0]])
    expect(alone).toEqual([both?.[1]])
    expect(other).not.toEqual(both)
  })

  test.each([
    ['numBeams', { numBeams: 0 }],
    ['temperature', { temperature: -1 }],
    ['temperature', { temperature: 1, numBeams: 2 }],
    ['topP', { topP: 0 }],
    ['noRepeatNgramSize', { noRepeatNgramSize: 1.5 }],
    ['badWordsIds', { badWordsIds: [[]] }],
  ])('refuses %s out of range', async (where, options) => {
    await expect(generate({ model, input, ...options })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE', message: expect.stringContaining(where) }),
    )
  })
})

describe('a search with room for everything finds the best of everything', () => {
  const vocabulary = 4
  /** A language model: the scores after a text are those that its tokens seed. */
  const scoresAfter = (key: number, text: readonly number[]) => {
    const random = randomStream('beams', key, text.join())
    return Float32Array.from({ length: vocabulary }, () => random.normal() * 2)
  }
  const stop = 0

  /** The best text of at most `most` tokens, by trying all. */
  function exhaustive(key: number, most: number, lengthPenalty: number): number[] {
    let top: { ids: number[]; score: number } = { ids: [], score: Number.NEGATIVE_INFINITY }
    const visit = (ids: number[], sum: number) => {
      if (ids.length === most) {
        const score = sum / most ** lengthPenalty
        if (score > top.score) top = { ids, score }
        return
      }
      logProbabilities(scoresAfter(key, ids)).forEach((log, token) => {
        if (token !== stop) {
          visit([...ids, token], sum + log)
          return
        }
        const score = (sum + log) / (ids.length + 1) ** lengthPenalty
        if (score > top.score) top = { ids, score }
      })
    }
    visit([], 0)
    return top.ids
  }

  test('for any model and length penalty', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(0, 0.5, 1, 2),
        (key, most, lengthPenalty) => {
          const beams = vocabulary ** most
          const search = new BeamSearch([], { beams, lengthPenalty, stops: new Set([stop]), processors: [] })
          let texts: number[][] = Array.from({ length: beams }, () => [])
          for (let step = 0; step < most && !search.done; step++) {
            const { ids, from } = search.step(texts.map((text) => scoresAfter(key, text)))
            texts = ids.map((id, beam) => [...(texts[from[beam] ?? 0] ?? []), id])
          }
          expect(search.result()).toEqual(exhaustive(key, most, lengthPenalty))
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('a search ends when no beam that goes on can get better, whatever has just been finished', () => {
  const search = new BeamSearch([], { beams: 2, lengthPenalty: 2, stops: new Set([0]), processors: [] })
  const scores = (...chances: number[]) => Float32Array.from(chances, Math.log)
  search.step([scores(0.5, 0.3, 0.2), scores(0.5, 0.3, 0.2)])
  expect(search.done).toBe(false)
  // Both beams end best of all: -1.3 and -2.3 over 4. What goes on has -3 over 4 at most.
  search.step([scores(0.9, 0.05, 0.05), scores(0.5, 0.25, 0.25)])
  expect(search.done).toBe(true)
  expect(search.result()).toEqual([1])
})

describe('rules on scores', () => {
  const allowed = (process: (scores: Float32Array, tokens: readonly number[]) => void, tokens: readonly number[]) => {
    const scores = new Float32Array(5)
    process(scores, tokens)
    return [...scores.keys()].filter((id) => scores[id] === 0)
  }
  test('no run of tokens comes twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.nat(), fc.integer({ min: 1, max: 30 }), (size, seed, length) => {
        const random = randomStream('ngrams', seed)
        const tokens: number[] = []
        for (let i = 0; i < length; i++) {
          const may = allowed(noRepeatNgram(size), tokens)
          if (may.length === 0) break
          tokens.push(may[random.below(may.length)] ?? 0)
        }
        const runs = tokens.slice(0, tokens.length - size + 1).map((_, i) => tokens.slice(i, i + size).join())
        expect(new Set(runs).size).toBe(runs.length)
      }),
    )
  })
  test('a forbidden run is broken off before its last token, and only there', () => {
    const process = withoutRuns([[3], [1, 2]])
    expect(allowed(process, [])).toEqual([0, 1, 2, 4])
    expect(allowed(process, [2, 1])).toEqual([0, 1, 4])
    expect(allowed(process, [1, 0])).toEqual([0, 1, 2, 4])
  })
})

test('draws follow the probabilities, cut at top-p', () => {
  const scores = Float32Array.of(Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05))
  const random = randomStream('draws')
  const share = (temperature: number, topP: number) => {
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 20_000; i++) {
      const id = sample(scores, { temperature, topP }, random)
      counts[id] = (counts[id] ?? 0) + 1 / 20_000
    }
    return counts
  }
  const near = (actual: number[], expected: number[]) =>
    expected.forEach((value, i) => {
      expect(Math.abs((actual[i] ?? 0) - value)).toBeLessThan(0.015)
    })
  near(share(1, 1), [0.5, 0.3, 0.15, 0.05])
  near(share(1, 0.7), [0.625, 0.375, 0, 0])
  near(
    share(0.5, 1),
    [0.25, 0.09, 0.0225, 0.0025].map((value) => value / 0.365),
  )
})
