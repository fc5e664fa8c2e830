import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseOptions, pick } from '../../src/base/options.js'
import { faultOf } from '../support/fault.js'

const schema = z.strictObject({
  shots: z.int().min(0).max(64).default(0),
  mode: z.enum(['fast', 'slow']).default('fast'),
  name: z.string().regex(/^a/).optional(),
  often: z.union([z.int().min(1), z.literal(Number.POSITIVE_INFINITY)]).default(1),
})
const parse = (value: unknown) => parseOptions('load', schema, value)

test('gives defaults', () => {
  expect(parse({})).toEqual({ shots: 0, mode: 'fast', often: 1 })
})

test('an unknown option lists the names that exist', async () => {
  const fault = await faultOf(() => parse({ shot: 1 }))
  expect(fault.code).toBe('MIMICIT_UNKNOWN_OPTION')
  expect(fault.message).toBe(
    'Expected only known options (shots, mode, name, often) for load but received "shot". Check the spelling.',
  )
})

test.each([
  [{ shots: 'two' }, 'Expected number for option shots of load but received "two".'],
  [{ shots: -1 }, 'Expected a value'],
  [{ shots: 65 }, 'Expected a value'],
  [{ mode: 'x' }, 'Expected one of "fast"|"slow" for option mode of load but received "x".'],
  [{ name: 'b' }, 'for option name of load but received "b".'],
  [{ often: 'x' }, 'for option often of load but received "x".'],
  [null, 'Expected object for load but received null.'],
])('%j is refused in words', async (value, text) => {
  const fault = await faultOf(() => parse(value))
  expect(fault.code).toBe('MIMICIT_BAD_VALUE')
  expect(fault.message).toContain(text)
  expect(fault.message).not.toMatch(/Invalid|Too (small|big)|Expected {2}/)
})

test('pick lists the names of a registry and takes own names only', async () => {
  const registry = { one: 1, two: 2 }
  expect(pick('the thing', registry, 'two')).toBe(2)
  for (const name of ['three', 'toString', '__proto__', '']) {
    const fault = await faultOf(() => pick('the thing', registry, name))
    expect(fault.code).toBe('MIMICIT_UNKNOWN_NAME')
    expect(fault.message).toBe(
      `Expected one of one, two for the thing but received ${JSON.stringify(name)}. Check the spelling.`,
    )
  }
})

test('pick tells the name that was probably meant', async () => {
  const registry = { 'near-duplicates': 1, language: 2, length: 3 }
  for (const [name, meant] of [
    ['near-duplicate', 'near-duplicates'],
    ['lenght', 'length'],
    ['Langauge', 'language'],
  ] as const) {
    expect((await faultOf(() => pick('the filter', registry, name))).parts.hint).toBe(`Did you mean ${meant}?`)
  }
  for (const name of ['something-else', 'x'.repeat(100_000)]) {
    expect((await faultOf(() => pick('the filter', registry, name))).parts.hint).toBe('Check the spelling.')
  }
})
