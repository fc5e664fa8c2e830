// Decoding at a part of the size: blocks of 8 x 8 samples become 4 x 4, 2 x 2 or one. Only where the picture is to become much
// smaller still, so that what is left to the cubic kernel decides how it looks.
import type { TransformPlan } from '../transforms.js'
import type { PlainJpeg } from './header.js'

/** Samples a side that 8 x 8 stored ones become. */
export type BlockSide = 8 | 4 | 2 | 1

/** What is decoded has at least so many pixels for each of the result, in each direction: the mean difference to a picture
 * decoded whole is then half a level of 255 (at 1.4 it is one and a half). */
const LEAST = 2

/** Pictures whose decoded side would be smaller than this are decoded whole. */
const SMALLEST = 16

/** The smallest blocks that a plan allows. */
export function blockSide({ width, height }: PlainJpeg, { source, scaled }: TransformPlan): BlockSide {
  const ratio = Math.min(source.width / scaled.width, source.height / scaled.height)
  for (const side of [1, 2, 4] as const) {
    if ((ratio * side) / 8 >= LEAST && (Math.min(width, height) * side) / 8 >= SMALLEST) return side
  }
  return 8
}

/** How blocks of a JPEG are decoded. */
export interface DecodedSizes {
  /** Samples a side of a block of luma, and of chroma: halved chroma loses less. */
  readonly side: BlockSide
  readonly chromaSide: number
  /** Luma samples for each of chroma. */
  readonly upAcross: number
  readonly upDown: number
  /** Of the picture. */
  readonly width: number
  readonly height: number
}

/** Sizes of what is decoded of a JPEG. */
export function decodedSizes({ width, height, across, down }: PlainJpeg, side: BlockSide): DecodedSizes {
  const chromaSide = side < 8 && across === 2 && down === 2 ? side * 2 : side
  return {
    side,
    chromaSide,
    upAcross: (across * side) / chromaSide,
    upDown: (down * side) / chromaSide,
    width: Math.ceil((width * side) / 8),
    height: Math.ceil((height * side) / 8),
  }
}
