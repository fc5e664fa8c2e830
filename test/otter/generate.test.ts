// Greedy generation with a cache: the ids of the original modules, and those of computing everything anew.
import { beforeAll, describe, expect, test } from 'vitest'
import type { ModelInput } from '../../src/otter/check-batch.js'
import { parseOtterConfig } from '../../src/otter/config.js'
import { generate } from '../../src/otter/generate.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { presets } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { vocabulary } from '../train/world.js'
import { golden, goldenBatch, goldenJson, goldenModel, goldenTensors } from './golden.js'

interface GoldenGeneration {
  readonly prompt_ids: number[][]
  readonly attention_mask: number[][]
  readonly new_ids: number[][]
  readonly blind: { readonly new_ids: number[][] }
  readonly steps: { readonly top_ids: number[][]; readonly top_logits: number[][] }[]
}

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

/** What greedy generation is: the whole sequence anew for every token. */
function recompute(model: Otter, input: ModelInput, count: number): number[][] {
  let { inputIds, attentionMask } = input
  const { B } = input.shape
  const rows: number[][] = Array.from({ length: B }, () => [])
  for (let step = 0; step < count; step++) {
    const L = inputIds.length / B
    const best = tf.tidy(() => {
      const { logits } = model.forward({ ...input, shape: { ...input.shape, L }, inputIds, attentionMask })
      return tf.argMax(logits, -1).dataSync()
    })
    const next = Array.from({ length: B }, (_, row) => best[(row + 1) * L - 1] ?? -1)
    next.forEach((id, row) => {
      rows[row]?.push(id)
    })
    const append = (values: Int32Array, more: readonly number[]) =>
      Int32Array.from({ length: B * (L + 1) }, (_, i) => {
        const [row, column] = [Math.floor(i / (L + 1)), i % (L + 1)]
        return (column === L ? more[row] : values[row * L + column]) ?? 0
      })
    inputIds = append(inputIds, next)
    attentionMask = append(
      attentionMask,
      next.map(() => 1),
    )
  }
  return rows
}

describe('the golden model', () => {
  let model: Otter
  let input: ModelInput
  const expected = goldenJson('generate.json') as GoldenGeneration
  beforeAll(() => {
    model = goldenModel(tf)
    const io = goldenTensors('io.safetensors')
    const { shape } = goldenBatch(io)
    const pixels = golden(io, 'vision_x')
    const L = expected.prompt_ids[0]?.length ?? 0
    input = {
      shape: { ...shape, B: 2, L },
      inputIds: Int32Array.from(expected.prompt_ids.flat()),
      attentionMask: Int32Array.from(expected.attention_mask.flat()),
      pixelValues: pixels.slice(0, (pixels.length / shape.B) * 2),
      mediaMask: new Uint8Array(2 * shape.T).fill(1),
    }
    return () => model.dispose()
  })

  test('gives the ids and logits of the original, not those of a cache that forgets the image', async () => {
    const tops: number[][] = []
    const ids = await generate({
      model,
      input,
      maxNewTokens: 8,
      stopIds: [],
      onLogits: (logits, step) => {
        const values = logits.dataSync()
        const width = values.length / 2
        tops.push(
          [0, 1].flatMap((row) => expected.steps[step]?.top_ids[row]?.map((id) => values[row * width + id] ?? 0) ?? []),
        )
      },
    })
    expect(ids).toEqual(expected.new_ids)
    expect(ids).not.toEqual(expected.blind.new_ids)
    tops.forEach((top, step) => {
      expected.steps[step]?.top_logits.flat().forEach((logit, i) => {
        expect(Math.abs((top[i] ?? Number.NaN) - logit)).toBeLessThan(2e-4)
      })
    })
    expect(tops).toHaveLength(8)
  })

  test('stops a row at a stop token and leaves nothing behind', async () => {
    const before = tensorMemory(tf).tensors
    const [first, second] = expected.new_ids as [number[], number[]]
    const stop = first[2] ?? 0
    const ids = await generate({ model, input, maxNewTokens: 8, stopIds: [stop] })
    expect(ids[0]).toEqual(first.slice(0, 2))
    const at = second.indexOf(stop)
    expect(ids[1]).toEqual(at === -1 ? second : second.slice(0, at))
    expect(tensorMemory(tf).tensors).toBe(before)
  })

  test('two at once do not disturb each other', async () => {
    const run = () => generate({ model, input, maxNewTokens: 8, stopIds: [] })
    expect(await Promise.all([run(), run()])).toEqual([expected.new_ids, expected.new_ids])
  })

  test('refuses a prompt that is padded on the right', async () => {
    const attentionMask = input.attentionMask.slice()
    attentionMask[input.shape.L - 1] = 0
    await expect(generate({ model, input: { ...input, attentionMask } })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }),
    )
  })
})

test('with shared key and value heads, and for rows without a picture, the cache changes nothing', async () => {
  const plain = presets.tiny(vocabulary)
  const config = parseOtterConfig({ ...plain, text_config: { ...plain.text_config, num_key_value_heads: 1 } })
  const model = createOtter({ tf, config, seed: 5 })
  const L = 9
  const rows = [
    [258, 258, 256, 260, 72, 260, 105, 33, 261],
    [256, 72, 101, 108, 108, 111, 44, 32, 261],
  ]
  const pixelValues = Uint8Array.from({ length: 2 * 2 * 3 * 32 * 32 }, (_, i) => (i * 7919) % 256)
  const input: ModelInput = {
    shape: { B: 2, L, T: 2, F: 1, H: 32, W: 32 },
    inputIds: Int32Array.from(rows.flat()),
    attentionMask: Int32Array.from(rows.flat(), (id) => (id === 258 ? 0 : 1)),
    pixelValues,
    mediaMask: Uint8Array.of(1, 1, 0, 0),
  }
  expect(await generate({ model, input, maxNewTokens: 6, stopIds: [] })).toEqual(recompute(model, input, 6))
  model.dispose()
})
