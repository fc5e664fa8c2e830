// From pixels to what the vision tower's first product wants: normalised patches of the frames that are real. Padded
// frames are left out here, so whatever stands in their place costs nothing and influences nothing.
import { MimicitError, show } from '../base/errors.js'
import { CLIP_MEAN, CLIP_STD } from '../vision/normalise.js'

/** Patches of the real frames. */
export interface Patches {
  /** [n * patches, 3 * patch * patch], channel-major inside a patch. */
  readonly values: Float32Array
  /** Which of the frames they are, counted over [B,T,F]; ascending. */
  readonly frames: Int32Array
}

/**
 * Cuts real frames into patches.
 *
 * @param pixels [n,3,size,size]: uint8 0..255 is normalised with CLIP's mean and deviation, float32 is taken as
 * normalised already.
 * @param mask uint8 [n], 1 for a real frame.
 * @throws MIMICIT_BAD_VALUE when the number of pixels does not fit.
 */
export function cutPatches(pixels: Float32Array | Uint8Array, mask: Uint8Array, size: number, patch: number): Patches {
  const area = size * size
  if (pixels.length !== mask.length * 3 * area)
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `${mask.length} frames of 3 x ${size} x ${size}`,
      where: 'the pixels of a batch',
      received: `${show(pixels.length)} values`,
      hint: `This model looks at pictures of ${size} x ${size} pixels.`,
    })
  const frames = Int32Array.from([...mask.keys()].filter((i) => mask[i] === 1))
  const values = new Float32Array(frames.length * 3 * area)
  const raw = pixels instanceof Uint8Array
  const side = size / patch
  const patchArea = patch * patch
  const patchWidth = 3 * patchArea
  for (let n = 0; n < frames.length; n++) {
    const frame = (frames[n] ?? 0) * 3 * area
    for (let channel = 0; channel < 3; channel++) {
      const factor = raw ? 1 / (255 * (CLIP_STD[channel] ?? 1)) : 1
      const shift = raw ? -(CLIP_MEAN[channel] ?? 0) / (CLIP_STD[channel] ?? 1) : 0
      for (let y = 0; y < size; y++) {
        const from = frame + channel * area + y * size
        const line =
          n * 3 * area + Math.floor(y / patch) * side * patchWidth + channel * patchArea + (y % patch) * patch
        for (let column = 0; column < side; column++) {
          const to = line + column * patchWidth
          for (let x = 0; x < patch; x++) values[to + x] = (pixels[from + column * patch + x] ?? 0) * factor + shift
        }
      }
    }
  }
  return { values, frames }
}
