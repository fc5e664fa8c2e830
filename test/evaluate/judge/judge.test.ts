// Judges: rules, and a model behind an end point on loopback that fails in every way, in processes that are killed.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readBattles } from '../../../src/evaluate/elo/battles.js'
import { type JudgeItem, readAnswers, readItems } from '../../../src/evaluate/judge/items.js'
import { judgeModes } from '../../../src/evaluate/judge/modes.js'
import { judgeAnswers } from '../../../src/evaluate/judge/run-judge.js'
import { judgePairs } from '../../../src/evaluate/judge/run-pairwise.js'
import type { Spent } from '../../../src/llm/budget.js'
import { httpResponder } from '../../../src/llm/http-responder.js'
import { killedMidway } from '../../support/killed-midway.js'
import { startLlmServer, type WireBody } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
let files = 0
function file(rows: readonly object[]): string {
  const path = join(dir, `${files++}.jsonl`)
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return path
}

const item = (id: string, answer: string, more: Partial<JudgeItem> = {}): JudgeItem => ({
  ...{ id, question: `q${id}`, options: {}, label: 'two dogs', dimension: 'count', group: 'perception', answer },
  ...more,
})
const wordsOf = (body: WireBody) => String(body.messages.at(-1)!.content)

describe('the judge by rules', () => {
  it('takes the same words for the same, and options by letter or text; dimensions count', async () => {
    const options = { A: 'red', B: 'blue' }
    const colour = { options, label: 'B', dimension: 'colour', group: 'perception' }
    const report = await judgeAnswers([
      item('1', '2 dogs.'),
      item('2', 'a dog'),
      item('3', 'B', colour),
      item('4', 'It is blue', colour),
      item('5', 'A', { ...colour, group: 'reasoning' }),
      item('6', '', colour),
    ])
    expect(report.items.map(({ score }) => score)).toEqual([1, 0, 1, 1, 0, 0])
    expect(report).toMatchObject({ byRules: true, mean: 0.5 })
    expect(report.dimensions).toEqual([
      { group: 'perception', name: 'count', items: 2, mean: 0.5 },
      { group: 'perception', name: 'colour', items: 3, mean: 2 / 3 },
      { group: 'reasoning', name: 'colour', items: 1, mean: 0 },
    ])
    expect(report.meanOfDimensions).toBeCloseTo((0.5 + 2 / 3) / 3, 12)
    expect(report.groups.map(({ name, mean }) => [name, mean])).toEqual([
      ['perception', 3 / 5],
      ['reasoning', 0],
    ])
    expect((await judgeAnswers([item('1', 'two dogs')], { mode: 'score' })).mean).toBe(1)
  })
})

it('counts and lists answers of which rules can make nothing', async () => {
  const colour = { options: { A: 'red', B: 'blue' }, label: 'B' }
  const report = await judgeAnswers([
    item('1', 'green', colour),
    item('2', 'red or blue', colour),
    item('3', 'b', colour),
    item('4', 'A', colour),
    item('5', 'anything'),
  ])
  expect(report.items.map(({ score }) => score)).toEqual([0, 0, 1, 0, 0])
  expect(report.issues).toMatchObject([{ code: 'MIMICIT_BAD_REPLY', level: 'warning', count: 2 }])
  expect(report.issues[0]!.examples.map(({ id }) => id)).toEqual(['1', '2'])
})

describe('replies of a model', () => {
  it.each([
    ['match', '{"match": true}', 1],
    ['match', 'Sure: {"match":false}, since ...', 0],
    ['match', 'Yes, it does.', 1],
    ['match', 'perhaps', undefined],
    ['match', '{"match": "true"}', undefined],
    ['score', '{"score": 85}', 0.85],
    ['score', '40/100', 0.4],
    ['score', '{"score": 120}', undefined],
    ['score', 'good', undefined],
  ] as const)('in mode %s: %j is %j', (mode, reply, expected) => {
    expect(judgeModes[mode].read(reply)).toBe(expected)
  })

  it('that say nothing are asked for once more, and then stop it or count as wrong', async () => {
    const server = await startLlmServer({
      answer: (body) => {
        const text = body.messages.map(({ content }) => content).join(' ')
        if (text.includes('Question: q1\n')) return 'hm'
        return body.messages.length > 2 ? '{"match": true}' : 'let me think'
      },
    })
    const asking = { responder: httpResponder({ baseUrl: server.url, model: 'm' }) }
    const items = [item('1', 'x'), item('2', 'y')]
    await expect(judgeAnswers(items, { asking })).rejects.toMatchObject({
      code: 'MIMICIT_BAD_REPLY',
      message: expect.stringMatching(/match\/1.*the judge said "hm"/),
    })
    const report = await judgeAnswers(items, { asking, unjudged: 'wrong' })
    expect(report.items.map(({ score }) => score)).toEqual([0, 1])
    expect(report.issues).toMatchObject([{ code: 'MIMICIT_BAD_REPLY', level: 'warning', count: 1 }])
    expect(report).toMatchObject({ byRules: false, judge: 'm' })
    await server.close()
  })
})

describe('two models', () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, i) => [item(String(i), 'good'), item(String(i), 'bad')] as const)

  it('are judged in both orders: a judge that favours a place makes ties, and its bias is told', async () => {
    const server = await startLlmServer({ answer: () => '{"winner": "first"}' })
    const asking = { responder: httpResponder({ baseUrl: server.url, model: 'm' }) }
    const biased = await judgePairs(pairs(3), { names: ['x', 'y'], asking })
    await server.close()
    expect(biased).toMatchObject({ won: { a: 0, b: 0, tie: 3 }, changed: 3, firstShare: 1 })
    const fair = await startLlmServer({
      answer: (body) => JSON.stringify({ winner: /First answer: good/.test(wordsOf(body)) ? 'first' : 'second' }),
    })
    const responder = httpResponder({ baseUrl: fair.url, model: 'm' })
    const report = await judgePairs(pairs(3), { names: ['x', 'y'], asking: { responder } })
    await fair.close()
    expect(report).toMatchObject({ won: { a: 3, b: 0, tie: 0 }, changed: 0, firstShare: 0.5 })
  })

  it('by rules tie where both are right or both wrong', async () => {
    const report = await judgePairs(
      [
        [item('1', 'two dogs'), item('1', 'cats')],
        [item('2', 'a dog'), item('2', 'a cat')],
      ],
      { names: ['x', 'y'] },
    )
    expect(report).toMatchObject({ won: { a: 1, b: 0, tie: 1 }, byRules: true, firstShare: 0.5 })
  })

  it('have two names', async () => {
    await expect(judgePairs(pairs(1), { names: ['x', 'x'] })).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  })
})

describe('files', () => {
  const benchmark = () => file([1, 2].map((id) => ({ id, question: 'q', label: 'yes' })))
  it.each([
    [
      'a question without an answer',
      [{ id: '1', prediction: 'yes' }],
      'MIMICIT_UNPAIRED',
      /"2" has no answer in .*\.jsonl/,
    ],
    [
      'an answer without a question',
      [1, 2, 3].map((id) => ({ id, prediction: 'yes' })),
      'MIMICIT_UNPAIRED',
      /no question "3"/,
    ],
    [
      'two answers to a question',
      [1, 2, 2].map((id) => ({ id, prediction: 'x' })),
      'MIMICIT_DUPLICATE_ID',
      /"2" again/,
    ],
    ['nothing', [], 'MIMICIT_EMPTY', /at least one answer/],
  ])('with %s are refused', async (_, rows, code, message) => {
    const read = async () => readItems(benchmark(), await readAnswers(file(rows)))
    await expect(read()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('with missing answers may be judged as empty, and say so', async () => {
    const { items, issues } = await readItems(benchmark(), { from: 'x.json', of: new Map([['1', 'yes']]) }, 'empty')
    expect(items.map(({ answer }) => answer)).toEqual(['yes', ''])
    expect(issues).toMatchObject([{ code: 'MIMICIT_UNPAIRED', level: 'warning', count: 1 }])
    const { mean } = await judgeAnswers(items)
    expect(mean).toBe(0.5)
  })
})

describe('mimicit eval judge with a model', () => {
  const count = 30
  const benchmark = file(Array.from({ length: count }, (_, id) => ({ id, question: `q${id}`, label: `l${id}` })))
  const answers = file(
    Array.from({ length: count }, (_, id) => ({ id, prediction: id % 3 === 0 ? 'wrong' : `l${id}` })),
  )

  it.each([
    ['whole', []],
    ['streamed', ['--stream']],
  ] as const)(
    'goes on after a kill without asking again what the journal has, answers %s and faults on the way',
    async (name, more) => {
      const server = await startLlmServer({
        delayMs: 25,
        answer: (body) => JSON.stringify({ match: !wordsOf(body).includes('Answer of a model: wrong') }),
        fault: ({ index, before }) => {
          if (before > 0) return undefined
          if (index % 7 === 2) return { kind: 'status', status: 429, headers: { 'retry-after': '0' } }
          if (index % 7 === 3) return { kind: 'cut' }
          return index % 7 === 4 ? { kind: 'drop' } : undefined
        },
      })
      const journal = join(dir, `judge-${name}.jsonl`)
      const args = [
        ...[main, 'eval', 'judge', '--benchmark', benchmark, '--predictions', answers, '--json'],
        ...['--base-url', server.url, '--model', 'm', '--journal', journal, '--concurrency', '2'],
        ...['--price-prompt', '1', '--price-completion', '2', ...more],
      ]
      const replies = () =>
        existsSync(journal) ? (readFileSync(journal, 'utf8').match(/"type":"reply"/g) ?? []).length : 0
      const known = await killedMidway({
        start: () => spawn(process.execPath, args, { stdio: 'ignore' }),
        ...{ done: replies, from: 8, all: count },
        clear() {
          rmSync(journal)
          server.answered.clear()
        },
      })
      const before = new Map(server.answered)
      const again = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      let [stdout, stderr] = ['', '']
      again.stdout.on('data', (chunk) => (stdout += chunk))
      again.stderr.on('data', (chunk) => (stderr += chunk))
      const [status] = await once(again, 'close')
      await server.close()
      expect([status, stderr]).toEqual([0, expect.stringContaining(`${known} answers of earlier runs`)])
      const report = JSON.parse(stdout) as {
        readonly mean: number
        readonly items: readonly unknown[]
        readonly judge: string
        readonly used: Spent
      }
      expect(report).toMatchObject({ mean: 20 / 30, judge: 'm' })
      expect(report.items).toHaveLength(count)
      // Only calls that were under way when it was killed were answered twice; nothing that was in the journal.
      const twice = [...server.answered.values()].filter((times) => times > 1).length
      expect(twice).toBeLessThanOrEqual(2)
      expect(before.size).toBeGreaterThanOrEqual(known)
      expect(server.answered.size).toBe(count)
      expect(replies()).toBe(count)
      // Every answer in the journal is paid for once, calls that were cut off by the kill at most.
      const lines = readFileSync(journal, 'utf8').split('\n')
      const paid = lines.filter((line) => line.includes('"type":"reply"')).map((line) => JSON.parse(line).usage)
      const sum = (key: string) => paid.reduce((total, usage) => total + usage[key], 0)
      const { used } = report
      expect([used.promptTokens, used.completionTokens]).toEqual([sum('promptTokens'), sum('completionTokens')])
      expect(used.promptTokens).toBeGreaterThan(0)
      // Calls that were dropped, or cut off by the kill, may have been paid for: they are counted with the most they can cost.
      const surely = (used.promptTokens + 2 * used.completionTokens) / 1e6
      expect(used.maybeCalls).toBeGreaterThan(0)
      expect(used.cost! - surely).toBeGreaterThan(0)
      expect(used.cost! - surely).toBeLessThanOrEqual((2 * used.maybeTokens) / 1e6)
    },
    60_000,
  )

  it.each([
    ['three files', (a: string) => [a, a, a], /--predictions/],
    ['names of one model', (a: string) => [a, '--names', 'x'], /--names/],
    ['three names', (a: string) => [a, a, '--names', 'x', 'y', 'z'], /--names/],
    ['the same name twice', (a: string) => [a, a], /two names/],
    ['battles of one model', (a: string) => [a, '--battles', 'b.jsonl'], /--battles/],
    ['a way to score of two files', (a: string) => [a, a, '--mode', 'score'], /--mode/],
  ])('refuses %s', (_, of, message) => {
    const args = [main, 'eval', 'judge', '--benchmark', benchmark, '--predictions', ...of(answers)]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/MIMICIT_BAD_VALUE/)
    expect(stderr).toMatch(message)
  })

  it('by rules compares two files and writes battles', async () => {
    const others = file(Array.from({ length: count }, (_, id) => ({ id, prediction: 'wrong' })))
    const battles = join(dir, 'battles.jsonl')
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        ...[main, 'eval', 'judge', '--benchmark', benchmark, '--predictions', answers, others],
        ...['--names', 'x', 'y', '--battles', battles],
      ],
      { encoding: 'utf8' },
    )
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/x wins +20 +0\.6667\n +y wins +0 +0\n +tie +10/)
    expect((await readBattles([battles])).battles).toHaveLength(count)
  })
})
