// What the threads that decode and the thread that wants pixels say to each other.
import type { PlainError } from '../base/plain-error.js'
import type { PictureDecoderOptions } from './decoder.js'

/** A picture to be decoded. */
export interface DecodeRequest {
  readonly kind: 'decode'
  readonly bytes: Uint8Array
  readonly where: string
  readonly options: PictureDecoderOptions
}

/** To a thread: pictures, answered in order, or the end. */
export type ToDecoder = DecodeRequest | { readonly kind: 'close' }

/** From a thread. */
export type FromDecoder =
  | { readonly kind: 'ready' }
  /** `ms` is how long it took there. */
  | { readonly kind: 'pixels'; readonly pixels: Uint8Array; readonly ms: number }
  | { readonly kind: 'error'; readonly error: PlainError; readonly ms: number }
