// CLIP's vision tower: patches, pre-norm transformer with quick-GELU, and of its last layer the patch tokens as they are,
// without the class token and without the final norm, which is what OpenFlamingo and Otter feed on. Names as Hugging
// Face's CLIPVisionModel.
import { quickGelu } from '../tensors/activations.js'
import { attention, joinHeads, splitHeads } from '../tensors/attention.js'
import { linear } from '../tensors/linear.js'
import { layerNorm } from '../tensors/norm.js'
import type { Tensor, Tf } from '../tensors/tf.js'
import type { OtterConfig } from './config.js'
import { linearSpecs, normSpecs, type ParameterSpec, type Parameters, parameter } from './parameters.js'

/** The sizes of a tower. */
export type VisionConfig = OtterConfig['vision_config']

const root = 'vision_encoder.vision_model'

/** Patches of one picture. */
export function patchCount(config: VisionConfig): number {
  return (config.image_size / config.patch_size) ** 2
}

/** The tower's parameters; the final norm is among them although its output is never used, as in every checkpoint. */
export function visionSpecs(config: VisionConfig): ParameterSpec[] {
  const { hidden_size: d, intermediate_size: inner, patch_size: patch } = config
  // Twice what CLIP starts with at this width: a small tower that is trained from nothing on a few thousand pictures has
  // not the time to let positions grow.
  const start = { kind: 'normal', std: 0.3 } as const
  const layer = (i: number) => {
    const at = `${root}.encoder.layers.${i}`
    return [
      ...normSpecs(`${at}.layer_norm1`, d),
      ...['q_proj', 'k_proj', 'v_proj', 'out_proj'].flatMap((name) => linearSpecs(`${at}.self_attn.${name}`, d, d)),
      ...normSpecs(`${at}.layer_norm2`, d),
      ...linearSpecs(`${at}.mlp.fc1`, inner, d),
      ...linearSpecs(`${at}.mlp.fc2`, d, inner),
    ]
  }
  return [
    { name: `${root}.embeddings.class_embedding`, shape: [d], init: start },
    { name: `${root}.embeddings.patch_embedding.weight`, shape: [d, 3, patch, patch], init: { kind: 'fan-in' } },
    { name: `${root}.embeddings.position_embedding.weight`, shape: [patchCount(config) + 1, d], init: start },
    ...normSpecs(`${root}.pre_layrnorm`, d),
    ...Array.from({ length: config.num_hidden_layers }, (_, i) => layer(i)).flat(),
    ...normSpecs(`${root}.post_layernorm`, d),
  ]
}

/**
 * Runs the tower.
 *
 * @param patches [n * patches, 3 * patch * patch]: pixels of each patch, channel-major, CLIP-normalised.
 * @returns [n, patches, width]
 */
export function encodePictures(tf: Tf, parameters: Parameters, config: VisionConfig, patches: Tensor): Tensor {
  const { hidden_size: d, num_attention_heads: heads, layer_norm_eps: eps } = config
  const count = patchCount(config)
  const n = (patches.shape[0] ?? 0) / count
  const p = (name: string) => parameter(parameters, `${root}.${name}`)
  const norm = (x: Tensor, name: string) => layerNorm(tf, x, p(`${name}.weight`), p(`${name}.bias`), eps)
  const project = (x: Tensor, name: string) => linear(tf, x, p(`${name}.weight`), p(`${name}.bias`))
  // The patch convolution is a product, as its stride is its size; its own gradient kernel is missing on wasm.
  const filter = tf.reshape(p('embeddings.patch_embedding.weight'), [d, patches.shape[1] ?? 0])
  const tokens = tf.reshape(linear(tf, patches, filter), [n, count, d])
  const cls = tf.add(tf.zeros([n, 1, d]), tf.reshape(p('embeddings.class_embedding'), [1, 1, d]))
  const positions = tf.expandDims(p('embeddings.position_embedding.weight'), 0)
  let x = norm(tf.add(tf.concat([cls, tokens], 1), positions), 'pre_layrnorm')
  for (let i = 0; i < config.num_hidden_layers; i++) {
    const at = `encoder.layers.${i}`
    const h = norm(x, `${at}.layer_norm1`)
    const [q, k, v] = (['q_proj', 'k_proj', 'v_proj'] as const).map((name) =>
      splitHeads(tf, project(h, `${at}.self_attn.${name}`), heads),
    ) as [Tensor, Tensor, Tensor]
    const mixed = joinHeads(tf, attention(tf, q, k, v, (d / heads) ** -0.5))
    x = tf.add(x, project(mixed, `${at}.self_attn.out_proj`))
    const inner = quickGelu(tf, project(norm(x, `${at}.layer_norm2`), `${at}.mlp.fc1`))
    x = tf.add(x, project(inner, `${at}.mlp.fc2`))
  }
  return tf.slice(x, [0, 1, 0], [n, count, d])
}
