// The one way from the bytes of a picture to pixels of a model's size. Which decoder does it depends on the bytes alone, so
// that the same picture gives the same pixels in every thread and at every time; `fingerprint` names everything else that
// they depend on.
import { decodeWithSharp } from './decode.js'
import { sharp } from './sharp.js'
import { type TransformName, transformNamed } from './transforms.js'

/** What a decoder makes of pictures. */
export interface PictureDecoderOptions {
  /** Pixels a side. */
  readonly size: number
  readonly transform: TransformName
}

/** Decodes pictures to one size. */
export interface PictureDecoder {
  /**
   * Decodes a picture; several may be under way.
   * @param bytes JPEG, PNG, WebP, GIF, TIFF, HEIF
   * @param where id or file, for the message
   * @returns uint8 [size, size, 3], row-major, the caller's own
   * @throws MimicitError MIMICIT_BAD_PICTURE if it cannot be decoded as a whole
   */
  decode(bytes: Uint8Array, where: string): Promise<Uint8Array>
  /** Names everything that pixels depend on beside the bytes: two decoders of the same fingerprint give the same pixels. */
  readonly fingerprint: string
  /** Ends what the decoder holds, pictures under way included. */
  close(): Promise<void>
}

/**
 * Opens a decoder.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME for a transform that does not exist
 */
export function createPictureDecoder({ size, transform: name }: PictureDecoderOptions): PictureDecoder {
  const transform = transformNamed(name)
  return {
    decode: (bytes, where) => decodeWithSharp(bytes, size, transform, where),
    fingerprint: `${name} ${size}, libvips ${sharp.versions.vips}`,
    close: async () => undefined,
  }
}
