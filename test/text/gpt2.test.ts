// A real tokenizer: GPT-2's, with the tokens that Otter adds, against ids that the reference implementation gave.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanings } from '../../src/text/cleaning.js'
import { jsonTokenizer } from '../../src/text/json-tokenizer.js'
import { templates } from '../../src/text/templates.js'
import { ALL_TOKENS, tokeniseTurn } from '../../src/text/tokenise.js'
import { byWords } from '../../src/text/word-cache.js'

const golden = (name: string) => readFileSync(new URL(`../goldens/gpt2/${name}`, import.meta.url))
const { special, cases } = JSON.parse(golden('golden-ids.json').toString('utf8')) as {
  readonly special: Readonly<Record<string, number>>
  readonly cases: readonly { readonly text: string; readonly ids: readonly number[] }[]
}
const tokenizer = jsonTokenizer(gunzipSync(golden('tokenizer.json.gz')).toString('utf8'), 'gpt2', 'tokenizer.json')
const marks = Object.keys(special)
/** Pieces of text and marks in turn. */
const cut = (text: string) =>
  text.split(/(<image>|<answer>|<\|endofchunk\|>|<\|endoftext\|>)/).filter((part) => part !== '')

describe('GPT-2', () => {
  test('has the special tokens at their ids', () => {
    expect(tokenizer.special).toEqual({
      bos: special['<|endoftext|>'],
      eos: special['<|endoftext|>'],
      endOfChunk: special['<|endofchunk|>'],
      image: special['<image>'],
      answer: special['<answer>'],
      pad: special['<PAD>'],
    })
    expect(tokenizer.vocabSize).toBe(50261)
  })

  test.each(cases)('golden ids: $text', ({ text, ids }) => {
    const made = cut(text).flatMap((part) => special[part] ?? tokenizer.encode(part))
    expect(made).toEqual(ids)
    // Text comes back as it was, in every language.
    expect(tokenizer.decode(ids)).toBe(marks.reduce((rest, mark) => rest.replaceAll(mark, ''), text))
  })

  test('a turn is what the whole text gives', () => {
    const rules = { tokenizer, cleaning: cleanings.none!, tokens: ALL_TOKENS }
    const turn = (instruction: string, response: string) => ({
      instruction,
      response,
      marks: { kind: 'front', count: 1 } as const,
    })
    const simple = tokeniseTurn(turn('What is in the picture?', 'Two dogs.'), { ...rules, template: templates.simple! })
    expect([...simple.ids]).toEqual(cases[0]!.ids)
    const question = "What's the time - 10:30 or 11/12?\nOptions: (A) yes; (B) no"
    const blanks = tokeniseTurn(turn(question, '(A)'), { ...rules, template: templates['simple-blanks']! })
    expect([...blanks.ids]).toEqual(cases[1]!.ids)
  })

  test('text of a user is never a mark, and comes back as it was', () => {
    const text = fc.array(
      fc.oneof(fc.constantFrom(...marks, '</s>', ' ', '\n'), fc.string({ unit: 'grapheme', maxLength: 9 })),
    )
    fc.assert(
      fc.property(text, (parts) => {
        const ids = tokenizer.encode(parts.join(''))
        expect(ids.every((id) => id < 50256)).toBe(true)
        expect(tokenizer.decode(ids)).toBe(parts.join(''))
      }),
    )
  })
})

test('a word that was seen is not encoded again', () => {
  const encoded: string[] = []
  const encode = byWords((text) => {
    encoded.push(text)
    return Array.from(text, (one) => one.codePointAt(0)!)
  })
  for (const one of ['the cat and the cat', "a cat's  hat and", '', '猫 ist and']) {
    expect(String.fromCodePoint(...encode(one))).toBe(one)
  }
  expect(encoded).toEqual(['the', ' cat', ' and', ' the', 'a', " cat's  hat", '', '猫', ' ist'])
})
