// Whether contexts help: losses against those of the training's own code, controls of the same length, and what is said.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLosses } from '../../../src/evaluate/benefit/answer-loss.js'
import { openLossJournal } from '../../../src/evaluate/benefit/loss-journal.js'
import { type BenefitRow, estimate, runBenefit } from '../../../src/evaluate/benefit/run-benefit.js'
import { benefitReport, verdicts } from '../../../src/evaluate/report/benefit.js'
import { assemblyRules } from '../../../src/loader/assembly-rules.js'
import { loadMimicIT } from '../../../src/loader/load-mimic-it.js'
import { createOtter, type Otter } from '../../../src/otter/model.js'
import { presetConfig } from '../../../src/otter/presets.js'
import { type Dataset, openDataset } from '../../../src/shards/dataset.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import { loadTokenizer } from '../../../src/text/load-tokenizer.js'
import { startRun } from '../../../src/train/run.js'
import { runSettings } from '../../../src/train/run-settings.js'
import { importFixtures } from '../../support/fixtures.js'
import { killedMidway } from '../../support/killed-midway.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
let dataset: Dataset
let model: Otter

beforeAll(async () => {
  await importFixtures(join(dir, 'data'))
  dataset = await openDataset(join(dir, 'data'))
  const { tf } = await chooseBackend('wasm')
  const config = presetConfig('tiny', await loadTokenizer('bytes'))
  model = createOtter({ tf, config, seed: 1, trainable: 'all' })
}, 60_000)
afterAll(async () => {
  model.dispose()
  await dataset.close()
})

describe('answerLosses', () => {
  it('are those of a batch whose labels are the answer of the query alone', async () => {
    const imageSize = model.config.vision_config.image_size
    const options = {
      batchSize: 1,
      shots: 2,
      shuffle: 'none',
      labels: 'query',
      imageSize,
      maxTokens: 1024,
      take: 2,
    } as const
    const losses = answerLosses(dataset, model, { rules: await assemblyRules(options) })
    for await (const batch of loadMimicIT(join(dir, 'data'), { ...options, subsets: ['LA'] })) {
      const expected = model.loss(batch, 'token')
      const contexts = await Promise.all(batch.contextIds[0]!.map((id) => dataset.pairById(id)))
      const { loss, tokens, fitted } = await losses.of(await dataset.pairById(batch.ids[0]!), contexts)
      expect(loss).toBeCloseTo((await expected.data())[0]!, 4)
      expect([tokens, fitted]).toEqual([batch.shape.L, contexts.length])
      expected.dispose()
    }
    await losses.close()
  }, 30_000)
})

describe('runBenefit', () => {
  it('compares with none and with others of the same length, and says so', async () => {
    const rules = await assemblyRules({ maxTokens: 1024 })
    const seen: number[] = []
    const report = await runBenefit(dataset, model, {
      ...{ rules, queries: 2, shots: [0, 1], select: ['text-similarity'], seeds: 1 },
      onProgress: ({ stage, done }) => {
        if (stage === 'losses') seen.push(done)
      },
    })
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
    expect(report.rows.map(({ select, shots }) => [select, shots])).toEqual([
      ['text-similarity', 0],
      ['text-similarity', 1],
    ])
    const [none, one] = report.rows as [BenefitRow, BenefitRow]
    expect([none.control, none.gain, none.gainOverControl]).toEqual([null, null, null])
    expect(one.tokens).toBeGreaterThan(none.tokens)
    expect(Math.abs(one.control!.tokens / one.tokens - 1)).toBeLessThan(0.1)
    expect(one.control!.apart).toBeGreaterThanOrEqual(Math.abs(one.control!.tokens - one.tokens) - 1e-9)
    expect(one.gain!.mean).toBeCloseTo(none.loss.mean - one.loss.mean, 9)
    expect(one.gainOverControl!.mean).toBeCloseTo(one.control!.loss.mean - one.loss.mean, 9)
    const charts = benefitReport(report).sections.filter(({ kind }) => kind === 'chart')
    expect(charts).toHaveLength(1)
    expect(JSON.stringify(charts)).toContain('as many tokens of others')
  }, 30_000)

  it('counts examples that did not fit', async () => {
    const rules = await assemblyRules({ maxTokens: 160 })
    const report = await runBenefit(dataset, model, { rules, queries: 1, shots: [4], select: ['random'], seeds: 1 })
    expect(report.issues).toMatchObject([{ code: 'MIMICIT_TOO_LONG', level: 'warning' }])
    const { id } = report.issues[0]!.examples[0]!
    expect(JSON.stringify(benefitReport(report).sections)).toContain(`random 4 (${id}): `)
  }, 30_000)

  it('tells where a control is what it is to control', async () => {
    const rules = await assemblyRules({ maxTokens: 4096 })
    const plan = { rules, queries: 1, shots: [4], select: ['random'], seeds: 1, support: 6 } as const
    const report = await runBenefit(dataset, model, plan)
    expect(report.issues).toMatchObject([{ code: 'MIMICIT_SHOTS_EXCEED_CONTEXTS', level: 'warning', count: 1 }])
    expect(report.issues[0]!.examples[0]!.message).toMatch(/^2 examples of matched:random are those that they control/)
  }, 30_000)

  it('takes known losses from its journal, those of the same model and prompts only', async () => {
    const rules = await assemblyRules({ maxTokens: 1024 })
    const path = join(dir, 'kept', 'losses.jsonl')
    const measure = async (name: string) => {
      const losses = await openLossJournal(path)
      const { found } = losses
      const plan = { rules, queries: 2, shots: [0, 1], select: ['random'], seeds: 1 } as const
      const report = await runBenefit(dataset, model, { ...plan, journal: { losses, name } })
      await losses.close()
      return { found, report, lines: readFileSync(path, 'utf8').split('\n').length - 1 }
    }
    const first = await measure('one')
    expect([first.found, first.lines]).toEqual([0, 6])
    const second = await measure('one')
    expect([second.found, second.lines]).toEqual([6, 6])
    expect(second.report).toEqual(first.report)
    expect(await measure('other')).toMatchObject({ found: 6, lines: 12 })
  }, 30_000)

  it('stops when it is told to', async () => {
    const rules = await assemblyRules({ maxTokens: 1024 })
    const stopped = runBenefit(dataset, model, { rules, queries: 1, shots: [0], signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
  })
})

describe('openLossJournal', () => {
  const loss = { loss: 0.1 + 0.2, tokens: 7, fitted: 1 }
  const made = async (name: string) => {
    const path = join(dir, name)
    const journal = await openLossJournal(path)
    await journal.add('x', loss)
    await journal.add('y', loss)
    return { path, journal }
  }

  it('drops what a kill has cut short, leaves out what is damaged, and is one process alone at a time', async () => {
    const { path, journal } = await made('cut.jsonl')
    await expect(openLossJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
    await journal.close()
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, `${whole.replace('"key":"y"', '"key":"z"')}{"type":"loss","key":"w","lo`)
    const again = await openLossJournal(path)
    expect([again.found, again.damaged, again.get('x'), again.get('y'), again.get('w')]).toEqual([
      ...[1, 2, loss, undefined, undefined],
    ])
    await again.add('y', loss)
    await again.close()
    const last = await openLossJournal(path)
    expect([last.found, last.get('y')]).toEqual([2, loss])
    await last.close()
  })

  it('refuses a file of something else, and leaves it as it is', async () => {
    const path = join(dir, 'notes.txt')
    writeFileSync(path, 'my notes\n')
    await expect(openLossJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
    expect(readFileSync(path, 'utf8')).toBe('my notes\n')
    writeFileSync(path, 'my notes without an end')
    await expect(openLossJournal(path)).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
    expect(readFileSync(path, 'utf8')).toBe('my notes without an end')
  })
})

it('mimicit eval benefit goes on after a kill, computes nothing twice, and comes to the same', async () => {
  const main = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
  const run = join(dir, 'run')
  const loader = { batchSize: 1, shots: 0, maxTokens: 1024 }
  const settings = runSettings({ dataset: join(dir, 'data'), model: 'tiny', steps: 1, loader })
  await startRun(run, settings, { backend: 'wasm' })
  const args = (out: string) => [
    ...[main, 'eval', 'benefit', run, '--shots', '0,1', '--select', 'random', '--seeds', '1', '--queries', '2'],
    ...['--backend', 'wasm', '--out', join(dir, out)],
  ]
  const whole = spawnSync(process.execPath, [...args('whole'), '--html', join(dir, 'page.html')], { encoding: 'utf8' })
  expect([whole.status, whole.stderr]).toEqual([0, ''])
  const losses = join(dir, 'killed', 'losses.jsonl')
  const known = () => (existsSync(losses) ? readFileSync(losses, 'utf8').split('\n').length - 1 : 0)
  await killedMidway({
    start: () => spawn(process.execPath, args('killed'), { stdio: 'ignore' }),
    ...{ done: known, from: 2, all: 6, clear: () => rmSync(join(dir, 'killed'), { recursive: true }) },
  })
  const again = spawnSync(process.execPath, args('killed'), { encoding: 'utf8' })
  expect([again.status, again.stderr]).toEqual([0, expect.stringMatching(/\d+ losses of earlier runs/)])
  expect(again.stdout).toBe(whole.stdout)
  expect(known()).toBe(6)
  const report = (out: string) => readFileSync(join(dir, out, 'report.json'), 'utf8')
  expect(report('killed')).toBe(report('whole'))
  const page = readFileSync(join(dir, 'page.html'), 'utf8')
  expect(page).toContain('<svg')
  expect(page).not.toMatch(/(?:src|href)=|url\(|@import/)
}, 120_000)

it('a gain counts from two standard errors on', () => {
  expect(estimate(Float64Array.of(1, 3))).toEqual({ mean: 2, error: 1 })
  const row = (gain: [number, number], over: [number, number]): BenefitRow => ({
    ...{ select: 's', shots: 4, tokens: 1, loss: { mean: 1, error: 0 }, control: null },
    gain: { mean: gain[0], error: gain[1] },
    gainOverControl: { mean: over[0], error: over[1] },
  })
  expect(verdicts([row([0.5, 0.1], [0.1, 0.1])])[0]).toMatch(
    /^4 examples by s: the loss falls against none \(.*\), and does not change beyond its error against others/,
  )
  expect(verdicts([row([-0.5, 0.1], [0.3, 0.1])])[0]).toMatch(/rises against none .* falls against others/)
})
