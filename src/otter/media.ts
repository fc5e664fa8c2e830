// From pixels to latents: the vision tower on every real frame, then the perceiver on every media slot.
import type { Tensor } from '../tensors/tf.js'
import type { ModelInput } from './check-batch.js'
import { encodePictures, patchCount } from './clip-vit.js'
import { frameScores, resample } from './perceiver.js'
import { cutPatches } from './pixels.js'
import type { ModelParts } from './run-text.js'
import { slotPlaces } from './slot-places.js'

/**
 * Tokens of all frames, [B * T, F, patches, width], zeros for padded ones; undefined when no row has a picture. Does not
 * depend on the perceiver, so with a frozen tower it is computed outside of the gradient, or comes with the input.
 */
export function visualTokens(parts: ModelParts, input: ModelInput): Tensor | undefined {
  const { tf, config } = parts
  const { B, T, F } = input.shape
  const { image_size, patch_size, hidden_size } = config.vision_config
  const shape = [B * T, F, patchCount(config.vision_config), hidden_size]
  if (input.visualTokens !== undefined) return tf.tensor(input.visualTokens, shape)
  const { values, frames } = cutPatches(input.pixelValues, input.mediaMask, image_size, patch_size)
  if (frames.length === 0) return undefined
  return tf.tidy(() => {
    const tokens = tokensOfPatches(parts, values)
    if (frames.length === B * T * F) return tf.reshape(tokens, shape)
    // A product with a 0/1 matrix puts every frame into its place: unlike a scatter it has a gradient everywhere.
    const places = new Float32Array(B * T * F * frames.length)
    frames.forEach((frame, i) => {
      places[frame * frames.length + i] = 1
    })
    const spread = tf.tensor2d(places, [B * T * F, frames.length])
    return tf.reshape(tf.matMul(spread, tf.reshape(tokens, [frames.length, tokens.size / frames.length])), shape)
  })
}

/**
 * The tower on frames that are cut already.
 * @param patches as `cutPatches` gives them
 * @returns [frames, patches, width]
 */
export function tokensOfPatches({ tf, config, parameters }: ModelParts, patches: Float32Array): Tensor {
  const width = 3 * config.vision_config.patch_size ** 2
  return tf.tidy(() =>
    encodePictures(tf, parameters, config.vision_config, tf.tensor2d(patches, [patches.length / width, width])),
  )
}

/** Latents of all media slots, [B, T * latents, width]. */
export function mediaLatents(parts: ModelParts, input: ModelInput, tokens: Tensor): Tensor {
  const { tf, config, parameters } = parts
  const { B, T } = input.shape
  const { num_latents } = config.perceiver
  const scores = frameScores(input.mediaMask, B * T, patchCount(config.vision_config), num_latents)
  const mask = scores === undefined ? undefined : tf.tensor4d(scores, [B * T, 1, 1, scores.length / (B * T)])
  const latents = resample(tf, parameters, config, tokens, slotPlaces(input), mask)
  return tf.reshape(latents, [B, T * num_latents, config.vision_config.hidden_size])
}
