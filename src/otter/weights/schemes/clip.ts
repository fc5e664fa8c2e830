// CLIP models of their own: the tower alone, or with a text tower that is left aside.
import { aside, type KeyScheme } from './scheme.js'
import { huggingFaceTower, openClipTower } from './tower.js'

/** Hugging Face's CLIPModel and CLIPVisionModel. */
export const clip: KeyScheme = {
  name: 'clip',
  matches: (keys) => keys.some((key) => /^(vision_model\.)?embeddings\.patch_embedding\.weight$/.test(key)),
  targets: (key) => (/^(text_model|text_projection|logit_scale)(\.|$)/.test(key) ? aside : huggingFaceTower(key)),
}

const TEXT_SIDE =
  /^(transformer|token_embedding|ln_final|text)\.|^(positional_embedding|text_projection|logit_scale|logit_bias|input_resolution|context_length|vocab_size)$/

/** open_clip's and OpenAI's CLIP. */
export const openClip: KeyScheme = {
  name: 'open_clip',
  matches: (keys) => keys.includes('visual.conv1.weight'),
  // The names of the tower without its prefix belong to the text.
  targets: (key) => {
    if (key.startsWith('visual.')) return openClipTower(key.slice('visual.'.length))
    return TEXT_SIDE.test(key) ? aside : undefined
  },
}

/** open_clip's tower alone. */
export const openClipVisual: KeyScheme = {
  name: 'open_clip visual',
  matches: (keys) => keys.includes('conv1.weight') && keys.includes('class_embedding'),
  targets: openClipTower,
}
