// Which parameters decay: the names that the published rules pick, and that the optimiser asks the rule it was given.
import { beforeAll, expect, test } from 'vitest'
import { parseOtterConfig } from '../../src/otter/config.js'
import { createOtter } from '../../src/otter/model.js'
import { presets } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import type { Tf } from '../../src/tensors/tf.js'
import { AdamW } from '../../src/train/adamw.js'
import { type DecayRuleName, decayRules } from '../../src/train/decay.js'
import { vocabulary } from './world.js'

const block = 'lang_encoder.model.layers.1.gated_cross_attn_layer'
const weights = [
  'attn.to_q.weight',
  'attn.to_kv.weight',
  'attn.to_out.weight',
  'ff.0.weight',
  'ff.1.weight',
  'ff.3.weight',
]
const others = ['attn_gate', 'ff_gate', 'attn.norm.weight', 'attn.norm.bias', 'ff.0.bias']
const outside = ['perceiver.latents', 'lang_encoder.lm_head.weight', 'lang_encoder.model.embed_tokens.weight']

test('the rules of the published models', () => {
  const decayed = (rule: DecayRuleName) =>
    [...weights, ...others]
      .map((name) => `${block}.${name}`)
      .concat(outside)
      .filter(decayRules[rule])
  expect(decayed('otter')).toEqual(weights.map((name) => `${block}.${name}`))
  expect(decayed('openflamingo')).toEqual([...weights, ...others].map((name) => `${block}.${name}`))
})

let tf: Tf
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
})

test('without any gradient left an update is the decay alone, of what the rule names', async () => {
  const changed = async (decays: DecayRuleName) => {
    const model = createOtter({ tf, config: parseOtterConfig(presets.tiny(vocabulary)), seed: 3 })
    // A gate of 0 has nothing to lose.
    for (const [name, variable] of model.parameters) if (name.endsWith('_gate')) variable.assign(tf.onesLike(variable))
    const names = model.trainableNames
    const before = new Map(names.map((name) => [name, model.parameters.get(name)!.dataSync().slice()]))
    const zeros = new Map(names.map((name) => [name, tf.zerosLike(model.parameters.get(name)!)]))
    await new AdamW({ decays, weightDecay: 0.5 }).update(model, zeros, 0, 0.1)
    const result = names.filter((name) => {
      const [old, now] = [before.get(name)!, model.parameters.get(name)!.dataSync()]
      return now.some((value, i) => value !== old[i])
    })
    tf.dispose([...zeros.values()])
    model.dispose()
    return result
  }
  const [otter, openflamingo] = [await changed('otter'), await changed('openflamingo')]
  expect(otter.every(decayRules.otter)).toBe(true)
  expect(openflamingo.every(decayRules.openflamingo)).toBe(true)
  expect(otter.some((name) => name.endsWith('_gate'))).toBe(false)
  expect(openflamingo.filter((name) => name.endsWith('_gate')).length).toBeGreaterThan(0)
})

test('a rule that is not there is named', () => {
  expect(() => new AdamW({ decays: 'all' as never })).toThrow(expect.objectContaining({ code: 'MIMICIT_UNKNOWN_NAME' }))
})
