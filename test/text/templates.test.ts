// Templates as strings: golden texts of each, marks in front, inside and none, and what a user writes is never a mark.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanings } from '../../src/text/cleaning.js'
import { type Marks, renderTurn } from '../../src/text/render.js'
import { place, turn } from '../../src/text/template.js'
import { templates } from '../../src/text/templates.js'

const names = { image: '<image>', answer: '<answer>', endOfChunk: '<|endofchunk|>' }
const front = (count: number): Marks => ({ kind: 'front', count })

/** A rendered turn as one string, with a bar where the response begins. */
function shown(name: string, marks: Marks, instruction = 'q', response = 'a'): string {
  const pieces = renderTurn(templates[name]!, { instruction, response, marks }, cleanings.none!)
  return pieces
    .map((piece) => {
      if (piece.kind === 'token') return piece.name
      if (piece.kind !== 'text') return names[piece.kind]
      const { text, response: from } = piece
      return from === null ? text : `${text.slice(0, from)}|${text.slice(from)}`
    })
    .join('')
}
const FAKE = '<fake_token_around_image>'
const END = '<end_of_utterance>'

describe('templates', () => {
  // From the training code of Otter and the evaluation of OpenFlamingo.
  test.each([
    ['simple', '<image>User:q GPT:<answer>|a<|endofchunk|>', 'User:q GPT:<answer>|a<|endofchunk|>'],
    ['simple-blanks', '<image>User: q GPT:<answer>| a<|endofchunk|>', 'User: q GPT:<answer>| a<|endofchunk|>'],
    ['paper-v1', '<image>Human:q Assistant:<answer>|a<|endofchunk|>', 'Human:q Assistant:<answer>|a<|endofchunk|>'],
    ['llama2', '[INST]<image>\nq[/INST]<answer>|a<|endofchunk|>', '[INST]q[/INST]<answer>|a<|endofchunk|>'],
    [
      'idefics',
      `User:${FAKE}<image>${FAKE}q${END}\nAssistant:<answer>|a${END}\n`,
      `User:q${END}\nAssistant:<answer>|a${END}\n`,
    ],
    ['fuyu', '<image>User:q Assistant:\x04| a', 'User:q Assistant:\x04| a'],
    ['of-caption', '<image>Output:|a<|endofchunk|>', 'Output:|a<|endofchunk|>'],
    ['of-vqa', '<image>Question:q Short answer:|a<|endofchunk|>', 'Question:q Short answer:|a<|endofchunk|>'],
    ['of-pretraining', '<image>q|a<|endofchunk|>', 'q|a<|endofchunk|>'],
  ])('golden text of %s', (name, marked, unmarked) => {
    expect([shown(name, front(1)), shown(name, front(0))]).toEqual([marked, unmarked])
  })

  test('every template has a golden text', () => {
    expect(Object.keys(templates)).toEqual([
      ...['simple', 'simple-blanks', 'paper-v1', 'llama2', 'idefics', 'fuyu'],
      ...['of-caption', 'of-vqa', 'of-pretraining'],
    ])
  })

  test('several marks stand side by side, or where their pictures are', () => {
    expect(shown('llama2', front(2))).toBe('[INST]<image><image>\nq[/INST]<answer>|a<|endofchunk|>')
    const inside: Marks = { kind: 'inside', positions: [0, 2, 2, 4] }
    expect(shown('simple', inside, 'ab and')).toBe(
      'User:<image>ab<image><image> a<image>nd GPT:<answer>|a<|endofchunk|>',
    )
    expect(shown('llama2', { kind: 'inside', positions: [1] }, 'ab')).toBe(
      '[INST]a<image>b[/INST]<answer>|a<|endofchunk|>',
    )
    expect(shown('idefics', { kind: 'inside', positions: [1] }, 'ab')).toContain(`User:a${FAKE}<image>${FAKE}b${END}`)
    expect(shown('of-pretraining', { kind: 'inside', positions: [0, 1] }, 'b.')).toBe(
      '<image>b<image>.|a<|endofchunk|>',
    )
    // No instruction, so no place inside it.
    expect(shown('of-caption', inside)).toBe('<image><image><image><image>Output:|a<|endofchunk|>')
  })

  test('a mark never stands between the halves of a character', () => {
    expect(shown('of-pretraining', { kind: 'inside', positions: [2, 3] }, 'a🐕b')).toBe(
      'a<image>🐕<image>b|a<|endofchunk|>',
    )
  })

  test('marks are as many as asked for, and all text of a user is text', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<image>', '<answer>', '<|endofchunk|>', '</s>'),
    )
    const marks = fc.oneof(fc.nat(4).map(front), fc.array(fc.nat(3), { maxLength: 4 }))
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(templates)), text, text, marks, (template, q, a, some) => {
        const positions = Array.isArray(some) ? some.map((at) => Math.min(at, q.length)).sort((x, y) => x - y) : []
        const chosen: Marks = Array.isArray(some) ? { kind: 'inside', positions } : some
        const pieces = renderTurn(template, { instruction: q, response: a, marks: chosen }, cleanings.none!)
        const count = chosen.kind === 'front' ? chosen.count : positions.length
        expect(pieces.filter((piece) => piece.kind === 'image')).toHaveLength(count)
        const answers = pieces.flatMap((piece) => (piece.kind === 'text' && piece.response !== null ? [piece] : []))
        expect(answers.map(({ text: whole, response }) => whole.slice(response!).replace(/^ /, ''))).toEqual([
          a.replace(/^ /, ''),
        ])
      }),
    )
  })

  test('a template of one’s own is a literal', () => {
    const own = turn`Q: ${place.instruction}\n${place.images}A: ${place.response}${place.endOfChunk}`
    const pieces = renderTurn(own, { instruction: 'q', response: 'a', marks: front(1) }, cleanings.none!)
    expect(pieces).toEqual([
      { kind: 'text', text: 'Q: q\n', response: null },
      { kind: 'image' },
      { kind: 'text', text: 'A: a', response: 2 },
      { kind: 'endOfChunk' },
    ])
  })
})
