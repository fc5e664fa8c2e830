// What a family of language models has to bring so that gated cross-attention can be put between its layers. A new family
// is one file that exports a `DecoderFamily` and one line in index.ts.
import type { KeyValueCache } from '../../tensors/key-value-cache.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import type { ParameterSpec, Parameters } from '../parameters.js'

/** What the rest of the model needs to know of a text configuration; the family knows more. */
export interface TextConfig {
  /** Hugging Face's name of the family: `llama`. */
  readonly model_type: string
  readonly vocab_size: number
  /** Width of the hidden states. */
  readonly hidden_size: number
  readonly num_hidden_layers: number
  /** Whether the head is the input embedding. */
  readonly tie_word_embeddings: boolean
}

/** What one run over some tokens looks like. */
export interface RunShape {
  /** Rows B. */
  readonly rows: number
  /** Tokens of this run a row, L. */
  readonly length: number
  /** Tokens already in the cache, P. */
  readonly past: number
  /** Places of keys, P + L or more: a cache keeps room for keys to come. */
  readonly places: number
  /** 0 where a token may see a key, a large negative number where not; [B, L, places]. */
  readonly scores: Float32Array
}

/** Tensors that all layers of one run share (masks, rotation tables); made by `prepare`, opaque to everybody else. */
export interface PreparedRun {
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** A language model of one family and size. */
export interface Decoder {
  readonly config: TextConfig
  /** Prefix of the layers: `lang_encoder.model.layers`; layer i's own keys are `{prefix}.{i}.decoder_layer.*`. */
  readonly layersPrefix: string
  /** Key of the input embedding, [vocab, width]. */
  readonly embeddingKey: string
  /** Key of the output head, [vocab, width]; that of the embedding when they are tied. */
  readonly headKey: string
  readonly specs: readonly ParameterSpec[]
  prepare(tf: Tf, run: RunShape): PreparedRun
  /** Layer `index` on x [B,L,d], after what its `cache` has seen; the keys and values of x are added to that. */
  layer(tf: Tf, parameters: Parameters, index: number, x: Tensor, run: PreparedRun, cache?: KeyValueCache): Tensor
  /** The final norm, [.., d]. */
  finish(tf: Tf, parameters: Parameters, x: Tensor): Tensor
}

/** A family of language models. */
export interface DecoderFamily {
  /** Reads a `text_config`; throws a zod error that names the field. */
  readonly build: (textConfig: unknown) => Decoder
}
