// Pixels as the model wants them: the type, the layout and the mean and deviation it was trained with.
import { pick } from '../base/options.js'

/** CLIP's own numbers (OpenAI, as in Hugging Face CLIPImageProcessor and OpenFlamingo), per channel R, G, B, on [0, 1]. */
export const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073] as const
export const CLIP_STD = [0.26862954, 0.26130258, 0.27577711] as const

/** Mean and standard deviation of the channels R, G, B, on [0, 1]. */
export interface Normalisation {
  readonly mean: readonly [number, number, number]
  readonly std: readonly [number, number, number]
}

/** Names of the normalisations. */
export type NormalisationName = 'clip' | 'otter' | 'none'

/** Every normalisation by name. */
export const normalisations: Readonly<Record<NormalisationName, Normalisation>> = {
  /** CLIP's own numbers. */
  clip: { mean: CLIP_MEAN, std: CLIP_STD },
  /** The same rounded to three digits, as Otter's training code has them. */
  otter: { mean: [0.481, 0.458, 0.408], std: [0.269, 0.261, 0.276] },
  /** [0, 1], nothing else. */
  none: { mean: [0, 0, 0], std: [1, 1, 1] },
}

/** How pixels lie in memory: channel planes [3,H,W], or channels together [H,W,3]. */
export type PixelLayout = 'NCHW' | 'NHWC'

/** What a batch's pixels are. */
export interface PixelFormat {
  /** float32 is normalised, uint8 is 0 to 255 as decoded. */
  readonly type: 'float32' | 'uint8'
  readonly layout: PixelLayout
  /** Of float32. */
  readonly normalisation: NormalisationName
}

/** Pixels of a batch, all pictures one after another. */
export type PixelValues = Float32Array | Uint8Array

/**
 * Writes one decoded picture into a batch.
 * @param rgb uint8 [H,W,3]
 * @param offset of the picture's first element in `target`
 */
export type PixelWriter = (rgb: Uint8Array, target: PixelValues, offset: number) => void

/**
 * The writer of a format. It writes into arrays of its type only.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME
 */
export function pixelWriter({ type, layout, normalisation }: PixelFormat): PixelWriter {
  if (type === 'uint8') return layout === 'NCHW' ? writePlanes : (rgb, target, offset) => target.set(rgb, offset)
  const bits = levelBits(pick('the normalisation of pixels', normalisations, normalisation))
  return layout === 'NCHW'
    ? (rgb, target, offset) => writeFloatPlanes(rgb, bits, bitsOf(target), offset)
    : (rgb, target, offset) => writeFloatPixels(rgb, bits, bitsOf(target), offset)
}

/** The 256 levels of each channel after normalisation, as the bits of a float32: [3,256]. */
function levelBits({ mean, std }: Normalisation): Int32Array {
  const levels = Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!
  })
  return new Int32Array(levels.buffer)
}

// Bits are moved as integers: a float that passes through a JavaScript number is widened and narrowed again on its way,
// which takes longer than everything else that is done to a pixel.
const bitsOf = ({ buffer, byteOffset, length }: PixelValues) => new Int32Array(buffer, byteOffset, length)

function writeFloatPlanes(rgb: Uint8Array, bits: Int32Array, target: Int32Array, offset: number): void {
  const plane = rgb.length / 3
  const green = offset + plane
  const blue = green + plane
  for (let pixel = 0, i = 0; pixel < plane; pixel++, i += 3) {
    target[offset + pixel] = bits[rgb[i]!]!
    target[green + pixel] = bits[256 + rgb[i + 1]!]!
    target[blue + pixel] = bits[512 + rgb[i + 2]!]!
  }
}

function writeFloatPixels(rgb: Uint8Array, bits: Int32Array, target: Int32Array, offset: number): void {
  for (let i = 0; i < rgb.length; i += 3) {
    target[offset + i] = bits[rgb[i]!]!
    target[offset + i + 1] = bits[256 + rgb[i + 1]!]!
    target[offset + i + 2] = bits[512 + rgb[i + 2]!]!
  }
}

function writePlanes(rgb: Uint8Array, target: PixelValues, offset: number): void {
  const plane = rgb.length / 3
  const green = offset + plane
  const blue = green + plane
  for (let pixel = 0, i = 0; pixel < plane; pixel++, i += 3) {
    target[offset + pixel] = rgb[i]!
    target[green + pixel] = rgb[i + 1]!
    target[blue + pixel] = rgb[i + 2]!
  }
}
