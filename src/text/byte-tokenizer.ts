// The tokenizer that is built in: one id a UTF-8 byte, then six special tokens. Needs no file and loses nothing.
import { fingerprint } from '../base/hash.js'
import type { Tokenizer } from './tokenizer.js'

const encoder = new TextEncoder()
// Nothing is lost, not even a byte order mark in front, which a decoder would leave out.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Byte b is id b; bos 256, eos 257, pad 258, `<|endofchunk|>` 259, `<image>` 260, `<answer>` 261. */
export const byteTokenizer: Tokenizer = {
  name: 'bytes',
  fingerprint: fingerprint('bytes 1'),
  vocabSize: 262,
  special: { bos: 256, eos: 257, pad: 258, endOfChunk: 259, image: 260, answer: 261 },
  tokenId: () => undefined,
  encode: (text) => Array.from(encoder.encode(text)),
  decode: (ids) => decoder.decode(Uint8Array.from(Array.from(ids).filter((id) => id < 256))),
}
