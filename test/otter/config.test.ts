// Configurations: published names and defaults, and refusals that name the field.
import { expect, test } from 'vitest'
import { parseOtterConfig } from '../../src/otter/config.js'
import { type PresetName, presetConfig, presets } from '../../src/otter/presets.js'
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
