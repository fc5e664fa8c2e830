// All parameters of a model, under OpenFlamingo's keys.
import { visionSpecs } from './clip-vit.js'
import type { OtterConfig } from './config.js'
import type { Decoder } from './decoders/decoder.js'
import { blockSpecs, hasBlock } from './gated-cross-attention.js'
import type { ParameterSpec } from './parameters.js'
import { perceiverSpecs } from './perceiver.js'
import { blockPrefix } from './run-text.js'

/** All parameters of a model of this configuration. */
export function parameterSpecs(config: OtterConfig, decoder: Decoder): ParameterSpec[] {
  const { num_hidden_layers, hidden_size } = decoder.config
  const blocks = Array.from({ length: num_hidden_layers }, (_, i) =>
    hasBlock(config, i) ? blockSpecs(config, blockPrefix(decoder, i), hidden_size) : [],
  )
  return [...visionSpecs(config.vision_config), ...perceiverSpecs(config), ...decoder.specs, ...blocks.flat()]
}
