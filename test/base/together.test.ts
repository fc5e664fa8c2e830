import { expect, test } from 'vitest'
import { together } from '../../src/base/together.js'

test('questions of one turn are one call, each with its answer; those of the next are another', async () => {
  const calls: (readonly number[])[] = []
  const double = together(async (questions: readonly number[]) => {
    calls.push(questions)
    return questions.map((one) => 2 * one)
  })
  expect(await Promise.all([double(1), double(5), double(1)])).toEqual([2, 10, 2])
  expect(await double(7)).toBe(14)
  expect(calls).toEqual([[1, 5, 1], [7]])
})

test('what fails fails for all that asked, and for nobody after them', async () => {
  let fails = true
  const ask = together(async (questions: readonly number[]) => {
    if (fails) throw new Error('no')
    return questions
  })
  const results = await Promise.allSettled([ask(1), ask(2)])
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await ask(3)).toBe(3)
})
