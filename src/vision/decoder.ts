// The one way from the bytes of a picture to pixels of a model's size. Which decoder does it depends on the bytes alone, so
// that the same picture gives the same pixels in every thread and at every time; `fingerprint` names everything else that
// they depend on. Plain JPEGs, nearly every photograph, are decoded and scaled by a kernel of our own, in half the time that
// sharp takes; it gives up at the first thing that is out of the ordinary, and sharp decodes everything else.
import { setImmediate } from 'node:timers/promises'
import { decodeWithSharp } from './decode.js'
import { readPlainJpeg } from './jpeg/header.js'
import { createJpegKernel, JPEG_VERSION, type JpegKernel } from './jpeg/kernel.js'
import { blockSide } from './jpeg/scaling.js'
import type { PixelLayout } from './layout.js'
import { pixelWriter } from './normalise.js'
import { sharpVersion } from './sharp.js'
import { type TransformName, transformNamed } from './transforms.js'

/** What a decoder makes of pictures. */
export interface PictureDecoderOptions {
  /** Pixels a side. */
  readonly size: number
  readonly transform: TransformName
  /** How the pixels lie. It changes none of them. @default 'NHWC' */
  readonly layout?: PixelLayout
  /**
   * Whether plain JPEGs that become much smaller are decoded at a half, a quarter or an eighth of their size: faster, at most
   * one level of 255 away on average. @default false
   */
  readonly decoderScaling?: boolean
}

/** Decodes pictures to one size. */
export interface PictureDecoder {
  /**
   * Decodes a picture; several may be under way.
   * @param bytes JPEG, PNG, WebP, GIF, TIFF, HEIF
   * @param where id or file, for the message
   * @param into where the pixels are to lie, 3 size^2 bytes; memory of their own, which may be handed to another thread,
   * unless it says otherwise
   * @returns uint8 [size, size, 3], or [3, size, size] where the layout is NCHW, row-major
   * @throws MimicitError MIMICIT_BAD_PICTURE if it cannot be decoded as a whole
   */
  decode(bytes: Uint8Array, where: string, into?: Uint8Array): Promise<Uint8Array>
  /** Names everything that pixels depend on beside the bytes: two decoders of the same fingerprint give the same pixels. */
  readonly fingerprint: string
  /** Ends what the decoder holds, pictures under way included. */
  close(): Promise<void>
}

/**
 * Opens a decoder.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a transform that does not exist
 */
export function createPictureDecoder(options: PictureDecoderOptions): PictureDecoder {
  const { size, layout = 'NHWC', decoderScaling = false } = options
  const transform = transformNamed(options.transform)
  let kernel: JpegKernel | undefined
  return {
    async decode(bytes, where, into = new Uint8Array(3 * size * size)) {
      const header = readPlainJpeg(bytes)
      if (header !== undefined) {
        // The kernel keeps its thread busy: between two pictures everything else that waits has its turn.
        await setImmediate()
        kernel ??= createJpegKernel()
        const plan = transform(header.width, header.height, size)
        const side = decoderScaling ? blockSide(header, plan) : 8
        if (kernel.decode(bytes, header, plan, { into, size, layout, side })) return into
      }
      // Native code takes no shared memory.
      const own = bytes.buffer instanceof SharedArrayBuffer ? new Uint8Array(bytes) : bytes
      const rgb = await decodeWithSharp(own, size, transform, where)
      if (layout === 'NHWC') into.set(rgb)
      else inPlanes(rgb, into)
      return into
    },
    // Looks sharp up, which threads that decode need not.
    get fingerprint() {
      return decoderFingerprint(options)
    },
    close: async () => {
      kernel = undefined
    },
  }
}

/** uint8 [H,W,3] as [3,H,W]. */
function inPlanes(rgb: Uint8Array, planes: Uint8Array): void {
  pixelWriter({ type: 'uint8', layout: 'NCHW', normalisation: 'none' })(rgb, planes, 0)
}

/** The fingerprint of a decoder that is not open yet. */
export function decoderFingerprint({ size, transform, decoderScaling }: PictureDecoderOptions): string {
  const scaled = decoderScaling === true ? ', scaled 1' : ''
  return `${transform} ${size}, jpeg ${JPEG_VERSION}${scaled}, sharp ${sharpVersion()}`
}
