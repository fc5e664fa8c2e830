// Language models as Hugging Face names them, each a part of its own: the keys of an OpenFlamingo model without its prefix and
// without the infix of wrapped layers.
import { type KeyScheme, whole } from './scheme.js'

/** Where the layers of a family are. */
const families = {
  llama: 'model.layers',
  mpt: 'transformer.blocks',
  gpt_neox: 'gpt_neox.layers',
} as const

/** Our names of input embeddings. */
export const EMBEDDING_KEYS: readonly string[] = [
  'lang_encoder.model.embed_tokens.weight',
  'lang_encoder.transformer.wte.weight',
  'lang_encoder.gpt_neox.embed_in.weight',
]

/** Input embeddings that are always the head, too. */
export const TIED_EMBEDDING_KEYS: readonly string[] = ['lang_encoder.transformer.wte.weight']

/** Our names of heads: newer versions of transformers call GPT-NeoX's another name. */
export const HEAD_KEYS: readonly string[] = ['lang_encoder.lm_head.weight', 'lang_encoder.embed_out.weight']

const LAYER = new RegExp(`^(${Object.values(families).join('|').replaceAll('.', '\\.')})\\.(\\d+)\\.`)
const OUTSIDE =
  /^(model\.(embed_tokens|norm)|transformer\.(wte|norm_f|ln_f)|gpt_neox\.(embed_in|final_layer_norm)|lm_head|embed_out)\./

/** The name inside a wrapped language model; a key that has the infix already stays as it is. */
export const wrappedLayer = (key: string): string =>
  key.replace(LAYER, (start: string, prefix: string, layer: string, offset: number) =>
    /^(decoder_layer|gated_cross_attn_layer)\./.test(key.slice(offset + start.length))
      ? start
      : `${prefix}.${layer}.decoder_layer.`,
  )

const isKey = (key: string) => LAYER.test(key) || OUTSIDE.test(key)

/** A new family is one line in `families`. */
export const languageModels: readonly KeyScheme[] = Object.entries(families).map(([name, layers]) => ({
  name,
  matches: (keys) => keys.some((key) => key.startsWith(`${layers}.`)),
  targets: (key) => (isKey(key) ? whole(`lang_encoder.${wrappedLayer(key)}`) : undefined),
}))
