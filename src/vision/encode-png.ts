// Pixels as a picture that loses none of them, for people to look at.
import type { RawFrame } from './encode-frame.js'
import { sharp } from './sharp.js'

/** Encodes pixels as PNG. */
export function encodePng({ width, height, rgb }: RawFrame): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 3 })
    .toBuffer()
}
