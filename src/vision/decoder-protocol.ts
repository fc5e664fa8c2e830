// What the threads that decode and the thread that wants pixels say to each other.
import type { PlainError } from '../base/plain-error.js'
import type { PictureDecoderOptions } from './decoder.js'

/** A picture to be decoded. */
export interface DecodeRequest {
  readonly options: PictureDecoderOptions
  readonly bytes: Uint8Array
  readonly where: string
  /** Where the pixels are to lie: shared memory. */
  readonly into: Uint8Array
}

/** To a thread: pictures, answered in order, or the end. */
export type ToDecoder =
  | { readonly kind: 'decode'; readonly pictures: readonly DecodeRequest[] }
  | { readonly kind: 'close' }

/** What became of a picture: its pixels lie where they were to lie, unless there was an error. */
export interface DecodeAnswer {
  /** How long it took there. */
  readonly ms: number
  readonly error?: PlainError
}

/** From a thread: answers to some pictures, in the order in which they were asked for. */
export type FromDecoder =
  | { readonly kind: 'ready' }
  | { readonly kind: 'decoded'; readonly answers: readonly DecodeAnswer[] }
