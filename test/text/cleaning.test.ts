// Text cleaning of Otter's training code, against what the original rules gave.
import { describe, expect, test } from 'vitest'
import { cleanings, v02Response } from '../../src/text/cleaning.js'

const times = "What's the time - 10:30 or 11/12?\nOptions: (A) yes; (B) no"
const note = '¿Qué hay?  *Note* <b>x</b>'
const chinese = '图中有什么？它在哪里。'
const blanks = '  Hello   world\n\nSecond line '

describe('golden vectors', () => {
  test.each([
    [times, "what's the time 10:30 or 11 12?\noptions: (a) yes; (b) no"],
    [note, '¿qué hay? *note* <b>x< b>'],
    [chinese, chinese],
    [blanks, 'hello world second line'],
  ])('a question of v0.2: %j', (text, cleaned) => {
    expect(cleanings['v0.2']!.instruction(text)).toBe(cleaned)
  })

  test.each([
    [times, "What's the time - 10:30 or 11/12?\nOptions: (A) yes; (B) no."],
    [note, '¿Qué hay? *Note* <b>x</b>.'],
    [chinese, '图中有什么？它在哪里。.'],
    [blanks, 'Hello world Second line.'],
    ['Version 2.5 is out. See e.g. page 3', 'Version 2.5 is out. See e.g. page 3.'],
  ])('an answer of v0.2: %j', (text, cleaned) => {
    expect(cleanings['v0.2']!.response(text)).toBe(cleaned)
  })

  test('an answer of v0.2 is cut between sentences, or where the first is too long inside it', () => {
    expect(v02Response('Version 2.5 is out. See e.g. page 3', 2)).toBe('Version 2.')
    expect(v02Response('one two three four. Five', 2)).toBe('one two')
  })

  test('a question of v0.2 has 256 words at most', () => {
    const words = Array.from({ length: 300 }, (_, i) => `w${i}`)
    expect(cleanings['v0.2']!.instruction(words.join(' '))).toBe(words.slice(0, 256).join(' '))
    expect(cleanings['v0.2']!.instruction('?!* What')).toBe('what')
  })

  test.each([
    [times, "What's the time 1030 or 1112?\nOptions (A) yes (B) no"],
    [note, 'Qué hay? Note bxb'],
    [chinese, '图中有什么它在哪里'],
    [blanks, 'Hello world Second line'],
  ])('HEAD: %j', (text, cleaned) => {
    expect(cleanings.head!.instruction(text)).toBe(cleaned)
    expect(cleanings.head!.response(text)).toBe(cleaned)
  })

  test.each([
    [times, times],
    [note, note],
    [chinese, chinese],
    [blanks, 'Hello   world\n\nSecond line'],
  ])('HEAD that keeps symbols: %j', (text, cleaned) => {
    expect(cleanings['head-keep-symbols']!.instruction(text)).toBe(cleaned)
  })

  test('line ends of answers, and nothing by default', () => {
    expect(cleanings['head-keep-symbols']!.response(' a\r\nb ')).toBe('a\nb')
    expect(cleanings.none!.response(blanks)).toBe(blanks)
    expect(cleanings.none!.instruction(chinese)).toBe(chinese)
  })
})
