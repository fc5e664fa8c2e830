// Rows of ids as text: nothing is lost, nothing is told twice.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { tokenPieces } from '../../src/serve/view/token-pieces.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'

const { special } = byteTokenizer

it('puts characters of several tokens where they begin', () => {
  const ids = Int32Array.from([special.bos, ...byteTokenizer.encode('a é 猫'), special.eos])
  const { pieces } = tokenPieces(ids, byteTokenizer)
  expect(pieces).toEqual(['<s>', 'a', ' ', 'é', '', ' ', '猫', '', '', '</s>'])
})

it('gives back every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      // The character that stands for broken ones looks like one.
      fc.pre(!text.includes('\ufffd'))
      const ids = Int32Array.from(byteTokenizer.encode(text))
      const { pieces, special: marks } = tokenPieces(ids, byteTokenizer)
      expect(pieces).toHaveLength(ids.length)
      expect(pieces.join('')).toBe(text)
      expect(marks.every((mark) => mark === 0)).toBe(true)
    }),
  )
})

it('takes a broken character for what it is', () => {
  const ids = Int32Array.from([...byteTokenizer.encode('猫').slice(0, 2), special.endOfChunk])
  expect(tokenPieces(ids, byteTokenizer).pieces).toEqual(['\ufffd', '\ufffd', '<|endofchunk|>'])
})
