// Configurations: published names and defaults, and refusals that name the field.
import { describe, expect, test } from 'vitest'
import { decoderOf, parseOtterConfig } from '../../src/otter/config.js'
import { type PresetName, presetConfig, presets } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { vocabulary } from '../train/world.js'
import { llama } from './golden.js'

const tiny = presets.tiny(vocabulary)
const badConfig = (field: string) =>
  expect.objectContaining({ code: 'MIMICIT_BAD_CONFIG', message: expect.stringContaining(field) })

test('the golden configuration is read as it stands', () => {
  const config = parseOtterConfig(llama.config)
  expect(config).toMatchObject({
    cross_attn_every_n_layers: 2,
    attend_previous: true,
    media_token_id: 125,
    perceiver: { depth: 2, heads: 2, dim_head: 16, num_latents: 8 },
    cross_attn: { heads: 4, dim_head: 8, gate_init: 0 },
  })
})

test('sizes that the original code fixes are the defaults', () => {
  const { perceiver: _, cross_attn: __, ...rest } = tiny
  const config = parseOtterConfig({ ...rest, only_attend_previous: false })
  expect(config.perceiver).toEqual({
    depth: 6,
    num_latents: 64,
    heads: 8,
    dim_head: 64,
    ff_mult: 4,
    layer_norm_eps: 1e-5,
  })
  expect(config.cross_attn).toEqual({ heads: 8, dim_head: 64, ff_mult: 4, layer_norm_eps: 1e-5, gate_init: 0 })
  expect(config.attend_previous).toBe(false)
})

test('a parsed configuration parses to itself', () => {
  const config = presetConfig('tiny', vocabulary)
  expect(parseOtterConfig(JSON.parse(JSON.stringify(config)))).toEqual(config)
})

test.each([
  ['vision_config.patch_size', { vision_config: { ...tiny.vision_config, patch_size: 7 } }],
  ['vision_config.hidden_act', { vision_config: { ...tiny.vision_config, hidden_act: 'gelu' } }],
  ['cross_attn_every_n_layers', { cross_attn_every_n_layers: 0 }],
  ['media_token_id', { media_token_id: 262 }],
  ['text_config.num_attention_heads', { text_config: { ...tiny.text_config, num_attention_heads: 5 } }],
  ['text_config.rope_scaling', { text_config: { ...tiny.text_config, rope_scaling: { factor: 2 } } }],
] as const)('a bad %s is named', (field, change) => {
  expect(() => parseOtterConfig({ ...tiny, ...change })).toThrow(badConfig(field))
})

test('families and presets that do not exist are refused', () => {
  const unknown = expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' })
  for (const model_type of ['falcon', 'constructor'])
    expect(() => parseOtterConfig({ ...tiny, text_config: { ...tiny.text_config, model_type } })).toThrow(unknown)
  expect(() => presetConfig('huge' as PresetName, vocabulary)).toThrow(unknown)
  expect(() => parseOtterConfig(null)).toThrow(badConfig('config'))
})

describe('the config.json of a published model', () => {
  const { media_token_id: _, eoc_token_id: __, answer_token_id: ___, ...rest } = tiny
  const { pad_token_id: ____, bos_token_id: _____, eos_token_id: ______, ...published } = rest

  test('takes the ids of its tokens from the tokenizer', () => {
    expect(parseOtterConfig(published, vocabulary.special)).toEqual(parseOtterConfig(tiny))
    expect(parseOtterConfig({ ...published, eoc_token_id: 7 }, vocabulary.special)).toMatchObject({
      eoc_token_id: 7,
      media_token_id: vocabulary.special.image,
    })
  })

  test('without one says what is missing', () => {
    const error = expect.objectContaining({
      code: 'MIMICIT_BAD_CONFIG',
      message: expect.stringMatching(/media_token_id.*special tokens/s),
    })
    expect(() => parseOtterConfig(published)).toThrow(error)
  })
})

test.each([
  ['llama', { rope_theta: 5000 }, { rope_theta: 5000, rope_type: 'default' }],
  [
    'gpt_neox',
    { rotary_pct: 0.5, rotary_emb_base: 5000 },
    { rope_theta: 5000, partial_rotary_factor: 0.5, rope_type: 'default' },
  ],
] as const)(
  '%s with rope_parameters turns its heads as with the fields of before',
  async (model_type, flat, nested) => {
    const { tf } = await chooseBackend('wasm')
    const sizes = {
      vocab_size: 262,
      hidden_size: 32,
      intermediate_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
    }
    const run = { rows: 1, length: 3, past: 4, places: 7, scores: new Float32Array(21) }
    const tables = (positions: object) =>
      tf.tidy(() => {
        const config = parseOtterConfig({ ...tiny, text_config: { model_type, ...sizes, ...positions } })
        const { cos, sin } = decoderOf(config).prepare(tf, run).tensors
        return [cos, sin].map((table) => [...(table?.dataSync() ?? [])])
      })
    expect(tables({ rope_parameters: nested })).toEqual(tables(flat))
    expect(tables({})).not.toEqual(tables(flat))
  },
)

test.each([
  ['rope_parameters', presets.tiny, { rope_parameters: { rope_type: 'llama3', factor: 8 } }],
  ['head_dim', presets.tiny, { head_dim: 7 }],
  ['norm_type', presets['otter-mpt7b'], { norm_type: 'rmsnorm' }],
  ['tie_word_embeddings', presets['otter-mpt7b'], { tie_word_embeddings: false }],
  ['rope', presets['otter-mpt7b'], { attn_config: { alibi: true, rope: true } }],
] as const)('a language model whose %s would be computed otherwise is refused', (field, preset, change) => {
  const config = preset({ ...vocabulary, vocabSize: 262 })
  expect(() => parseOtterConfig({ ...config, text_config: { ...config.text_config, ...change } })).toThrow(
    badConfig(field),
  )
})
