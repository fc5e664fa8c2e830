import { describe, expect, test } from 'vitest'
import { isMimicitError, MimicitError, show } from '../../src/base/errors.js'

const cause = new Error('underneath')
const error = new MimicitError('MIMICIT_BAD_VALUE', {
  expected: 'a positive integer',
  where: 'option shots',
  received: '-1',
  hint: 'Give 0 for none.',
  cause,
})

describe('MimicitError', () => {
  test('says what was expected, where, what was received and what to do', () => {
    expect(error.message).toBe('Expected a positive integer for option shots but received -1. Give 0 for none.')
    expect(error.name).toBe('MimicitError')
    expect(error.cause).toBe(cause)
    expect(new MimicitError('MIMICIT_IO', { expected: 'a', where: 'b', received: 'c' }).message).toBe(
      'Expected a for b but received c.',
    )
  })

  test('is known of another copy of the library, as a module of somebody else brings one', () => {
    class MimicitErrorToo extends Error {
      override readonly name = 'MimicitError'
      readonly code = 'MIMICIT_IO'
    }
    expect(isMimicitError(new MimicitErrorToo())).toBe(true)
    expect(isMimicitError(new MimicitErrorToo(), 'MIMICIT_IO')).toBe(true)
    expect(isMimicitError(new MimicitErrorToo(), 'MIMICIT_ABORTED')).toBe(false)
    expect(isMimicitError(cause)).toBe(false)
    expect(isMimicitError({ ...error, name: 'MimicitError' })).toBe(false)
  })

  test('keeps code, parts and message as JSON, without the cause', () => {
    const { expected, where, received, hint } = error.parts
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'MIMICIT_BAD_VALUE',
      parts: { expected, where, received, hint },
      message: error.message,
    })
  })

  test('is told apart by code', () => {
    expect(isMimicitError(error)).toBe(true)
    expect(isMimicitError(error, 'MIMICIT_BAD_VALUE')).toBe(true)
    expect(isMimicitError(error, 'MIMICIT_IO')).toBe(false)
    expect(isMimicitError(cause)).toBe(false)
  })
})

describe('show', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  test.each([
    ['a\n"b"', '"a\\n\\"b\\""'],
    [12n, '12n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [() => 1, 'a function'],
    [new Uint8Array(3), '3 bytes'],
    [{ a: [1] }, '{"a":[1]}'],
    [loop, '[object Object]'],
  ])('%o is %s', (value, text) => {
    expect(show(value)).toBe(text)
  })

  test('is cut to the limit', () => {
    expect(show('x'.repeat(100), 10)).toBe('"xxxxxxxx…')
    expect(show('x'.repeat(1000))).toHaveLength(80)
  })
})
