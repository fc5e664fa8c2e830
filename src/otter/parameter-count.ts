// How large a model is, by arithmetic on shapes: nothing is allocated.
import { decoderOf, type OtterConfig } from './config.js'
import { parameterSpecs } from './parameter-specs.js'
import { type Trainable, trainableNames } from './trainable.js'

/** Values by part of the model. */
export interface ParameterCount {
  readonly total: number
  readonly trainable: number
  readonly visionTower: number
  readonly perceiver: number
  /** All gated cross-attention blocks together. */
  readonly crossAttention: number
  /** Input embedding, and the head where it is not the same. */
  readonly embeddings: number
  /** The language model without its embeddings. */
  readonly decoder: number
}

/**
 * Counts the parameters of a model.
 * @throws MIMICIT_UNKNOWN_NAME for a language model family that is not built in.
 */
export function countParameters(config: OtterConfig, trainable: Trainable = 'published'): ParameterCount {
  const decoder = decoderOf(config)
  const specs = parameterSpecs(config, decoder)
  const names = trainableNames(
    specs.map(({ name }) => name),
    trainable,
    decoder,
  )
  const sum = (matches: (name: string) => boolean) =>
    specs
      .filter(({ name }) => matches(name))
      .reduce((total, { shape }) => total + shape.reduce((product, n) => product * n, 1), 0)
  const isBlock = (name: string) => name.includes('.gated_cross_attn_layer.')
  const isEmbedding = (name: string) => name === decoder.embeddingKey || name === decoder.headKey
  return {
    total: sum(() => true),
    trainable: sum((name) => names.has(name)),
    visionTower: sum((name) => name.startsWith('vision_encoder.')),
    perceiver: sum((name) => name.startsWith('perceiver.')),
    crossAttention: sum(isBlock),
    embeddings: sum(isEmbedding),
    decoder: sum((name) => name.startsWith('lang_encoder.') && !isBlock(name) && !isEmbedding(name)),
  }
}
