// Mirroring as an augmentation: one decision for all pictures of a sample, so that pairs and frames stay comparable, and
// never where a text tells left from right.
import { randomStream } from '../base/random.js'
import type { PixelLayout } from '../vision/layout.js'

/**
 * Words for left and right, in the languages of the paper, in any case and grammatical form. Where a word has other meanings
 * too ("right" is also "correct", "droit" also "law"), a sample less is mirrored, which costs nothing.
 */
const SIDES: readonly RegExp[] = [
  // English, and clock faces, which are mirrored as well.
  /\b(?:left|right|lefts|rights|left\w+|right\w+|lefthand|righthand|(?:counter|anti)?-?clockwise)\b/iu,
  // Chinese (simplified and traditional) and Japanese share the signs.
  /[左右]/u,
  // Spanish.
  /(?<!\p{L})(?:izquierd|derech|diestr|zurd)\p{L}*/iu,
  // French.
  /(?<!\p{L})(?:gauch|droit)\p{L}*/iu,
  // German, compounds included.
  /(?:links|rechts|(?<!\p{L})(?:link|recht)(?:e|er|es|en|em|s)?(?!\p{L}))/iu,
  // Korean.
  /왼|오른|좌측|우측|좌우/u,
  // Arabic: left and right, with article, prefixes and endings.
  /يسار|يسرى|يمين|يمنى|أيسر|أيمن|الأيسر|الأيمن|شمال|ايمن|ايسر/u,
  // Japanese in syllables.
  /ひだり|みぎ|ヒダリ|ミギ/u,
]

/** Whether a text tells left from right, in whichever language. */
export function tellsSides(text: string): boolean {
  const normal = text.normalize('NFC')
  return SIDES.some((words) => words.test(normal))
}

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
