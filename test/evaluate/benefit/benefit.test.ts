// Whether contexts help: losses against those of the training's own code, controls of the same length, and what is said.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLosses } from '../../../src/evaluate/benefit/answer-loss.js'
import { type BenefitRow, estimate, runBenefit } from '../../../src/evaluate/benefit/run-benefit.js'
import { benefitReport, verdicts } from '../../../src/evaluate/report/benefit.js'
import { loadMimicIT } from '../../../src/loader/load-mimic-it.js'
import { assemblyRules } from '../../../src/loader/rules.js'
import { createOtter, type Otter } from '../../../src/otter/model.js'
import { presetConfig } from '../../../src/otter/presets.js'
import { type Dataset, openDataset } from '../../../src/shards/dataset.js'
import { chooseBackend } from '../../../src/tensors/backend.js'
import { loadTokenizer } from '../../../src/text/load-tokenizer.js'
import { importFixtures } from '../../support/fixtures.js'
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
  }, 30_000)

  it('stops when it is told to', async () => {
    const rules = await assemblyRules({ maxTokens: 1024 })
    const stopped = runBenefit(dataset, model, { rules, queries: 1, shots: [0], signal: AbortSignal.abort() })
    await expect(stopped).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
  })
})

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
