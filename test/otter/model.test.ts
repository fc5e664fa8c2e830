// How the model treats its inputs: what must count counts, what must not has no influence at all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/loader/batch.js'
import { parseOtterConfig } from '../../src/otter/config.js'
import { createOtter, type Otter } from '../../src/otter/model.js'
import { cutPatches } from '../../src/otter/pixels.js'
import { presetConfig, presets } from '../../src/otter/presets.js'
import { textTime } from '../../src/otter/text-time.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { CLIP_MEAN, CLIP_STD } from '../../src/vision/normalise.js'
import { distance } from '../tensors/compare.js'
import { layOut, namingSample, ruleSample, vocabulary } from '../train/world.js'

let tf: Tf
let model: Otter
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
  model = createOtter({ tf, config: presetConfig('tiny', vocabulary), seed: 7 })
})
afterAll(() => model.dispose())

const logits = (batch: Batch, of: Otter = model) => tf.tidy(() => of.forward(batch).logits.dataSync() as Float32Array)
const rowOf = (values: Float32Array, row: number, rows: number) =>
  values.subarray((values.length / rows) * row, (values.length / rows) * (row + 1))
const mixed = () => layOut([ruleSample(0, 'm'), namingSample(1, 'm')])

/** The same batch with float pixels, normalised outside. */
function normalised(batch: Batch): Batch & { readonly pixelValues: Float32Array } {
  const area = batch.shape.H * batch.shape.W
  const pixelValues = Float32Array.from(batch.pixelValues, (v, i) => {
    const c = Math.floor(i / area) % 3
    return (v / 255 - (CLIP_MEAN[c] ?? 0)) / (CLIP_STD[c] ?? 1)
  })
  return { ...batch, pixelValues }
}

describe('pictures', () => {
  test('uint8 pixels are normalised as CLIP wants them', () => {
    const batch = mixed()
    expect(distance(logits(batch), logits(normalised(batch)))).toBeLessThan(1e-4)
  })

  test('patches are cut channel-major, row by row', () => {
    const pixels = Float32Array.from({ length: 2 * 3 * 16 }, (_, i) => i)
    const { values, frames } = cutPatches(pixels, Uint8Array.of(0, 1), 4, 2)
    expect([...frames]).toEqual([1])
    expect([...values.slice(0, 12)]).toEqual([48, 49, 52, 53, 64, 65, 68, 69, 80, 81, 84, 85])
    expect([...values.slice(12, 16)]).toEqual([50, 51, 54, 55])
  })

  test('a padded slot has no influence, not even when it holds no numbers', () => {
    const batch = normalised(mixed())
    const area = 3 * batch.shape.H * batch.shape.W
    const poisoned = batch.pixelValues.slice().fill(Number.NaN, 4 * area)
    expect([...logits({ ...batch, pixelValues: poisoned })]).toEqual([...logits(batch)])
  })

  test('padded frames have no influence: a short clip is the same alone and beside a long one', () => {
    const config = { ...presetConfig('tiny', vocabulary), max_num_frames: 4 }
    const video = createOtter({ tf, config, seed: 2 })
    const one = layOut([namingSample(0, 'v')])
    const size = one.pixelValues.length
    const clip = (real: number, frames: number): Batch => ({
      ...one,
      shape: { ...one.shape, F: frames },
      pixelValues: Float32Array.from({ length: size * frames }, (_, i) =>
        Math.floor(i / size) < real ? Math.sin(i) : Number.NaN,
      ),
      mediaMask: Uint8Array.from({ length: frames }, (_, i) => (i < real ? 1 : 0)),
    })
    const alone = logits(clip(2, 2), video)
    expect(distance(logits(clip(2, 4), video), alone)).toBeLessThan(1e-5)
    expect(distance(logits(clip(3, 3), video), alone)).toBeGreaterThan(1e-3)
    expect(() => video.forward(clip(5, 5))).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
    video.dispose()
  })

  test('a picture changes nothing before its mark, and something after', () => {
    const batch = layOut([ruleSample(3, 'm')])
    const area = 3 * batch.shape.H * batch.shape.W
    const pixelValues = batch.pixelValues.slice()
    pixelValues.set(namingSample(9, 'm').turns[0]?.picture ?? [], area)
    const [before, after] = [logits(batch), logits({ ...batch, pixelValues })]
    const width = vocabulary.vocabSize
    const marks = [...batch.inputIds.keys()].filter((i) => batch.inputIds[i] === vocabulary.special.image)
    const second = (marks[1] ?? 0) * width
    expect(distance(before.subarray(0, second), after.subarray(0, second))).toBe(0)
    expect(distance(before.subarray(second), after.subarray(second))).toBeGreaterThan(1e-3)
  })
})

describe('text', () => {
  test('what stands in padding has no influence on a row, nor has a longer row beside it', () => {
    const alone = layOut([namingSample(1, 'm')])
    const together = mixed()
    const real = alone.shape.L * vocabulary.vocabSize
    const values = rowOf(logits(together), 1, 2).subarray(0, real)
    expect(distance(values, logits(alone))).toBeLessThan(1e-4)
    const inputIds = together.inputIds.map((id) => (id === vocabulary.special.pad ? 65 : id))
    expect([...rowOf(logits({ ...together, inputIds }), 1, 2).subarray(0, real)]).toEqual([...values])
  })

  test('image numbers: the last image, or the next', () => {
    const ids = Int32Array.of(0, 1, 0, 0, 1, 0, 0)
    const rule = { media_token_id: 1, only_attend_immediate_media: true }
    expect([...textTime(ids, 1, { ...rule, attend_previous: true }).time]).toEqual([0, 1, 1, 1, 2, 2, 2])
    expect([...textTime(ids, 1, { ...rule, attend_previous: false }).time]).toEqual([1, 1, 2, 2, 2, 0, 0])
  })

  test('text without any picture runs, and equals itself beside one with', () => {
    const plain = layOut([{ id: 't', turns: [] }])
    const alone = { ...plain, shape: { ...plain.shape, T: 0 }, pixelValues: new Uint8Array(0) }
    const inputIds = Int32Array.of(256, 72, 105, 257)
    const text: Batch = {
      ...alone,
      shape: { ...alone.shape, L: 4 },
      inputIds,
      attentionMask: Int32Array.of(1, 1, 1, 1),
    }
    const other = layOut([namingSample(1, 'm')])
    const L = other.shape.L
    const pad = (values: Int32Array, rest: number) => Int32Array.from({ length: L }, (_, i) => values[i] ?? rest)
    const both: Batch = {
      ...other,
      shape: { ...other.shape, B: 2 },
      inputIds: Int32Array.of(...other.inputIds, ...pad(inputIds, 258)),
      attentionMask: Int32Array.of(...other.attentionMask, ...pad(text.attentionMask, 0)),
      pixelValues: Float32Array.from({ length: other.pixelValues.length * 2 }, () => 0.5),
      mediaMask: Uint8Array.of(1, 0),
    }
    const beside = rowOf(logits(both), 1, 2).subarray(0, 4 * vocabulary.vocabSize)
    expect(distance(beside, logits(text))).toBeLessThan(1e-4)
  })
})

describe('refusals', () => {
  test.each([
    ['fewer slots than marks', { mediaMask: Uint8Array.of(1, 0, 1) }],
    ['more slots than marks', { inputIds: 'cut' }],
  ] as const)('%s names the sample', (_, change) => {
    const batch = layOut([ruleSample(4, 'm')])
    const cut = batch.inputIds.map((id, i) => (i === 1 && id === vocabulary.special.image ? 65 : id))
    const input = { ...batch, ...change, inputIds: 'inputIds' in change ? cut : batch.inputIds }
    expect(() => model.forward(input as Batch)).toThrow(
      expect.objectContaining({ code: 'MIMICIT_MEDIA_MISMATCH', message: expect.stringContaining('m_4') }),
    )
  })

  test.each([
    ['ids outside the vocabulary', (b: Batch) => ({ ...b, inputIds: b.inputIds.map((id) => id + 300) })],
    ['arrays of the wrong size', (b: Batch) => ({ ...b, attentionMask: b.attentionMask.slice(1) })],
    ['pictures of the wrong size', (b: Batch) => ({ ...b, shape: { ...b.shape, H: 64 } })],
    ['too few pixels', (b: Batch) => ({ ...b, pixelValues: b.pixelValues.slice(3) })],
  ])('%s', (_, change) => {
    expect(() => model.forward(change(mixed()))).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
  })
})

describe('training', () => {
  test('only what is published to be trained gets gradients; all of it with `all`', () => {
    const batch = mixed()
    const names = (trainable: 'published' | 'all') => {
      const some = createOtter({ tf, config: model.config, trainable })
      const { loss, gradients } = some.lossAndGradients(batch)
      const keys = [...gradients.keys()].sort()
      expect(keys.filter((key) => !some.trainableNames.includes(key))).toEqual([])
      tf.dispose([loss, ...gradients.values()])
      some.dispose()
      return keys
    }
    const published = names('published')
    expect(published.some((name) => name.includes('decoder_layer') || name.startsWith('vision_encoder'))).toBe(false)
    expect(published).toContain('perceiver.latents')
    const all = names('all')
    const unused = /post_layernorm/
    expect(all.filter((name) => !unused.test(name))).toEqual(
      [...model.parameters.keys()].filter((name) => !unused.test(name)).sort(),
    )
  })

  test('the frozen parts get the same gradients whether they are on the tape or not', () => {
    const batch = mixed()
    const all = createOtter({ tf, config: model.config, seed: 7, trainable: 'all' })
    const [a, b] = [all.lossAndGradients(batch), model.lossAndGradients(batch)]
    for (const [name, gradient] of b.gradients)
      expect(distance(gradient.dataSync(), a.gradients.get(name)?.dataSync() ?? []), name).toBeLessThan(1e-5)
    tf.dispose([a.loss, b.loss, ...a.gradients.values(), ...b.gradients.values()])
    all.dispose()
  })

  test('a batch without labels has loss 0 and no gradients; nothing is left behind', () => {
    const before = tensorMemory(tf).tensors
    const batch = mixed()
    const { loss, gradients, tokens } = model.lossAndGradients({ ...batch, labels: batch.labels.map(() => -100) })
    expect([loss.dataSync()[0], gradients.size, tokens]).toEqual([0, 0, 0])
    loss.dispose()
    expect(tensorMemory(tf).tensors).toBe(before)
  })

  test('tied embeddings get the gradient of lookup and head', () => {
    const plain = presets.tiny(vocabulary)
    const config = parseOtterConfig({ ...plain, text_config: { ...plain.text_config, tie_word_embeddings: true } })
    const tied = createOtter({ tf, config })
    const { loss, gradients } = tied.lossAndGradients(mixed())
    const values = gradients.get('lang_encoder.model.embed_tokens.weight')?.dataSync() as Float32Array
    // Only the head reaches a token that no text holds.
    expect(Math.max(...values.subarray(0, 64).map(Math.abs))).toBeGreaterThan(0)
    expect(tied.parameters.has('lang_encoder.lm_head.weight')).toBe(false)
    tf.dispose([loss, ...gradients.values()])
    tied.dispose()
  })

  test('the seed decides the weights, the order of building does not', () => {
    const make = (seed: number) => createOtter({ tf, config: model.config, seed })
    const [a, b, c] = [make(1), make(1), make(2)]
    const of = (m: Otter) => [...((m.parameters.get('perceiver.latents')?.dataSync() ?? []) as Float32Array)]
    expect(of(a)).toEqual(of(b))
    expect(of(a)).not.toEqual(of(c))
    for (const m of [a, b, c]) m.dispose()
  })
})
