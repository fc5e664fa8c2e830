// Byte tokenizer, templates and label policies.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { IGNORED, labelPolicies } from '../../src/text/labels.js'
import { templates } from '../../src/text/template.js'

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
    }
    expect(Object.values(special).sort()).toEqual([256, 257, 258, 259, 260, 261])
    expect(vocabSize).toBe(262)
  })
})

describe('templates', () => {
  const rendered = (name: string) =>
    templates[name]!({ instruction: 'q <image>', response: 'a' }).map((part) =>
      'text' in part ? part.text : part.kind,
    )

  test('golden vectors: simple has no blanks, simple-blanks has them', () => {
    expect(rendered('simple')).toEqual(['images', 'User:q <image> GPT:', 'answer', 'a', 'endOfChunk'])
    expect(rendered('simple-blanks')).toEqual(['images', 'User: q <image> GPT:', 'answer', ' a', 'endOfChunk'])
  })
})

describe('label policies', () => {
  // The sequence of the golden label vectors: <s> <image> U q1 G <answer> a1 a2 eoc <image> U q2 G <answer> b1 eoc </s> <pad>
  const special = { bos: 1, eos: 2, pad: 3, endOfChunk: 4, image: 5, answer: 6 }
  const [s, e, pad, eoc, image, answer, _] = [1, 2, 3, 4, 5, 6, IGNORED]
  const whole = [s, image, 10, 11, 12, answer, 21, 22, eoc, image, 10, 13, 12, answer, 31, eoc, e, pad]
  const cut = [s, image, 10, 11, 12, answer, 21, 22, eoc, image, 10, 13, 12, answer, 31, 32, e, pad]
  const label = (policy: string, ids: number[], length = ids.lastIndexOf(e) + 1) => {
    const labels = new Int32Array(ids.length).fill(IGNORED)
    labelPolicies[policy]!(Int32Array.from(ids), length, special, labels)
    return [...labels]
  }

  test('head: every answer with its end, and the final eos', () => {
    expect(label('head', whole)).toEqual([_, _, _, _, _, _, 21, 22, eoc, _, _, _, _, _, 31, eoc, e, _])
  })

  test('head: a cut answer gets no loss, the eos does', () => {
    expect(label('head', cut)).toEqual([_, _, _, _, _, _, 21, 22, eoc, _, _, _, _, _, _, _, e, _])
  })

  test('query: the last answer only', () => {
    expect(label('query', whole)).toEqual([_, _, _, _, _, _, _, _, _, _, _, _, _, _, 31, eoc, e, _])
    expect(label('query', cut)).toEqual([_, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, e, _])
  })

  test('a row without an answer has no answer to train on', () => {
    for (const policy of ['head', 'query']) expect(label(policy, [s, 10, eoc, e, pad])).toEqual([_, _, _, e, _])
  })

  test('padding that equals eos or answer gets no loss', () => {
    expect(label('head', [s, answer, 21, eoc, e, e, e], 5)).toEqual([_, _, 21, eoc, e, _, _])
    expect(label('query', [s, answer, 21, eoc, e, answer, eoc], 5)).toEqual([_, _, 21, eoc, e, _, _])
  })
})
