// Mirroring as an augmentation: one decision for all pictures of a sample, so that pairs and frames stay comparable, and
// never where a text tells left from right (side-words.ts).
import { randomStream } from '../base/random.js'
import type { PixelLayout } from '../vision/layout.js'

/** Whether the pictures of a sample are mirrored: half of all, by seed, epoch and sample alone. */
export function isMirrored(seed: number, epoch: number, sample: string): boolean {
  return (randomStream('mirror', seed, epoch, sample).bits() & 0x80000000) !== 0
}

/** A picture with left and right exchanged; uint8 [3,size,size] or [size,size,3], a copy. */
export function mirrored(pixels: Uint8Array, size: number, layout: PixelLayout): Uint8Array {
  const other = pixels.slice()
  if (layout === 'NCHW') {
    for (let start = 0; start < pixels.length; start += size) other.subarray(start, start + size).reverse()
    return other
  }
  const row = size * 3
  for (let start = 0; start < pixels.length; start += row) {
    for (let x = 0; x < row; x += 3) {
      const from = start + row - 3 - x
      other[start + x] = pixels[from]!
      other[start + x + 1] = pixels[from + 1]!
      other[start + x + 2] = pixels[from + 2]!
    }
  }
  return other
}
