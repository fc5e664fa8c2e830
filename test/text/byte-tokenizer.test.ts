// The built-in tokenizer: bytes.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'

/** Any text without halves of surrogate pairs, which UTF-8 cannot hold. */
const unicode = fc.string({ unit: 'binary', maxLength: 60 })
const marks = ['<image>', '<answer>', '<|endofchunk|>', '<s>', '</s>', '<PAD>']

describe('the byte tokenizer', () => {
  test('gives back any text', () => {
    fc.assert(
      fc.property(unicode, (text) => {
        expect(byteTokenizer.decode(byteTokenizer.encode(text))).toBe(text)
      }),
    )
    expect(byteTokenizer.decode(byteTokenizer.encode('\ufefffirst'))).toBe('\ufefffirst')
  })

  test('makes no special id of what a user writes, and leaves special ids out of text', () => {
    const { special, vocabSize } = byteTokenizer
    for (const mark of marks) {
      const ids = byteTokenizer.encode(`a${mark}b`)
      expect(ids.every((id) => id < 256)).toBe(true)
      expect(byteTokenizer.decode([special.bos, ...ids, special.image, special.eos, special.pad])).toBe(`a${mark}b`)
      expect(byteTokenizer.tokenId(mark)).toBe(undefined)
    }
    expect(Object.values(special).sort()).toEqual([256, 257, 258, 259, 260, 261])
    expect(vocabSize).toBe(262)
  })
})
