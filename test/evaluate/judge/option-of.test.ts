// Which option an answer means, in the ways in which models answer.
import { describe, expect, it } from 'vitest'
import { optionOf } from '../../../src/evaluate/judge/option-of.js'

describe('optionOf', () => {
  const options = { A: 'a dog', B: 'a cat', C: 'two cats' }
  it.each([
    ...['B', 'b', ' B\n', '(B)', '(b)', 'b.', '[B]', '{B}', 'B)', '**B**', '`B`', '"B"', 'B.', 'B:', 'B,'].map(
      (text) => [text, 'B'],
    ),
    ...[
      'B. a cat',
      'B.a cat',
      'b. a cat',
      'B) A cat',
      'B: A cat',
      '(B) a cat',
      'B a cat',
      'B - a cat',
      '**B.** A cat',
    ].map((text) => [text, 'B']),
    ...['a cat', 'A cat', 'a cat.', 'cat', 'The cat', 'A Cat!', 'It is a cat, I believe.', 'I see a cat.'].map(
      (text) => [text, 'B'],
    ),
    ...['The answer is B', 'The answer is B.', 'the correct answer is (B).', 'Answer: B', 'Answer: **B**'].map(
      (text) => [text, 'B'],
    ),
    ...[
      'Answer: b',
      'Option B',
      'option (b).',
      'B is correct',
      'I think B',
      'I would say (B) here',
      'The answer is a cat',
    ].map((text) => [text, 'B']),
    ['A', 'A'],
    ['a', 'A'],
    ['A is right', 'A'],
    ['A dog.', 'A'],
    ['I think it is A.', 'A'],
    ['(C) two cats', 'C'],
    ['The answer is C.', 'C'],
    ['I see two cats there', 'C'],
    ['2 cats', 'C'],
    ...[
      '',
      '  ',
      'A bird',
      'a dog and a cat',
      'Not a dog but a cat',
      'A or B',
      'A and B',
      '(A), (B)',
      'A, B',
      'D',
      'category',
      'E. none',
      'not B',
    ].map((text) => [text, undefined]),
  ])('%j means %j', (answer, expected) => {
    expect(optionOf(answer!, options)).toBe(expected)
  })

  it.each([
    ['There are 10 of them', { A: '1', B: '10', C: '100' }, 'B'],
    ['10', { A: '1', B: '10', C: '100' }, 'B'],
    ['1.5', { A: '1', B: '1.5' }, 'B'],
    ['It is about 1.5 metres', { A: '1', B: '1.5' }, 'B'],
    ['a black cat', { A: 'cat', B: 'black cat' }, 'B'],
    ['no', { A: 'Yes', B: 'No' }, 'B'],
    ['Yes, it is.', { A: 'Yes', B: 'No' }, 'A'],
    ['I see nothing', { A: 'x', I: 'y' }, undefined],
    ['the red one', { A: 'red', B: 'RED one' }, 'B'],
    ['2', { '1': 'x', '2': 'y' }, '2'],
    ['opt2', { opt1: 'x', opt2: 'y' }, 'opt2'],
    ['wrong', { A: 'a', B: 'b' }, undefined],
    ['画', { A: '画', B: '犬' }, 'A'],
    ['constructor', { A: 'x', B: 'y' }, undefined],
    ['x', { ']': 'x', '^': 'y' }, ']'],
  ] as const)('%j of %j means %j', (answer, of, expected) => {
    expect(optionOf(answer, of)).toBe(expected)
  })
})
