// CLIP's vision tower, as Hugging Face names it and as open_clip (and OpenAI) does.
import { aside, type KeyTarget, whole } from './scheme.js'

const root = 'vision_encoder.vision_model'

/** A key of Hugging Face's tower, without the prefix that newer versions leave out. */
export function huggingFaceTower(key: string): readonly KeyTarget[] | undefined {
  const bare = key.replace(/^vision_model\./, '')
  if (/^(embeddings|encoder\.layers|pre_layrnorm|post_layernorm)\./.test(bare)) return whole(`${root}.${bare}`)
  return bare.startsWith('visual_projection.') ? aside : undefined
}

const layerNames: Readonly<Record<string, string>> = {
  ln_1: 'layer_norm1',
  ln_2: 'layer_norm2',
  'attn.out_proj': 'self_attn.out_proj',
  'mlp.c_fc': 'mlp.fc1',
  'mlp.c_proj': 'mlp.fc2',
}

const towerNames: Readonly<Record<string, string>> = {
  class_embedding: 'embeddings.class_embedding',
  positional_embedding: 'embeddings.position_embedding.weight',
  'conv1.weight': 'embeddings.patch_embedding.weight',
  'ln_pre.weight': 'pre_layrnorm.weight',
  'ln_pre.bias': 'pre_layrnorm.bias',
  'ln_post.weight': 'post_layernorm.weight',
  'ln_post.bias': 'post_layernorm.bias',
}

const projections = ['q_proj', 'k_proj', 'v_proj'] as const

/** A key of open_clip's tower: queries, keys and values are fused. */
export function openClipTower(key: string): readonly KeyTarget[] | undefined {
  if (Object.hasOwn(towerNames, key)) return whole(`${root}.${towerNames[key]}`)
  // The way from the class token to the space of texts.
  if (key === 'proj') return aside
  const [, layer, part = '', kind = ''] = /^transformer\.resblocks\.(\d+)\.(.+?)[._](weight|bias)$/.exec(key) ?? []
  if (layer === undefined) return undefined
  const at = `${root}.encoder.layers.${layer}`
  if (part === 'attn.in_proj')
    return projections.map((name, third) => ({
      name: `${at}.self_attn.${name}.${kind}`,
      third: third as 0 | 1 | 2,
    }))
  return Object.hasOwn(layerNames, part) ? whole(`${at}.${layerNames[part]}.${kind}`) : undefined
}
