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
 * depend on the perceiver, so with a frozen tower it is computed outside of the gradient.
 */
export function visualTokens(parts: ModelParts, input: ModelInput): Tensor | undefined {
  const { tf, config, parameters } = parts
  const { B, T, F } = input.shape
  const { image_size, patch_size, hidden_size } = config.vision_config
  const { values, frames } = cutPatches(input.pixelValues, input.mediaMask, image_size, patch_size)
  if (frames.length === 0) return undefined
  const count = patchCount(config.vision_config)
  return tf.tidy(() => {
    const patches = tf.tensor2d(values, [frames.length * count, 3 * patch_size * patch_size])
    const tokens = encodePictures(tf, parameters, config.vision_config, patches)
    const shape = [B * T, F, count, hidden_size]
    if (frames.length === B * T * F) return tf.reshape(tokens, shape)
    // A product with a 0/1 matrix puts every frame into its place: unlike a scatter it has a gradient everywhere.
    const places = new Float32Array(B * T * F * frames.length)
    frames.forEach((frame, i) => {
      places[frame * frames.length + i] = 1
    })
    const spread = tf.tensor2d(places, [B * T * F, frames.length])
    return tf.reshape(tf.matMul(spread, tf.reshape(tokens, [frames.length, count * hidden_size])), shape)
  })
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
