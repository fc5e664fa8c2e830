// Packed rows: the model gives the loss and the gradients of the same samples a row each, whatever family it is of and
// whichever media a token may see.
import { beforeAll, describe, expect, test } from 'vitest'
import type { Batch } from '../../src/loader/batch.js'
import { type OtterConfigInput, parseOtterConfig } from '../../src/otter/config.js'
import { generate } from '../../src/otter/generate.js'
import { createOtter } from '../../src/otter/model.js'
import { presets } from '../../src/otter/presets.js'
import { textTime } from '../../src/otter/text-time.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { faultOf } from '../support/fault.js'
import { distance } from '../tensors/compare.js'
import { layOut, namingSample, ruleSample, vocabulary } from '../train/world.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

const samples = [
  ruleSample(0, 'm'),
  namingSample(1, 'm'),
  namingSample(2, 'm'),
  ruleSample(3, 'm'),
  namingSample(4, 'm'),
]
const apart = layOut(samples)
/** The same samples in two rows: the first three, and the others. */
const packed = pack(samples.slice(0, 3), samples.slice(3))

function pack(...rows: (typeof samples)[]): Batch & Required<Pick<Batch, 'segmentIds' | 'mediaSegments'>> {
  const parts = rows.map((row) => row.map((sample) => layOut([sample])))
  const { F, H, W } = parts[0]![0]!.shape
  const B = parts.length
  const most = (of: (part: Batch) => number) =>
    Math.max(...parts.map((row) => row.reduce((sum, part) => sum + of(part), 0)))
  const L = most(({ shape }) => shape.L)
  const T = most(({ shape }) => shape.T)
  const picture = 3 * H * W
  const batch = {
    shape: { B, L, T, F, H, W },
    inputIds: new Int32Array(B * L).fill(vocabulary.special.pad),
    attentionMask: new Int32Array(B * L),
    labels: new Int32Array(B * L).fill(-100),
    segmentIds: new Int32Array(B * L),
    mediaSegments: new Int32Array(B * T),
    pixelValues: new Uint8Array(B * T * F * picture),
    mediaMask: new Uint8Array(B * T * F),
    ...{ ids: samples.map(({ id }) => id), contextIds: [], epoch: 0, step: 0 },
  }
  parts.forEach((row, r) => {
    let [at, slot] = [r * L, r * T]
    row.forEach((part, i) => {
      batch.inputIds.set(part.inputIds, at)
      batch.attentionMask.set(part.attentionMask, at)
      batch.labels.set(part.labels, at)
      batch.segmentIds.fill(i + 1, at, at + part.shape.L)
      batch.mediaSegments.fill(i + 1, slot, slot + part.shape.T)
      batch.pixelValues.set(part.pixelValues, slot * F * picture)
      batch.mediaMask.set(part.mediaMask, slot * F)
      at += part.shape.L
      slot += part.shape.T
    })
  })
  return batch
}

const tiny = presets.tiny(vocabulary)
const small = { vocab_size: vocabulary.vocabSize, hidden_size: 32 }
const families: Readonly<Record<string, OtterConfigInput['text_config']>> = {
  llama: tiny.text_config,
  mpt: { model_type: 'mpt', ...small, d_model: 32, n_heads: 4, n_layers: 2, attn_config: { alibi: true } },
  'gpt-neox': {
    model_type: 'gpt_neox',
    ...small,
    ...{ intermediate_size: 64, num_hidden_layers: 2, num_attention_heads: 4 },
  },
}
const rules: Readonly<Record<string, Partial<OtterConfigInput>>> = {
  'the last image': {},
  'the next image': { attend_previous: false },
  'every image so far': { only_attend_immediate_media: false },
  'numbered images': { max_num_media: 12 },
}
const cases = [
  ...Object.keys(families).map((family) => [family, 'the last image'] as const),
  ...Object.keys(rules)
    .slice(1)
    .map((rule) => ['llama', rule] as const),
]

describe('packed rows', () => {
  test.each(cases)('%s, %s: loss and gradients are those of a sample a row', async (family, rule) => {
    const config = parseOtterConfig({ ...tiny, text_config: families[family]!, ...rules[rule] })
    const model = createOtter({ tf, config, seed: 3, trainable: 'all' })
    const [one, other] = [model.lossAndGradients(apart), model.lossAndGradients(packed)]
    expect(other.tokens).toBe(one.tokens)
    expect(Math.abs((await one.loss.data())[0]! - (await other.loss.data())[0]!)).toBeLessThan(1e-5)
    expect([...other.gradients.keys()].sort()).toEqual([...one.gradients.keys()].sort())
    for (const [name, gradient] of one.gradients) {
      const [mine, theirs] = [await other.gradients.get(name)!.data(), await gradient.data()]
      expect(distance(mine as Float32Array, theirs as Float32Array), name).toBeLessThan(2e-5)
    }
    // Without the marks between samples it is another loss: the test would see it.
    const { segmentIds: _, mediaSegments: __, ...blurred } = packed
    const blind = model.loss(blurred)
    expect(Math.abs((await blind.data())[0]! - (await one.loss.data())[0]!)).toBeGreaterThan(1e-4)
    model.dispose()
    tf.dispose([one.loss, other.loss, blind, ...one.gradients.values(), ...other.gradients.values()])
  })

  test('a token sees images of its own sample only', () => {
    const ids = Int32Array.of(0, 1, 0, 0, 0, 1, 0, 1, 0)
    const segments = Int32Array.of(1, 1, 1, 2, 2, 2, 2, 3, 0)
    const rule = { media_token_id: 1, only_attend_immediate_media: false }
    const previous = textTime(ids, 1, { ...rule, attend_previous: true }, segments)
    expect([...previous.time]).toEqual([0, 1, 1, 0, 0, 2, 2, 3, 0])
    expect([...previous.before]).toEqual([0, 0, 0, 1, 1, 1, 1, 2, 3])
    const next = textTime(ids, 1, { ...rule, attend_previous: false }, segments)
    expect([...next.time]).toEqual([1, 1, 0, 2, 2, 2, 0, 3, 0])
  })

  test('marks and slots of different samples, and arrays of another size, are refused', async () => {
    const model = createOtter({ tf, config: parseOtterConfig(tiny), seed: 3 })
    const mediaSegments = packed.mediaSegments.with(0, 2)
    const fault = await faultOf(() => model.loss({ ...packed, mediaSegments }))
    expect([fault.code, fault.message]).toEqual([
      'MIMICIT_MEDIA_MISMATCH',
      expect.stringContaining('of another sample'),
    ])
    const short = await faultOf(() => model.loss({ ...packed, mediaSegments: mediaSegments.slice(1) }))
    expect([short.code, short.message]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('mediaSegments')])
    const lone = await faultOf(() => model.loss({ ...apart, segmentIds: new Int32Array(apart.inputIds.length) }))
    expect(lone.code).toBe('MIMICIT_BAD_VALUE')
    const prompt = await faultOf(generate({ model, input: packed }))
    expect(prompt.code).toBe('MIMICIT_UNSUPPORTED')
    model.dispose()
  })
})
