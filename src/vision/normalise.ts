// Pixels as the model wants them: the type, the layout and the mean and deviation it was trained with.
import { MimicitError } from '../base/errors.js'
import { pick } from '../base/options.js'
import { growTo } from '../base/wasm.js'
import type { PixelLayout } from './layout.js'
import { visionKernels } from './wasm.js'

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

/** What a batch's pixels are. */
export interface PixelFormat {
  /** float32 is normalised, uint8 is 0 to 255 as decoded. */
  readonly type: 'float32' | 'uint8'
  readonly layout: PixelLayout
  /** How decoded pixels lie: channels together, or already as `layout` has them, which is faster. @default 'NHWC' */
  readonly decoded?: PixelLayout
  /** Of float32. */
  readonly normalisation: NormalisationName
}

/** Pixels of a batch, all pictures one after another. */
export type PixelValues = Float32Array | Uint8Array

/**
 * Writes one decoded picture into a batch.
 * @param rgb uint8 [H,W,3], or [3,H,W] where planes are decoded
 * @param offset of the picture's first element in `target`
 */
export type PixelWriter = (rgb: Uint8Array, target: PixelValues, offset: number) => void

/**
 * The writer of a format. It writes into arrays of its type only.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE for planes that are to become NHWC
 */
export function pixelWriter({ type, layout, normalisation, decoded = 'NHWC' }: PixelFormat): PixelWriter {
  const { mean, std } = pick('the normalisation of pixels', normalisations, normalisation)
  if (decoded === 'NCHW' && layout === 'NHWC') {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'pixels decoded as NHWC, for a batch of NHWC',
      where: 'the writer of pixels',
      received: 'planes',
      hint: 'Give the decoder the layout of the batch.',
    })
  }
  if (type === 'uint8' && layout === decoded) return (rgb, target, offset) => target.set(rgb, offset)
  if (decoded === 'NCHW') return planeWriter(mean, std)
  const { kernels, factors, source, result } = strips()
  const memory = new Uint8Array(kernels.memory.buffer)
  const results = type === 'uint8' ? memory.subarray(result) : new Float32Array(memory.buffer, result, 3 * STRIP)
  const scales = Float32Array.from([...std.map((s) => 1 / (255 * s)), ...mean.map((m, i) => -m / std[i]!)])
  return (rgb, target, offset) => {
    const plane = rgb.length / 3
    // Writers of other numbers share the memory.
    new Float32Array(memory.buffer, factors, 6).set(scales)
    for (let from = 0; from < plane; from += STRIP) {
      const pixels = Math.min(STRIP, plane - from)
      memory.set(rgb.subarray(from * 3, (from + pixels) * 3), source)
      if (layout === 'NHWC') {
        kernels.floatPixels(source, pixels, factors, result)
        target.set(results.subarray(0, pixels * 3), offset + from * 3)
        continue
      }
      if (type === 'uint8') kernels.bytePlanes(source, pixels, result, STRIP)
      else kernels.floatPlanes(source, pixels, factors, result, STRIP)
      for (let channel = 0; channel < 3; channel++) {
        const at = channel * STRIP
        target.set(results.subarray(at, at + pixels), offset + channel * plane + from)
      }
    }
  }
}

/** Planes to planes of floats: every channel is pixels of one factor. */
function planeWriter(mean: Normalisation['mean'], std: Normalisation['std']): PixelWriter {
  const { kernels, factors, source, result } = strips()
  const memory = new Uint8Array(kernels.memory.buffer)
  const results = new Float32Array(memory.buffer, result, 3 * STRIP)
  const numbers = new Float32Array(memory.buffer, factors, 6)
  return (planes, target, offset) => {
    const plane = planes.length / 3
    for (let channel = 0; channel < 3; channel++) {
      numbers.fill(1 / (255 * std[channel]!), 0, 3)
      numbers.fill(-mean[channel]! / std[channel]!, 3, 6)
      const end = (channel + 1) * plane
      for (let from = channel * plane; from < end; from += 3 * STRIP) {
        const to = Math.min(from + 3 * STRIP, end)
        memory.set(planes.subarray(from, to), source)
        kernels.floatPixels(source, Math.ceil((to - from) / 3), factors, result)
        target.set(results.subarray(0, to - from), offset + from)
      }
    }
  }
}

/** Pixels at a time, a multiple of sixteen: they and what becomes of them stay in the nearest cache. */
const STRIP = 16384

let shared: ReturnType<typeof openStrips> | undefined

/** Where strips lie in the memory of this thread's kernels. */
function strips() {
  shared ??= openStrips()
  return shared
}

function openStrips() {
  const kernels = visionKernels()
  const factors = Math.ceil(kernels.heapBase() / 16) * 16
  const source = factors + 32
  const result = source + 3 * STRIP
  growTo(kernels.memory, result + 3 * 4 * STRIP)
  return { kernels, factors, source, result }
}
