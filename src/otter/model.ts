// The Otter model: a CLIP tower, a perceiver resampler and gated cross-attention before the layers of a causal language
// model, as published by OpenFlamingo and Otter. The model holds its parameters and nothing else: no media, no cache, no
// position stays on it between two calls.
import { crossEntropy } from '../tensors/cross-entropy.js'
import { linear } from '../tensors/linear.js'
import { gatherRows } from '../tensors/rows.js'
import type { Tensor, Tf, Variable } from '../tensors/tf.js'
import { checkBatch, type LabelledInput, type ModelInput } from './check-batch.js'
import { decoderOf, type OtterConfig } from './config.js'
import { initialValues } from './init.js'
import { mediaLatents, visualTokens } from './media.js'
import { parameterSpecs } from './parameter-specs.js'
import { type ParameterSpec, parameter } from './parameters.js'
import { checkRoom } from './room.js'
import { cacheMedia, type ModelParts, runText } from './run-text.js'
import { type LossPer, supervised } from './supervised.js'
import { textTime } from './text-time.js'
import { type Trainable, trainableNames } from './trainable.js'

/** How to build a model. */
export interface OtterOptions {
  readonly tf: Tf
  readonly config: OtterConfig
  /** Seed of the initial values. @default 0 */
  readonly seed?: number
  /** What training may change. @default 'published' */
  readonly trainable?: Trainable
}

/** All that a forward pass computes. The caller disposes of it, or calls inside `tf.tidy`. */
export interface OtterOutput {
  /** [B,L,V] */
  readonly logits: Tensor
  /** Embeddings, then the output of every decoder layer, [B,L,d] each. */
  readonly hidden: readonly Tensor[]
  /** [B*T,F,patches,width]; undefined when no row has a picture. */
  readonly visualTokens?: Tensor
  /** [B, T*latents, width]; undefined when no row has a picture. */
  readonly latents?: Tensor
}

/** What a training step starts from. */
export interface LossAndGradients {
  /** Scalar. */
  readonly loss: Tensor
  /** By parameter name; a trainable that this batch does not touch (the perceiver, without pictures) is absent. */
  readonly gradients: ReadonlyMap<string, Tensor>
  /** Labels that got loss. */
  readonly tokens: number
  /** Of how many the loss is the mean: labels, or samples. */
  readonly units: number
}

/** A model. */
export interface Otter extends ModelParts {
  readonly parameters: ReadonlyMap<string, Variable>
  readonly trainable: Trainable
  /** Names that training changes, sorted. */
  readonly trainableNames: readonly string[]
  /** @throws as `checkBatch`. */
  forward(input: ModelInput): OtterOutput
  /**
   * Mean cross-entropy over the labels that count, after the shift by one; a scalar.
   * @param per over what the mean is taken. @default 'token'
   * @throws as `checkBatch`.
   */
  loss(input: LabelledInput, per?: LossPer): Tensor
  /** The loss and its gradient for every trainable parameter. @throws as `checkBatch`. */
  lossAndGradients(input: LabelledInput, per?: LossPer): LossAndGradients
  /** Frees all parameters; the model is of no use afterwards. */
  dispose(): void
}

function run(parts: ModelParts, input: ModelInput, tokens: Tensor | undefined) {
  const { B, T } = input.shape
  const latents = tokens === undefined ? undefined : mediaLatents(parts, input, tokens)
  const { inputIds: ids, attentionMask, segmentIds: segments } = input
  const sight = textTime(ids, B, parts.config, segments)
  const text = { rows: B, ids, attentionMask, sight, slots: T, segments }
  return { latents, hidden: runText(parts, text, cacheMedia(parts, latents)).hidden }
}

/** Logits of hidden states [.., d] -> [.., V]. */
export function headLogits({ tf, decoder, parameters }: ModelParts, x: Tensor): Tensor {
  return linear(tf, decoder.finish(tf, parameters, x), parameter(parameters, decoder.headKey))
}

function lossOf(parts: ModelParts, input: LabelledInput, tokens: Tensor | undefined, per: LossPer): Tensor {
  const { tf } = parts
  const { positions, labels, weights } = supervised(input, per)
  if (labels.length === 0) return tf.scalar(0)
  const last = run(parts, input, tokens).hidden.at(-1) as Tensor
  // Only positions that get loss go through the head: with a large vocabulary it is the widest product of all.
  const flat = tf.reshape(last, [-1, parts.decoder.config.hidden_size])
  const chosen = gatherRows(tf, flat, tf.tensor1d(positions, 'int32'))
  return crossEntropy(tf, headLogits(parts, chosen), labels, weights)
}

/** 1 for the rows of the tokens that Otter adds to its language model, 0 for all others, [V,1]. */
function rowMask(tf: Tf, config: OtterConfig, vocabulary: number): Tensor {
  const rows = new Float32Array(vocabulary)
  for (const id of [config.media_token_id, config.eoc_token_id, config.answer_token_id]) if (id != null) rows[id] = 1
  return tf.tensor2d(rows, [vocabulary, 1])
}

/**
 * Builds a model with seeded initial values; `loadWeights` puts trained ones in their place. (`openOtter` builds one from
 * files and draws no value that a file gives.)
 *
 * @throws MIMICIT_UNKNOWN_NAME for a language model family that is not built in, MIMICIT_NO_MEMORY when the backend or the
 * machine cannot hold it.
 */
export function createOtter({ seed = 0, ...options }: OtterOptions): Otter {
  checkRoom(options.tf, options.config)
  return otterOf(options, (spec) => options.tf.tensor(initialValues(spec, seed), [...spec.shape]))
}

/**
 * A model around tensors.
 * @param tensorOf The values of a parameter; the tensor is taken over.
 */
export function otterOf(
  { tf, config, trainable = 'published' }: Omit<OtterOptions, 'seed'>,
  tensorOf: (spec: ParameterSpec) => Tensor,
): Otter {
  const decoder = decoderOf(config)
  const specs = parameterSpecs(config, decoder)
  const names = trainableNames(
    specs.map((spec) => spec.name),
    trainable,
    decoder,
  )
  const parameters = new Map<string, Variable>()
  for (const spec of specs) {
    const initial = tensorOf(spec)
    parameters.set(spec.name, tf.variable(initial, names.has(spec.name)))
    initial.dispose()
  }
  const parts: ModelParts = { tf, config, decoder, parameters }
  const sorted = [...names].sort()
  const variables = sorted.map((name) => parameter(parameters, name) as Variable)
  const nameOf = new Map(variables.map((variable, i) => [variable.name, sorted[i] ?? '']))
  const frozenTower = trainable !== 'all'
  const addedRows = trainable === 'added-rows' ? rowMask(tf, config, decoder.config.vocab_size) : undefined

  return {
    ...parts,
    parameters,
    trainable,
    trainableNames: sorted,
    forward(input) {
      checkBatch(input, config)
      const tokens = visualTokens(parts, input)
      const { hidden, latents } = run(parts, input, tokens)
      const logits = headLogits(parts, hidden.at(-1) as Tensor)
      return {
        logits,
        hidden,
        ...(tokens === undefined ? {} : { visualTokens: tokens }),
        ...(latents === undefined ? {} : { latents }),
      }
    },
    loss(input, per = 'token') {
      checkBatch(input, config)
      return tf.tidy(() => lossOf(parts, input, visualTokens(parts, input), per))
    },
    lossAndGradients(input, per = 'token') {
      checkBatch(input, config)
      const { units, labels } = supervised(input, per)
      const tokens = labels.length
      if (tokens === 0) return { loss: tf.scalar(0), gradients: new Map(), tokens, units }
      // A frozen tower runs before the tape starts, so nothing of it is remembered.
      const early = frozenTower ? visualTokens(parts, input) : undefined
      const scalar = () => lossOf(parts, input, frozenTower ? early : visualTokens(parts, input), per)
      const { value, grads } = tf.variableGrads(scalar as Parameters<Tf['variableGrads']>[0], variables)
      early?.dispose()
      const gradients = new Map<string, Tensor>()
      for (const [key, gradient] of Object.entries(grads)) {
        const name = nameOf.get(key)
        if (name === undefined || gradient == null) continue
        const masked = name === decoder.embeddingKey && addedRows !== undefined
        gradients.set(name, masked ? tf.mul(gradient, addedRows) : gradient)
        if (masked) gradient.dispose()
      }
      return { loss: value, gradients, tokens, units }
    },
    dispose() {
      for (const variable of parameters.values()) variable.dispose()
      addedRows?.dispose()
      parameters.clear()
    },
  }
}
