// The whole evaluation: with a model of ours, killed and gone on; with a model behind an end point on loopback; with a file.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { htmlPage } from '../../../src/base/chart/html-page.js'
import { reportText } from '../../../src/cli/report-text.js'
import { chatAnswerer } from '../../../src/evaluate/few-shot/chat-answerer.js'
import { type Prediction, predictionsAnswerer } from '../../../src/evaluate/few-shot/predictions.js'
import { runFewShot } from '../../../src/evaluate/few-shot/run-few-shot.js'
import { fewShotReport } from '../../../src/evaluate/report/few-shot.js'
import { httpResponder } from '../../../src/llm/http-responder.js'
import { type Dataset, openDataset } from '../../../src/shards/dataset.js'
import { startRun } from '../../../src/train/run.js'
import { runSettings } from '../../../src/train/run-settings.js'
import { importFixtures } from '../../support/fixtures.js'
import { killedMidway } from '../../support/killed-midway.js'
import { startLlmServer, type WireBody } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'

const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
const data = join(dir, 'data')
const run = join(dir, 'run')
let dataset: Dataset

beforeAll(async () => {
  await importFixtures(data)
  dataset = await openDataset(data)
  const loader = { batchSize: 1, shots: 0, maxTokens: 256 }
  await startRun(run, runSettings({ dataset: data, model: 'tiny', steps: 1, loader }), { backend: 'wasm' })
}, 60_000)
afterAll(() => dataset.close())

const text = (path: string) => readFileSync(path, 'utf8')
const lines = (path: string) => text(path).trimEnd().split('\n')

describe('mimicit eval few-shot with a run', () => {
  const args = (out: string) => [
    ...[main, 'eval', 'few-shot', run, '--task', 'caption', '--instructions', 'Describe', '--shots', '0,2,4'],
    ...['--seeds', '1', '--queries', '2', '--prompt-tokens', '1024', '--num-beams', '1', '--max-new-tokens', '8'],
    ...['--backend', 'wasm', '--out', out],
  ]
  const whole = join(dir, 'whole')

  it('asks at 0, 2 and 4 shots, and writes every answer with its prompt and examples', () => {
    const began = performance.now()
    const page = join(dir, 'page.html')
    const { status, stdout, stderr } = spawnSync(process.execPath, [...args(whole), '--html', page], {
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
    expect(performance.now() - began).toBeLessThan(60_000)
    expect(stdout).toMatch(/^2 questions; \d+ pairs may be shown/)
    for (const shots of [0, 2, 4]) expect(stdout).toMatch(new RegExp(`\\n +random +${shots} +1 +\\d`))
    const predictions = lines(join(whole, 'predictions.jsonl')).map((line) => JSON.parse(line) as Prediction)
    expect(predictions.map(({ shots, contexts, fitted }) => [shots, contexts.length, fitted.length])).toEqual(
      [0, 0, 2, 2, 4, 4].map((shots) => [shots, shots, shots]),
    )
    for (const { prompt, shots, references } of predictions) {
      expect(prompt.match(/<image>User:What does the image describe\? GPT:<answer>/g)).toHaveLength(shots + 1)
      expect(prompt.match(/<\|endofchunk\|>/g) ?? []).toHaveLength(shots)
      expect(prompt.endsWith('<answer>')).toBe(true)
      expect(references.length).toBeGreaterThan(0)
    }
    expect(text(page)).toContain('<svg')
  }, 90_000)

  it('goes on after a kill, asks nothing twice, and comes to the same', async () => {
    const out = join(dir, 'killed')
    const journal = join(out, 'journal.jsonl')
    const replies = () => (existsSync(journal) ? (text(journal).match(/"type":"reply"/g)?.length ?? 0) : 0)
    const known = await killedMidway({
      start: () => spawn(process.execPath, args(out), { stdio: 'ignore' }),
      ...{ done: replies, from: 2, all: 6, clear: () => rmSync(out, { recursive: true }) },
    })
    expect(existsSync(join(out, 'report.json'))).toBe(false)
    const again = spawnSync(process.execPath, args(out), { encoding: 'utf8' })
    expect([again.status, again.stderr]).toEqual([0, expect.stringContaining(`${known} answers of earlier runs`)])
    for (const name of ['predictions.jsonl', 'report.json']) expect(text(join(out, name))).toBe(text(join(whole, name)))
    // Every answer is in the journal once; only the call that was under way may have been sent twice.
    expect(replies()).toBe(6)
    expect(text(journal).match(/"type":"send"/g)!.length).toBeLessThanOrEqual(7)
  }, 120_000)
})

describe('runFewShot with a model behind an end point', () => {
  const options = { task: 'vqa', queries: 4, shots: [0, 2], seeds: 2, select: ['random'] } as const

  it('shows examples as turns with their pictures, the most similar last, and scores what comes back', async () => {
    const bodies: WireBody[] = []
    const server = await startLlmServer({
      answer: (body) => {
        bodies.push(body)
        return 'A dog.'
      },
    })
    const responder = httpResponder({ baseUrl: server.url, model: 'm' })
    const predictions: Prediction[] = []
    const report = await runFewShot(dataset, chatAnswerer(dataset, { responder }), {
      ...options,
      onPrediction: (prediction) => {
        predictions.push(prediction)
      },
    })
    await server.close()
    expect(report.conditions.map(({ shots, seed }) => [shots, seed])).toEqual([
      [0, 0],
      [2, 0],
      [2, 1],
    ])
    expect(report.summary.map(({ seeds }) => seeds)).toEqual([1, 2])
    expect(bodies).toHaveLength(12)
    const shown = bodies.find(({ messages }) => messages.length === 5)!
    expect(shown.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
    const last = shown.messages.at(-1)!.content as Exclude<(typeof shown.messages)[number]['content'], string>
    expect(last[0]!.image_url!.url).toMatch(/^data:image\/jpeg;base64,/)
    expect(last.at(-1)!.text).toMatch(/ Please answer in short words\.$/)
    expect(shown).toMatchObject({ temperature: 0, stop: ['<|endofchunk|>'] })
    const right = predictions.filter(({ references }) => references.some((answer) => /^a dog\.?$/i.test(answer)))
    const total = report.conditions.reduce((sum, { scores }) => sum + scores.accuracy! * 4, 0)
    expect(total).toBeCloseTo(right.length, 9)
  })

  it.each([['error'], ['empty']] as const)('has a policy for answers that cannot be had: %s', async (failed) => {
    const server = await startLlmServer({
      answer: () => 'yes',
      fault: ({ index }) => (index === 1 ? { kind: 'status', status: 400 } : undefined),
    })
    const responder = httpResponder({ baseUrl: server.url, model: 'm' })
    const answerer = chatAnswerer(dataset, { responder, limits: { concurrency: 1 } })
    const report = runFewShot(dataset, answerer, { ...options, shots: [0], failed })
    if (failed === 'error') {
      await expect(report).rejects.toMatchObject({
        code: 'MIMICIT_REFUSED',
        message: expect.stringMatching(/status 400/),
      })
    } else {
      expect((await report).issues).toMatchObject([{ code: 'MIMICIT_REFUSED', level: 'warning', count: 1 }])
      expect((await report).questions).toBe(4)
    }
    await server.close()
  })
})

describe('runFewShot with a file of predictions', () => {
  const file = (name: string, rows: readonly object[]) => {
    const path = join(dir, name)
    writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    return path
  }
  const options = { task: 'vqa', queries: 3, shots: [0, 2], seeds: 1 } as const

  it('scores what it says, and stops at a question without a prediction', async () => {
    const asked: Prediction[] = []
    const rows: object[] = []
    for await (const [, { id, response }] of dataset.pairs()) {
      rows.push({ id, prediction: response }, { id, select: 'none', shots: 0, seed: 0, prediction: 'wrong' })
    }
    const report = await runFewShot(dataset, await predictionsAnswerer(file('all.jsonl', rows)), {
      ...options,
      onPrediction: (prediction) => {
        asked.push(prediction)
      },
    })
    expect(report.conditions.map(({ scores }) => scores.accuracy)).toEqual([0, 1])
    const few = await predictionsAnswerer(file('few.jsonl', asked.slice(1)))
    await expect(runFewShot(dataset, few, options)).rejects.toMatchObject({
      code: 'MIMICIT_UNPAIRED',
      message: expect.stringContaining(asked[0]!.id),
    })
    expect((await runFewShot(dataset, await predictionsAnswerer(file('same.jsonl', asked)), options)).summary).toEqual(
      report.summary,
    )
  })

  it('takes given references, and refuses to go without', async () => {
    const answers = new Map<string, readonly string[]>()
    const rows: object[] = []
    for await (const [, { id }] of dataset.pairs()) {
      answers.set(id, Array<string>(10).fill('two'))
      rows.push({ id, prediction: '2' })
    }
    const answerer = await predictionsAnswerer(file('two.jsonl', rows))
    const report = await runFewShot(dataset, answerer, { ...options, references: answers })
    expect(report.conditions.every(({ scores }) => scores.accuracy === 1)).toBe(true)
    await expect(runFewShot(dataset, answerer, { ...options, references: new Map() })).rejects.toMatchObject({
      code: 'MIMICIT_UNPAIRED',
    })
  })

  it('tells predictions and references that nobody asked for, one by one', async () => {
    const rows: object[] = []
    const references = new Map([['nobody', ['x']]])
    for await (const [, { id, response }] of dataset.pairs()) {
      rows.push({ id, prediction: response }, { id, select: 'random', shots: 8, seed: 0, prediction: 'other' })
      references.set(id, [response])
    }
    const answerer = await predictionsAnswerer(file('more.jsonl', [...rows, { id: 'stranger', prediction: 'x' }]))
    const all = { ...options, queries: 1000, references }
    const report = await runFewShot(dataset, answerer, { ...all, shots: [0] })
    const [issue] = report.issues
    expect(report.issues.map(({ code, level }) => [code, level])).toEqual([['MIMICIT_UNPAIRED', 'warning']])
    const told = issue!.examples.map(({ message }) => message)
    expect(told).toContain('"stranger" is no question here: its prediction counts for nothing')
    expect(told).toContain('"nobody" is no question here: its references count for nothing')
    expect(told.join()).toMatch(new RegExp(`${rows.length / 2} predictions are of random, 8 shots, seed 0`))
    expect(reportText(fewShotReport(report))).toContain('warning MIMICIT_UNPAIRED')
    expect(htmlPage(fewShotReport(report))).toContain('warning MIMICIT_UNPAIRED')
  })

  it('takes results of COCO, whose ids are those of pictures, where pictures are what is asked about', async () => {
    const names = new Map<string, string>()
    for await (const [, { mediaIds, response }] of dataset.pairs())
      if (mediaIds.length === 1) names.set(mediaIds[0]!, response)
    const results = join(dir, 'results.json')
    writeFileSync(results, JSON.stringify([...names].map(([image_id, caption]) => ({ image_id, caption }))))
    const caption = { task: 'caption', instructions: /^Describe/, shots: [0], seeds: 1 } as const
    const answerer = await predictionsAnswerer(results, { perVisual: true })
    const references = new Map([...names].map(([id, response]) => [id, [response]]))
    const report = await runFewShot(dataset, answerer, { ...caption, references })
    expect(report.summary[0]!.scores['BLEU-1']!.mean).toBeCloseTo(1, 6)
    // A question about a picture is another question for each pair.
    await expect(runFewShot(dataset, await predictionsAnswerer(results), caption)).rejects.toMatchObject({
      code: 'MIMICIT_UNPAIRED',
    })
  })

  it.each([
    ['no prediction', [], 'MIMICIT_EMPTY'],
    ['two predictions in a line', [{ id: 'x', captions: ['a', 'b'] }], 'MIMICIT_BAD_RECORD'],
    ['shots that are no number', [{ id: 'x', prediction: 'a', shots: '4' }], 'MIMICIT_BAD_RECORD'],
    ['a line without a prediction', [{ id: 'x' }], 'MIMICIT_BAD_RECORD'],
    ['an id that comes twice', [0, 1].map(() => ({ id: 'x', prediction: 'a' })), 'MIMICIT_DUPLICATE_ID'],
  ])('refuses %s', async (name, rows, code) => {
    await expect(predictionsAnswerer(file(`${name}.jsonl`, rows))).rejects.toMatchObject({ code })
  })

  it('refuses yes-no questions whose labels are neither', async () => {
    const rows: object[] = []
    for await (const [, { id }] of dataset.pairs()) rows.push({ id, prediction: 'yes' })
    const answerer = await predictionsAnswerer(file('yes.jsonl', rows))
    const report = runFewShot(dataset, answerer, { ...options, task: 'yes-no', instructions: /^Which things/ })
    await expect(report).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
  })
})
