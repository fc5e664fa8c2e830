// A picture of a batch back from its tensor: the numbers that the model gets, as colours again.

import type { BatchShape } from '../../loader/batch.js'
import { encodePng } from '../../vision/encode-png.js'
import { type NormalisationName, normalisations } from '../../vision/normalise.js'

/** Where a picture stands in a row of a batch. */
export interface PicturePlace {
  readonly slot: number
  readonly frame: number
}

/** uint8 [H,W,3] of one picture of the first row of normalised float32 [B,T,F,3,H,W]; what lies outside 0 to 1 is cut. */
function denormalised(
  pixels: Float32Array,
  { F, H, W }: Pick<BatchShape, 'F' | 'H' | 'W'>,
  { slot, frame }: PicturePlace,
  normalisation: NormalisationName,
): Uint8Array {
  const { mean, std } = normalisations[normalisation]
  const plane = H * W
  const offset = (slot * F + frame) * 3 * plane
  const rgb = new Uint8Array(3 * plane)
  for (let channel = 0; channel < 3; channel++) {
    const from = offset + channel * plane
    for (let i = 0; i < plane; i++) {
      const value = pixels[from + i]! * std[channel]! + mean[channel]!
      rgb[i * 3 + channel] = Math.min(255, Math.max(0, Math.round(value * 255)))
    }
  }
  return rgb
}

/** The same as a PNG. */
export function pixelsAsPng(
  pixels: Float32Array,
  shape: Pick<BatchShape, 'F' | 'H' | 'W'>,
  place: PicturePlace,
  normalisation: NormalisationName,
): Promise<Uint8Array> {
  const rgb = denormalised(pixels, shape, place, normalisation)
  return encodePng({ width: shape.W, height: shape.H, rgb })
}
