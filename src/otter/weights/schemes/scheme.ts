// What a key scheme is. Our own names are those of an OpenFlamingo model whose tower is Hugging Face's CLIP; a scheme says
// which of them a key of a file means.

/** One of our parameters, or a part of one key that is one. */
export interface KeyTarget {
  /** Our name. */
  readonly name: string
  /** Which third of the key's rows it is: queries, keys and values may lie fused. @default all of them */
  readonly third?: 0 | 1 | 2
}

/** A way of naming the tensors of a model or of a part of one. */
export interface KeyScheme {
  readonly name: string
  /** Whether a file with these keys is named so. */
  readonly matches: (keys: readonly string[]) => boolean
  /** What a key means: parameters of ours, nothing that is needed here (an empty list), or unknown. */
  readonly targets: (key: string) => readonly KeyTarget[] | undefined
}

/** Frequencies, masks and indexes that are computed, not learned. */
const BUFFER =
  /(^|\.)(position_ids|inv_freq|rotary_emb\.(cos|sin)_cached|attention\.(bias|masked_bias)|attn_mask|attn_bias)$/

/** Whether a key is a buffer, which every scheme leaves aside. */
export const isBuffer = (key: string): boolean => BUFFER.test(key)

/** A key without what wrappers put around a model: data parallelism, compilation, checkpointing of activations. */
export const unwrapped = (key: string): string =>
  key
    .replace(/^((module|_orig_mod|_fsdp_wrapped_module)\.)+/, '')
    .replace(/(_checkpoint_wrapped_module|_fsdp_wrapped_module|_orig_mod)\./g, '')

/** The whole of a key is one parameter. */
export const whole = (name: string): readonly KeyTarget[] => [{ name }]

/** A key that is understood and not needed. */
export const aside: readonly KeyTarget[] = []
