// Every task: what the model is shown, to the letter; and its own examples are what it asks for.
import { describe, expect, test } from 'vitest'
import { annotation } from '../../src/import/annotations/annotation.js'
import { annotationSets } from '../../src/import/annotations/index.js'
import { rulesResponder } from '../../src/syphus/by-rule/responder.js'
import { createJudge } from '../../src/syphus/filters/judge.js'
import { parseTask } from '../../src/syphus/own-task.js'
import { readReply } from '../../src/syphus/parse/read-reply.js'
import { askOf, PROMPT_SETTINGS } from '../../src/syphus/request.js'
import { tasks } from '../../src/syphus/tasks/index.js'
import { annotated } from './annotations.js'

const named = Object.entries(annotated)

test('every task has an annotation here', () => {
  expect(Object.keys(annotated).sort()).toEqual(Object.keys(tasks).sort())
})

describe.each(named)('%s', (name, given) => {
  const task = tasks[name]!

  // A change here is a change of what is asked: it goes with a higher version of the task.
  test('asks what it asked', async () => {
    expect(task.lacks(given)).toBeNull()
    const { id, request, subject } = askOf(task, given, PROMPT_SETTINGS)
    const turns = request.messages.map(({ role, content }) => `[${role}]\n${content as string}\n`)
    const schema = JSON.stringify(request.schema, null, 2)
    const text = `${name}, version ${task.version}\n\n${turns.join('\n')}\n[schema]\n${schema}\n`
    await expect(text).toMatchFileSnapshot(`golden/${name}.txt`)
    expect([id, subject.task.name]).toEqual([given.id, name])
  })

  test('has examples in its own form, by its own rules', () => {
    expect(task.examples.length).toBeGreaterThan(0)
    for (const { reply } of task.examples) {
      const read = task.output.read(JSON.parse(JSON.stringify(reply)))
      if (!('pairs' in read)) throw new Error(read.fault)
      expect(read.pairs.length).toBeGreaterThanOrEqual(task.rules.minPairs)
      expect(read.pairs.length).toBeLessThanOrEqual(task.rules.maxPairs)
      for (const { instruction, response } of read.pairs) {
        for (const { in: side, pattern, rule } of task.rules.forbidden) {
          if (side !== 'response') expect(instruction, rule).not.toMatch(pattern)
          if (side !== 'instruction') expect(response, rule).not.toMatch(pattern)
        }
      }
    }
  })

  test('is not asked about what says nothing', () => {
    expect(task.lacks(annotation({ id: 'x', mediaKind: 'images', mediaIds: ['x'] }))).toMatch(/^(an?|the) /)
  })

  test('reads annotations that there are, and keeps to what others read it by', () => {
    expect(Object.keys(annotationSets)).toContain(task.annotations)
    expect(task.output.schema.name).toMatch(/^[\w-]+$/)
    expect(task.rules.forbidden.every(({ pattern }) => !pattern.flags.includes('g'))).toBe(true)
  })

  test('is answered by rule in its own form, and what comes of it obeys its rules', async () => {
    const judge = await createJudge()
    for (let seed = 0; seed < 5; seed++) {
      const ask = askOf(task, given, PROMPT_SETTINGS)
      const reply = await rulesResponder(seed).respond(ask, new AbortController().signal)
      expect(await rulesResponder(seed).respond(ask, new AbortController().signal)).toEqual(reply)
      const rules = { ...task.rules, minPairs: 1 }
      const read = readReply({ ...task, rules }, reply)
      if (!('pairs' in read)) throw new Error(read.fault.reason)
      for (const pair of read.pairs) {
        // Every seed is about other visuals, else all would be asked twice.
        const about = { language: 'en', evidence: task.prompt(given), rules, media: `${name} ${seed}` }
        const { kept, verdicts } = await judge.judge(pair, about)
        if (!kept && verdicts.every(({ rule }) => rule !== 'copied'))
          throw new Error(JSON.stringify({ pair, verdicts }))
      }
    }
  })

  test('is a task by the measure for tasks from outside', () => {
    expect(parseTask(task, name)).toBe(task)
  })
})

describe('time stamps', () => {
  const found = async (response: string) => {
    const judge = await createJudge({ filters: ['task-rules'] })
    const about = { language: 'en', evidence: '', media: 'm', rules: tasks['dense-captions']!.rules }
    return (await judge.judge({ instruction: 'What does he do?', response }, about)).verdicts.map(({ rule }) => rule)
  }

  test.each([
    'At 12.5 seconds he jumps.',
    'He jumps in the clip [00:12-00:15].',
    'He jumps (0:12).',
    'He jumps 0:12\u20130:15.',
    'He jumps at the 0:12 mark.',
    'Between seconds 3 and 7, he jumps into the pool.',
    'He jumps after about twelve seconds.',
    'In the 15th second he jumps.',
  ])('%j has one', async (response) => expect(await found(response)).toEqual(['time-stamp']))

  test.each([
    'The clock on the wall shows 10:45.',
    'The shop is open from 9:00 am to 5:30 pm.',
    'He waits a few seconds, then jumps for the second time.',
    'Two men jump over 3 boxes; the score is 3:2.',
    'On the second 4-wheeler a man waves.',
  ])('%j has none', async (response) => expect(await found(response)).toEqual([]))
})
