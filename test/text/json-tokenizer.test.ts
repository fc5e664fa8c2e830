import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonTokenizer } from '../../src/text/json-tokenizer.js'
import { loadTokenizer } from '../../src/text/load-tokenizer.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { byteLevelFile, specialToken, vocab } from './tokenizer-file.js'

const file = byteLevelFile
const added = specialToken
const plain = file([added(265, '<|endoftext|>')])

describe('a tokenizer.json', () => {
  const tokenizer = jsonTokenizer(plain, 'tiny', 'tiny/tokenizer.json')

  test('merges as it says', () => {
    expect(tokenizer.encode('hello w')).toEqual([vocab.hello, vocab.Ġw])
    expect(tokenizer.encode('')).toEqual([])
  })

  test('missing special tokens get the next free ids in the order in which Otter adds them', () => {
    expect(tokenizer.special).toEqual({ bos: 265, eos: 265, endOfChunk: 266, image: 267, answer: 268, pad: 269 })
    expect(tokenizer.vocabSize).toBe(270)
  })

  test('special tokens of the file keep their ids', () => {
    const tokens = ['<s>', '</s>', '<PAD>', '<answer>', '<image>', '<|endofchunk|>']
    const own = jsonTokenizer(file(tokens.map((content, i) => added(300 + i, content))), 'tiny', 'x')
    expect(own.special).toEqual({ bos: 300, eos: 301, pad: 302, answer: 303, image: 304, endOfChunk: 305 })
    expect(own.vocabSize).toBe(306)
    expect(own.fingerprint).not.toBe(tokenizer.fingerprint)
  })

  test('text of a user never becomes a special id, and comes back as it was', () => {
    const tokens = ['<s>', '</s>', '<PAD>', '<answer>', '<image>', '<|endofchunk|>']
    const own = jsonTokenizer(file(tokens.map((content, i) => added(300 + i, content))), 'tiny', 'x')
    const text = fc.array(fc.oneof(fc.constantFrom(...tokens), fc.string({ unit: 'binary', maxLength: 8 })))
    fc.assert(
      fc.property(text, (parts) => {
        const ids = own.encode(parts.join(''))
        expect(ids.every((id) => id < 300)).toBe(true)
        expect(own.decode([300, ...ids, 304, 301])).toBe(parts.join(''))
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['as it is', {}, []],
    ['composed first', { normalizer: { type: 'NFC' } }, []],
    ['with runs of blanks as pieces', {}, [2, 3, 4].map((n) => ({ ...added(264 + n, ' '.repeat(n)), special: false }))],
  ])('words that were tokenised before make no difference: %s', (_, change, pieces) => {
    const text = file([added(265, '<|endoftext|>'), ...pieces], change)
    const cached = jsonTokenizer(text, 'tiny', 'x')
    const words = fc.constantFrom(
      'hello',
      'image',
      'imag',
      'we',
      'Zé',
      'e\u0301',
      '猫',
      '\u0301',
      '2',
      '.',
      "'s",
      '<image>',
    )
    const gaps = fc.constantFrom('', ' ', '  ', '    ', '\n', ' \n ', '\u00a0')
    fc.assert(
      fc.property(fc.array(fc.tuple(words, gaps), { maxLength: 12 }), (parts) => {
        const plain = parts.flat().join('')
        // One that has seen nothing, and cannot cut.
        const whole = new HuggingFaceTokenizer({ ...JSON.parse(text), added_tokens: pieces }, {})
        expect(cached.encode(plain)).toEqual([...whole.encode(plain, { add_special_tokens: false }).ids])
      }),
      { numRuns: 200 },
    )
  })

  test('added tokens that are not special are text: runs of blanks, as in GPT-NeoX', () => {
    const blanks = { ...added(266, '    '), special: false }
    const mark = { ...added(267, '<image>'), special: false }
    const own = jsonTokenizer(file([added(265, '<|endoftext|>'), blanks, mark]), 'tiny', 'x')
    expect(own.encode('a    hello')).toEqual([vocab.a, 266, vocab.hello])
    expect(own.decode(own.encode('a    hello'))).toBe('a    hello')
    expect([own.special.image, own.encode('<image>').includes(267)]).toEqual([267, false])
  })

  test('a vocabulary that holds the special tokens does not make them out of text', () => {
    const model = {
      type: 'WordLevel',
      unk_token: '<unk>',
      vocab: { '<unk>': 0, '<s>': 1, '</s>': 2, '<image>': 3, hello: 4 },
    }
    const tokens = [added(0, '<unk>'), added(1, '<s>'), added(2, '</s>')]
    const own = jsonTokenizer(
      file(tokens, { model, pre_tokenizer: { type: 'WhitespaceSplit' }, decoder: null }),
      'w',
      'x',
    )
    const ids = own.encode('hello <image> </s>')
    expect(ids[0]).toBe(4)
    for (const id of [own.special.image, own.special.eos, own.special.bos]) expect(ids).not.toContain(id)
  })
})

describe('a file that is none', () => {
  test.each([
    ['no JSON', '{"model":', 'JSON'],
    ['null', 'null', 'top level'],
    ['another file', '{"a":1}', 'a wrong model'],
    ['no bos', file([]), '"<s>"'],
    ['null among the added tokens', file([null]), ''],
    ['ids that are no numbers', file([{ id: 'x', content: '<s>' }]), ''],
    ['a vocabulary of numbers', file([], { model: { type: 'Unigram', vocab: [1, 2] } }), 'model.vocab'],
    ['a token with a negative id', file([], { model: { type: 'BPE', vocab: { a: -1 }, merges: [] } }), 'model.vocab'],
    [
      'a token with a text for an id',
      file([], { model: { type: 'BPE', vocab: { a: '1' }, merges: [] } }),
      'model.vocab',
    ],
    ['no vocabulary', file([], { model: { type: 'BPE', merges: [] } }), 'model.vocab'],
    ['a model of an unknown type', file([added(265, '<|endoftext|>')], { model: { type: 'Magic', vocab: {} } }), ''],
  ])('%s is MIMICIT_BAD_TOKENIZER', async (_, text, part) => {
    const fault = await faultOf(() => jsonTokenizer(text, 'x', 'dir/tokenizer.json'))
    expect(fault.code).toBe('MIMICIT_BAD_TOKENIZER')
    expect(fault.message).toContain('dir/tokenizer.json')
    expect(fault.message).toContain(part)
  })
})

describe('loadTokenizer', () => {
  const root = tempDir()

  test('knows bytes by name and files by path, named after their directory', async () => {
    mkdirSync(join(root, 'tiny'))
    writeFileSync(join(root, 'tiny', 'tokenizer.json'), plain)
    expect((await loadTokenizer('bytes')).vocabSize).toBe(262)
    expect((await loadTokenizer(join(root, 'tiny', 'tokenizer.json'))).name).toBe('tiny')
  })

  test('says which file is not there', async () => {
    const fault = await faultOf(loadTokenizer(join(root, 'none.json')))
    expect(fault.code).toBe('MIMICIT_NOT_FOUND')
    expect(fault.message).toContain('none.json')
  })
})
