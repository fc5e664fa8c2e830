// Tasks of one's own: out of YAML and JavaScript files, and what is told of files that are none.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseExamples } from '../../src/syphus/examples.js'
import { taskOf } from '../../src/syphus/task-of.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { annotated } from './annotations.js'

const dir = tempDir()
let made = 0
const write = (ending: string, text: string) => {
  const path = join(dir, `task-${made++}.${ending}`)
  writeFileSync(path, text)
  return path
}

const yaml = `
name: rhymes
title: two rhymes about a picture
subset: RHY
annotations: coco
system: You write rhymes.
shows: [captions, objects]
rules:
  minPairs: 1
  maxPairs: 2
  notPersons: { response: [first] }
  forbidden:
    - { pattern: "\\\\bpoem\\\\b", rule: poem, reason: it speaks of poems }
examples:
  - user: a cat
    pairs: [{ question: Rhyme?, answer: The cat sat on the mat. }]
`

test('a task of words', async () => {
  const task = await taskOf(write('yaml', yaml))
  expect(task).toMatchObject({ name: 'rhymes', version: 1, subset: 'RHY', relation: 'siblings' })
  expect(task.rules.forbidden[0]).toMatchObject({ in: 'both', rule: 'poem' })
  expect(task.rules.forbidden[0]!.pattern.test('A Poem.')).toBe(true)
  expect(task.prompt(annotated['visual-qa'])).toBe(
    'Captions:\n- A brown dog sleeps on a blue couch.\n- A dog lies next to two books on a couch.\n\nObjects (left, top, right, bottom as shares of width and height):\n- dog: 0.25, 0.50, 0.60, 0.80\n- book (a group of them): 0.70, 0.60, 0.90, 0.75',
  )
  expect(task.lacks(annotated['dense-captions'])).toBe('any of captions, objects')
  expect(task.output.read(task.examples[0]!.reply)).toEqual({
    pairs: [{ instruction: 'Rhyme?', response: 'The cat sat on the mat.' }],
  })
})

test('a task of functions', async () => {
  const path = write(
    'mjs',
    `export default {
      name: 'own', version: 2, title: 'own', subset: 'OWN', annotations: 'coco', system: 'You.',
      output: { schema: { name: 'o', schema: {} }, says: 'Say.', asText: false, read: () => ({ pairs: [] }), fromText: (p) => p },
      rules: { minPairs: 1, maxPairs: 2, forbidden: [] }, examples: [], relation: 'none',
      lacks: () => null, prompt: ({ id }) => id,
    }`,
  )
  const task = await taskOf(path)
  expect(task.prompt(annotated.egocentric)).toBe('vid_00016')
})

describe('what is no task is told', () => {
  test.each([
    ['yaml', 'name: [', 'a task'],
    ['yaml', yaml.replace('minPairs: 1', 'minPairs: 0'), 'minPairs'],
    ['yaml', yaml.replace('minPairs: 1', 'minPairs: 5'), 'at most maxPairs'],
    ['yaml', yaml.replace('shows: [captions, objects]', 'shows: [smells]'), 'shows'],
    ['yaml', yaml.replace('bpoem', 'b(poem'), 'a task'],
    ['yaml', yaml.replace('subset: RHY', 'subset: 1st one'), 'task code'],
    ['mjs', 'export default 3', 'a task'],
    ['mjs', 'export default {', 'a module'],
    ['mjs', 'export const task = 1', 'a task'],
  ])('%s %#', async (ending, text, part) => {
    const path = write(ending, text)
    const fault = await faultOf(taskOf(path))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_CONFIG', expect.stringContaining(part)])
    expect(fault.message).toContain(path)
  })
})

test('examples from outside, in either form', async () => {
  const pairs = [{ question: 'a?', answer: 'b' }]
  const read = [{ user: 'x', reply: { pairs } }]
  expect(parseExamples([{ user: 'x', pairs }], 'f')).toEqual(read)
  expect(parseExamples({ examples: read, history: [] }, 'f')).toEqual(read)
  for (const wrong of [3, [{ user: 'x' }], [{ user: 'x', pairs: [] }], { examples: 1 }]) {
    expect((await faultOf(() => parseExamples(wrong, 'f'))).code).toBe('MIMICIT_BAD_CONFIG')
  }
})
