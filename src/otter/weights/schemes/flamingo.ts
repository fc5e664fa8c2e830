// A whole model or its trained part, as OpenFlamingo names it and as Otter does. They differ in the perceiver
// (`layers.i.0.norm_media` and `layers.i.norm_media`, `layers.i.1.n` and `layers.i.feed_forward.n`) and in the feed-forward of
// the cross-attention blocks (`ff.n` and `feed_forward.n`).
import { wrappedLayer } from './language-model.js'
import { aside, type KeyScheme, type KeyTarget, whole } from './scheme.js'
import { huggingFaceTower, openClipTower } from './tower.js'

const PARTS = /^(perceiver|lang_encoder|vision_encoder)\./
/** Second copies of tensors that OpenFlamingo's module tree lists twice. */
const COPY = /^lang_encoder\.(gated_cross_attn_layers|old_decoder_blocks)\./
const OTTER =
  /^perceiver\.layers\.\d+\.(feed_forward|norm_media|norm_latents|to_q|to_kv|to_out)\.|\.gated_cross_attn_layer\.feed_forward\./

/** A name of ours in Otter's scheme. */
export const otterName = (name: string): string =>
  name
    .replace(/^perceiver\.layers\.(\d+)\.0\./, 'perceiver.layers.$1.')
    .replace(/^perceiver\.layers\.(\d+)\.1\./, 'perceiver.layers.$1.feed_forward.')
    .replace('.gated_cross_attn_layer.ff.', '.gated_cross_attn_layer.feed_forward.')

/** A name of Otter's scheme as ours; one that is ours stays as it is. */
const ourName = (name: string): string =>
  name
    .replace(/^perceiver\.layers\.(\d+)\.feed_forward\./, 'perceiver.layers.$1.1.')
    .replace(/^perceiver\.layers\.(\d+)\.(norm_media|norm_latents|to_q|to_kv|to_out)\./, 'perceiver.layers.$1.0.$2.')
    .replace('.gated_cross_attn_layer.feed_forward.', '.gated_cross_attn_layer.ff.')

function targets(key: string): readonly KeyTarget[] | undefined {
  if (COPY.test(key)) return aside
  const [, part = '', rest = ''] = /^(perceiver|lang_encoder|vision_encoder)\.(.+)$/.exec(key) ?? []
  if (part === 'vision_encoder') return huggingFaceTower(rest) ?? openClipTower(rest)
  if (part === 'lang_encoder') return whole(ourName(`lang_encoder.${wrappedLayer(rest)}`))
  return part === 'perceiver' ? whole(ourName(key)) : undefined
}

/** Otter's Hugging Face models and `final_weights.pt`. */
export const otter: KeyScheme = {
  name: 'otter',
  matches: (keys) => keys.some((key) => PARTS.test(key)) && keys.some((key) => OTTER.test(key)),
  targets,
}

/** OpenFlamingo as built and its published `checkpoint.pt`. */
export const openFlamingo: KeyScheme = {
  name: 'openflamingo',
  matches: (keys) => keys.some((key) => PARTS.test(key)),
  targets,
}
