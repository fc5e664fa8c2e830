// How a picture of any size becomes size x size pixels: which part of it is scaled to what, and what of that is kept. Plans
// only, in pixels of the upright picture; both decoders do what a plan says. A new transform is one line in `transforms`.
import { pick } from '../base/options.js'
import type { PixelLayout } from './layout.js'

/** A rectangle in pixels. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** What is done to one upright picture, in this order. */
export interface TransformPlan {
  /** The part of the picture that is scaled. */
  readonly source: Box
  /** The size it is scaled to, in pixels, with an antialiased cubic kernel. */
  readonly scaled: { readonly width: number; readonly height: number }
  /** The part of the scaled picture that is kept. */
  readonly kept: Box
  /** Where the kept part lies in the result; what it does not cover has the colour `PADDING`. */
  readonly at: { readonly left: number; readonly top: number }
}

/** Plans a picture of `width` x `height` pixels, EXIF orientation applied, for a result of `size` x `size`. */
export type Transform = (width: number, height: number, size: number) => TransformPlan

/** The colour around a padded picture: CLIP's mean, which is about 0 once normalised (as LLaVA pads). */
export const PADDING = [122, 116, 104] as const

/** Gives every pixel the colour of padding. */
export function paint(pixels: Uint8Array, layout: PixelLayout): void {
  if (layout === 'NHWC') {
    for (let i = 0; i < pixels.length; i += 3) pixels.set(PADDING, i)
    return
  }
  const plane = pixels.length / 3
  for (const [channel, level] of PADDING.entries()) pixels.fill(level, channel * plane, (channel + 1) * plane)
}

/** Names of the transforms. */
export type TransformName = 'squash' | 'resize-shortest' | 'centre-crop' | 'pad'

/** Every transform by name. */
export const transforms: Readonly<Record<TransformName, Transform>> = {
  /** The whole picture, aspect ratio ignored: Otter's training. */
  squash(width, height, size) {
    return { source: whole(width, height), scaled: square(size), kept: whole(size, size), at: CORNER }
  },

  /** The shorter side to `size`, the other truncated to whole pixels, then the centre: CLIP's own and Otter's inference. */
  'resize-shortest'(width, height, size) {
    const scaled =
      width <= height
        ? { width: size, height: Math.max(size, Math.floor((size * height) / width)) }
        : { width: Math.max(size, Math.floor((size * width) / height)), height: size }
    return { source: whole(width, height), scaled, kept: centred(scaled.width, scaled.height, size), at: CORNER }
  },

  /** The largest square at the centre, then scaled: nothing outside of it shows, not even in the pixels at its edge. */
  'centre-crop'(width, height, size) {
    return {
      source: centred(width, height, Math.min(width, height)),
      scaled: square(size),
      kept: whole(size, size),
      at: CORNER,
    }
  },

  /** The whole picture, aspect ratio kept, with an even border around the shorter side. */
  pad(width, height, size) {
    const longest = Math.max(width, height)
    const scaled = {
      width: Math.max(1, Math.round((size * width) / longest)),
      height: Math.max(1, Math.round((size * height) / longest)),
    }
    const at = { left: (size - scaled.width) >> 1, top: (size - scaled.height) >> 1 }
    return { source: whole(width, height), scaled, kept: whole(scaled.width, scaled.height), at }
  },
}

/**
 * Looks a transform up.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME
 */
export function transformNamed(name: string): Transform {
  return pick('the transform of pictures', transforms, name)
}

const CORNER = { left: 0, top: 0 } as const
const whole = (width: number, height: number): Box => ({ left: 0, top: 0, width, height })
const square = (size: number) => ({ width: size, height: size })

function centred(width: number, height: number, size: number): Box {
  return { left: halfOf(width - size), top: halfOf(height - size), width: size, height: size }
}

/** Half of a whole number; of two that are as near, the even one (torchvision's rule for a centre crop). */
function halfOf(n: number): number {
  const below = Math.floor(n / 2)
  return n % 2 === 0 || below % 2 === 0 ? below : below + 1
}
