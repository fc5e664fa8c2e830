// Greedy generation with a cache: the ids of the original modules, and those of computing everything anew.
import { beforeAll, describe, expect, test } from 'vitest'
import { goldenPrompt } from '../../parity/folder.js'
import type { ModelInput } from '../../src/otter/check-batch.js'
import { parseOtterConfig } from '../../src/otter/config.js'
import { generate } from '../../src/otter/generate.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { presets } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { vocabulary } from '../train/world.js'
import { goldenModel, llama } from './golden.js'

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
  const expected = llama.generation
  const input = goldenPrompt(llama)
  beforeAll(() => {
    model = goldenModel(tf)
    return () => model.dispose()
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
