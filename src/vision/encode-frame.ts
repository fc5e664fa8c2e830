// Frames of a video as JPEG.
import { sharp } from './sharp.js'

/** A decoded frame: RGB, row-major, a byte a channel. */
export interface RawFrame {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

/** Encodes a frame as JPEG (quality 90, 4:2:0), its longer side at most `maxSide` pixels. */
export function encodeFrame({ width, height, rgb }: RawFrame, maxSide: number): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(maxSide, maxSide, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 90, chromaSubsampling: '4:2:0' })
    .toBuffer()
}
