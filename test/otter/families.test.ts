// Families of language models beyond what the golden folders show: MPT-1B's variant against the formula written out, head
// counts that are no power of two, what is refused, and the sizes of the published models.
import { beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../src/base/random.js'
import { decoderOf, parseOtterConfig } from '../../src/otter/config.js'
import { decoders } from '../../src/otter/decoders/index.js'
import { createOtter } from '../../src/otter/model.js'
import { countParameters } from '../../src/otter/parameter-count.js'
import { type PresetName, presetConfig, presets } from '../../src/otter/presets.js'
import { causalScores } from '../../src/otter/text-time.js'
import { alibiSlopes } from '../../src/tensors/alibi.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { distance } from '../tensors/compare.js'
import { draw, vocabulary } from '../train/world.js'

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

test('slopes of six heads are the odd ones of eight, then the even ones', () => {
  expect(alibiSlopes(6, 8).map((slope) => -Math.log2(slope))).toEqual([2, 4, 6, 8, 1, 3])
  expect(alibiSlopes(4, 8).map((slope) => -Math.log2(slope))).toEqual([2, 4, 6, 8])
  expect(alibiSlopes(1, 8)).toEqual([2 ** -8])
})

describe('a layer of MPT-1B', () => {
  const [d, heads, L] = [12, 3, 5]
  const clip = 0.8
  const width = d / heads
  const flat = {
    model_type: 'mosaic_gpt',
    vocab_size: 20,
    d_model: d,
    n_heads: heads,
    n_layers: 1,
    mlp_ratio: 2,
    alibi: true,
    attn_qk_ln: true,
    attn_clip_qkv: clip,
  }
  const nested = {
    model_type: 'mpt',
    vocab_size: 20,
    d_model: d,
    n_heads: heads,
    n_layers: 1,
    expansion_ratio: 2,
    attn_config: { alibi: true, qk_ln: true, clip_qkv: clip },
  }
  const at = 'lang_encoder.transformer.blocks.0.decoder_layer.'
  const random = randomStream('mpt-1b')
  const numbers = (size: number, scale = 1, start = 0) =>
    Float32Array.from({ length: size }, () => start + random.normal() * scale)
  const weights: Readonly<Record<string, Float32Array>> = {
    'ln_1.weight': numbers(d, 0.2, 1),
    'attn.Wqkv.weight': numbers(3 * d * d, 0.4),
    'attn.q_ln.weight': numbers(d, 0.2, 1),
    'attn.k_ln.weight': numbers(d, 0.2, 1),
    'attn.out_proj.weight': numbers(d * d, 0.4),
    'ln_2.weight': numbers(d, 0.2, 1),
    'mlp.mlp_up.weight': numbers(2 * d * d, 0.4),
    'mlp.mlp_down.weight': numbers(2 * d * d, 0.4),
  }
  const x = numbers(L * d)

  /** The layer, one number after the other, in double precision. */
  function reference(): number[] {
    const w = (name: string) => weights[name] as Float32Array
    const rows = Array.from({ length: L }, (_, i) => [...x.subarray(i * d, (i + 1) * d)])
    const norm = (row: number[], name: string) => {
      const mean = row.reduce((a, b) => a + b) / d
      const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / d
      return row.map((v, i) => ((v - mean) / Math.sqrt(variance + 1e-5)) * (w(name)[i] ?? 0))
    }
    const times = (row: number[], name: string) =>
      Array.from({ length: w(name).length / row.length }, (_, out) =>
        row.reduce((sum, v, i) => sum + v * (w(name)[out * row.length + i] ?? 0), 0),
      )
    const erf = (v: number) => {
      // The series: exact enough for |v| < 4.
      let [sum, term] = [v, v]
      for (let n = 1; n < 120; n++) {
        term *= -(v * v) / n
        sum += term / (2 * n + 1)
      }
      return (2 / Math.sqrt(Math.PI)) * sum
    }
    const gelu = (v: number) => (v * (1 + erf(v / Math.SQRT2))) / 2
    const fused = rows.map((row) => times(norm(row, 'ln_1.weight'), 'attn.Wqkv.weight'))
    const cut = fused.map((row) => row.map((v) => Math.max(-clip, Math.min(clip, v))))
    const q = cut.map((row) => norm(row.slice(0, d), 'attn.q_ln.weight'))
    const k = cut.map((row) => norm(row.slice(d, 2 * d), 'attn.k_ln.weight'))
    const v = cut.map((row) => row.slice(2 * d))
    const slopes = [2 ** -4, 2 ** -8, 2 ** -2]
    return rows.flatMap((row, i) => {
      const mixed = Array.from({ length: d }, () => 0)
      for (let head = 0; head < heads; head++) {
        const own = (values: number[]) => values.slice(head * width, (head + 1) * width)
        const scores = k.slice(0, i + 1).map((key, j) => {
          const product = own(q[i] ?? []).reduce((sum, a, n) => sum + a * (own(key)[n] ?? 0), 0)
          return Math.exp(product / Math.sqrt(width) + (slopes[head] ?? 0) * (j - i))
        })
        const total = scores.reduce((a, b) => a + b)
        scores.forEach((score, j) => {
          own(v[j] ?? []).forEach((value, n) => {
            mixed[head * width + n] = (mixed[head * width + n] ?? 0) + (score / total) * value
          })
        })
      }
      const middle = times(mixed, 'attn.out_proj.weight').map((value, n) => value + (row[n] ?? 0))
      const fed = times(times(norm(middle, 'ln_2.weight'), 'mlp.mlp_up.weight').map(gelu), 'mlp.mlp_down.weight')
      return middle.map((value, n) => value + (fed[n] ?? 0))
    })
  }

  const otherNames: Readonly<Record<string, string>> = {
    'ln_1.weight': 'norm_1.weight',
    'ln_2.weight': 'norm_2.weight',
    'mlp.mlp_up.weight': 'ffn.up_proj.weight',
    'mlp.mlp_down.weight': 'ffn.down_proj.weight',
  }

  test.each([
    ['as MosaicGPT writes it', flat, (name: string) => name],
    ['as an MPT that norms queries and keys', nested, (name: string) => otherNames[name] ?? name],
  ])('%s', (_, config, called) => {
    const decoder = decoders[config.model_type]?.build(config)
    if (decoder === undefined) throw new Error('no such family')
    const shapes = new Map(decoder.specs.map(({ name, shape }) => [name, shape]))
    const values = tf.tidy(() => {
      const parameters = new Map(
        Object.entries(weights).map(([name, numbers]) => {
          const key = at + called(name)
          return [key, tf.tensor(numbers, [...(shapes.get(key) ?? [])])]
        }),
      )
      const run = decoder.prepare(tf, {
        rows: 1,
        length: L,
        past: 0,
        places: L,
        scores: causalScores(new Int32Array(L).fill(1), 1, L),
      })
      return decoder.layer(tf, parameters, 0, tf.tensor3d(x, [1, L, d]), run).dataSync()
    })
    expect(distance(values, reference())).toBeLessThan(1e-5)
  })
})

describe('what no family can do is refused', () => {
  const { tiny } = presets
  const withText = (text_config: object) => () => parseOtterConfig({ ...tiny(vocabulary), text_config })
  const refusal = (where: string) =>
    expect.objectContaining({ code: 'MIMICIT_BAD_CONFIG', message: expect.stringContaining(where) })
  const mpt = { model_type: 'mpt', vocab_size: 262, d_model: 8, n_heads: 2, n_layers: 1 }
  const neox = {
    model_type: 'gpt_neox',
    vocab_size: 262,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
  }
  test.each([
    ['learned positions', { ...mpt, attn_config: { alibi: false } }, 'text_config.attn_config.alibi'],
    ['scaled logits', { ...mpt, attn_config: { alibi: true }, logit_scale: 2 }, 'text_config.logit_scale'],
    ['heads that do not divide', { ...mpt, n_heads: 3, attn_config: { alibi: true } }, 'text_config.n_heads'],
    ['another activation', { ...neox, hidden_act: 'gelu_new' }, 'text_config.hidden_act'],
    ['an odd part that is rotated', { ...neox, rotary_pct: 0.3 }, 'text_config.rotary_pct'],
  ])('%s', (_, text, where) => expect(withText(text)).toThrow(refusal(where)))
})

test('numbered media: which of two equal pictures is the first matters, and only then', () => {
  const random = randomStream('numbered')
  const picture = draw({ colour: 'red', shape: 'disc' }, random)
  const { image, bos, answer } = vocabulary.special
  const run = (max_num_media: number | null) => {
    const model = createOtter({ tf, config: parseOtterConfig({ ...presets.tiny(vocabulary), max_num_media }), seed: 3 })
    const latents = model.forward({
      shape: { B: 1, L: 4, T: 2, F: 1, H: 32, W: 32 },
      inputIds: Int32Array.of(bos, image, image, answer),
      attentionMask: Int32Array.of(1, 1, 1, 1),
      mediaMask: Uint8Array.of(1, 1),
      pixelValues: Uint8Array.of(...picture, ...picture),
    }).latents
    const values = latents?.dataSync() as Float32Array
    model.dispose()
    return distance(values.subarray(0, values.length / 2), values.subarray(values.length / 2))
  }
  expect(run(null)).toBe(0)
  expect(run(4)).toBeGreaterThan(0.01)
  expect(() => run(1)).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
})

describe('sizes of the published models, by shapes alone', () => {
  const special = { bos: 0, eos: 0, pad: 5, endOfChunk: 6, image: 7, answer: 8 }
  const count = (name: PresetName) => countParameters(presetConfig(name, { vocabSize: 4096, special }))
  const perceiver = 63_019_008
  const rows: readonly [PresetName, number, number][] = [
    ['otter-mpt1b', 24 * 36_708_354, 50_432 * 2048],
    ['otter-mpt7b', 8 * 139_476_994, 206_569_472],
    ['otter-llama7b', 8 * 139_476_994, 2 * 32_004 * 4096],
    ['openflamingo-3b', 881_000_496, 50_280 * 2048],
    ['openflamingo-4b', 16 * 56_109_058, 2 * 50_280 * 2560],
    ['openflamingo-9b', 1_115_815_952, 50_280 * 4096],
  ]
  test.each(rows)('%s', (name, crossAttention, embeddings) => {
    expect(count(name)).toMatchObject({
      perceiver,
      crossAttention,
      embeddings,
      trainable: perceiver + crossAttention + embeddings,
      // CLIP ViT-L/14's tower.
      visionTower: 303_179_776,
    })
  })
  test('Otter on LLaMA trains 1.441012 billion', () => expect(count('otter-llama7b').trainable).toBe(1_441_011_728))
  test('language models have the size that their names say', () => {
    const whole = (name: PresetName) => {
      const { decoder, embeddings } = count(name)
      return decoder + embeddings
    }
    expect(whole('otter-mpt7b')).toBe(6_649_286_656)
    expect(whole('otter-llama7b') - 2 * 4 * 4096).toBe(6_738_415_616)
  })
  test('small is small', () => {
    const { total } = count('small')
    expect(total).toBeGreaterThan(11e6)
    expect(total).toBeLessThan(13.5e6)
    expect(decoderOf(presetConfig('small', { vocabSize: 4096, special })).config.hidden_size).toBe(256)
  })
})

describe.each(['mpt', 'gpt_neox', 'llama'])('gradients of %s against finite differences', (model_type) => {
  const text = {
    mpt: { model_type, vocab_size: 262, d_model: 16, n_heads: 2, n_layers: 2, attn_config: { alibi: true } },
    gpt_neox: {
      model_type,
      vocab_size: 262,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      rotary_pct: 0.5,
    },
    llama: {
      model_type,
      vocab_size: 262,
      hidden_size: 16,
      intermediate_size: 24,
      num_hidden_layers: 2,
      num_attention_heads: 2,
    },
  }[model_type]
  test('random entries of random tensors, frozen ones among them', () => {
    const config = parseOtterConfig({ ...presets.tiny(vocabulary), text_config: text })
    const model = createOtter({ tf, config, seed: 11, trainable: 'all' })
    const random = randomStream('differences', model_type)
    const { image, bos, answer, endOfChunk } = vocabulary.special
    const ids = [bos, image, 72, 105, answer, 79, 107, endOfChunk]
    const input = {
      shape: { B: 1, L: ids.length, T: 1, F: 1, H: 32, W: 32 },
      inputIds: Int32Array.from(ids),
      attentionMask: new Int32Array(ids.length).fill(1),
      labels: Int32Array.from(ids, (id, i) => (i > 4 ? id : -100)),
      mediaMask: Uint8Array.of(1),
      pixelValues: draw({ colour: 'gold', shape: 'bar' }, random),
    }
    const { loss, gradients } = model.lossAndGradients(input)
    const names = [...gradients.keys()].sort()
    const chosen = Array.from({ length: 12 }, () => names[random.below(names.length)] ?? '')
    const gates = names.filter((name) => name.endsWith('_gate'))
    for (const name of [...chosen, ...gates]) {
      const variable = model.parameters.get(name)
      const gradient = gradients.get(name)?.dataSync() as Float32Array
      // The entry with the largest slope of a few: differences of small ones are noise in float32.
      const entries = Array.from({ length: 8 }, () => random.below(gradient.length))
      const entry = entries.reduce((a, b) => (Math.abs(gradient[b] ?? 0) > Math.abs(gradient[a] ?? 0) ? b : a))
      const values = variable?.dataSync().slice() as Float32Array
      const step = 0.01 * Math.max(0.1, Math.abs(values[entry] ?? 0))
      const at = (delta: number) => {
        const moved = values.slice()
        moved[entry] = (moved[entry] ?? 0) + delta
        return tf.tidy(() => {
          variable?.assign(tf.tensor(moved, variable.shape))
          return model.loss(input).dataSync()[0] ?? Number.NaN
        })
      }
      const slope = (at(step) - at(-step)) / (2 * step)
      tf.tidy(() => variable?.assign(tf.tensor(values, variable.shape)))
      expect(Math.abs(slope - (gradient[entry] ?? 0)), `${name}[${entry}]`).toBeLessThan(
        0.02 * Math.abs(slope) + 1.5e-6 / step,
      )
    }
    tf.dispose([loss, ...gradients.values()])
    model.dispose()
  })
})
