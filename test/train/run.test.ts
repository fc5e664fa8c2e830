// A run that is stopped at any step and resumed gives the losses of one that was not, with the real loader in its thread.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { assemblyRules } from '../../src/loader/assembly-rules.js'
import { answerQuery } from '../../src/otter/answer.js'
import { openDataset } from '../../src/shards/dataset.js'
import { AdamW } from '../../src/train/adamw.js'
import { lossCurve } from '../../src/train/curve.js'
import { loadRun, resumeRun, startRun } from '../../src/train/run.js'
import { runSettings } from '../../src/train/run-settings.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'data')
const STEPS = 6
const settings = (dataset: string) =>
  runSettings({ dataset, steps: STEPS, lr: 1e-3, loader: { batchSize: 2, shots: 0, maxTokens: 400 } })

let undisturbed: number[] = []
const lossesOf = (metrics: readonly { readonly loss: number }[]) => metrics.map((m) => m.loss)

beforeAll(async () => {
  await importFixtures(data)
  const { metrics } = await startRun(join(dir, 'whole'), settings(data))
  undisturbed = lossesOf(metrics)
})

test('a held-out split that is not there is told before the first step', async () => {
  const out = join(dir, 'no-split')
  const withSplit = { ...settings(data), evaluation: { split: 'validation', every: 4, samples: 8 } } as const
  let steps = 0
  const fault = await faultOf(startRun(out, withSplit, { onStep: () => void steps++ }))
  expect([fault.code, steps, existsSync(out)]).toEqual(['MIMICIT_UNKNOWN_NAME', 0, false])
})

describe('resume', () => {
  test.each([1, 4])('stopped after step %i, the losses are those of an undisturbed run', async (k) => {
    const out = join(dir, `stopped-${k}`)
    const stop = new AbortController()
    const first = await startRun(out, settings(data), {
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === k) stop.abort()
      },
    })
    expect(first.reason).toBe('aborted')
    expect(first.step).toBe(k)
    const second = await resumeRun(out)
    expect(second.reason).toBe('finished')
    expect(lossesOf(second.metrics)).toEqual(undisturbed)
  })

  test('stopped twice, the losses are still the same', async () => {
    const out = join(dir, 'twice')
    for (const k of [2, 3]) {
      const stop = new AbortController()
      const control = {
        signal: stop.signal,
        onStep: ({ step }: { readonly step: number }) => {
          if (step === k) stop.abort()
        },
      }
      await (k === 2 ? startRun(out, settings(data), control) : resumeRun(out, control))
    }
    expect(lossesOf((await resumeRun(out)).metrics)).toEqual(undisturbed)
  })
})

test('a run whose loader was changed meanwhile is not resumed, and is told what was changed', async () => {
  const out = join(dir, 'changed')
  cpSync(join(dir, 'whole'), out, { recursive: true })
  const run = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { loader: object }
  const changed = { ...run, steps: STEPS + 1, loader: { ...run.loader, seed: 77, template: 'simple-blanks' } }
  writeFileSync(join(out, 'run.json'), JSON.stringify(changed))
  const fault = await faultOf(resumeRun(out))
  expect(fault.code).toBe('MIMICIT_RESUME_MISMATCH')
  expect(fault.message).toMatch(/seed \(was \d+, is 77\); template \(was "simple", is "simple-blanks"\)/)
})

test('a finished run holds its settings, metrics, a curve and a model that answers', async () => {
  const out = join(dir, 'whole')
  expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n')).toHaveLength(STEPS)
  expect(readFileSync(join(out, 'loss.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/)
  expect(readFileSync(join(out, 'loss.html'), 'utf8')).toContain('<h1>Training of whole</h1>')
  const run = await loadRun(out)
  const dataset = await openDataset(data)
  const query = await dataset.pair(await dataset.pairRow('LA_INS_000000408805_4'))
  const contexts = [await dataset.pair(0)]
  const rules = await assemblyRules(run.settings.loader)
  const ask = () => answerQuery(run.model, { dataset, query, contexts, rules, maxNewTokens: 6 })
  const answer = await ask()
  expect(run.step).toBe(STEPS)
  expect(answer.ids.length).toBeLessThanOrEqual(6)
  expect(await ask()).toEqual(answer)
  await dataset.close()
  run.model.dispose()
})

test('a run starts from the weights of another, whatever its seed', async () => {
  const weights = [join(dir, 'whole', `step-${String(STEPS).padStart(6, '0')}`, 'model.safetensors')]
  const first = async (name: string, seed: number, from?: string[]) => {
    const own = { ...settings(data), seed, steps: 1, trainable: 'published' as const }
    const { metrics } = await startRun(join(dir, name), { ...own, ...(from && { weights: from }) })
    return metrics[0]?.loss
  }
  const loss = await first('from-weights', 1, weights)
  expect(await first('from-weights-too', 2, weights)).toBe(loss)
  expect(await first('from-nothing', 1)).not.toBe(loss)
  const { model, step } = await loadRun(join(dir, 'from-weights'))
  expect(step).toBe(1)
  model.dispose()
})

describe('bad input', () => {
  test('a directory that holds a run, or anything else, is not taken', async () => {
    for (const [taken, received] of [
      [join(dir, 'whole'), 'one that holds a run'],
      [data, 'one that holds README.md'],
    ] as const) {
      const fault = await faultOf(startRun(taken, settings(data)))
      expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_NOT_EMPTY', received])
    }
  })

  test('a directory without a run cannot be resumed or asked', async () => {
    await expect(resumeRun(join(dir, 'nothing'))).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
    await expect(loadRun(join(dir, 'nothing'))).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
  })

  test('a start that fails leaves nothing, so that the next one can begin', async () => {
    const out = join(dir, 'failed-start')
    const wrong = { ...settings(data), loader: { shots: 9 } }
    expect((await faultOf(startRun(out, wrong))).code).toBe('MIMICIT_SHOTS_EXCEED_CONTEXTS')
    expect((await faultOf(startRun(out, settings(join(dir, 'no-data'))))).code).toBe('MIMICIT_NOT_A_DATASET')
    expect(existsSync(out)).toBe(false)
  })

  test('settings are checked when they are made, when a run starts and when it is read', async () => {
    expect((await faultOf(() => runSettings({ dataset: data, steps: 0 }))).message).toContain(
      'option steps of runSettings',
    )
    const unknown = { dataset: data, steps: 1, stepz: 4 }
    expect((await faultOf(() => runSettings(unknown))).code).toBe('MIMICIT_UNKNOWN_OPTION')
    const out = join(dir, 'bad-settings')
    mkdirSync(out)
    writeFileSync(join(out, 'run.json'), '{"v":1}')
    const fault = await faultOf(resumeRun(out))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_CHECKPOINT', join(out, 'run.json')])
  })

  test('an optimiser has no unknown options', () => {
    const options = { beta1: 0.9, foo: 1 }
    expect(() => new AdamW(options)).toThrow('Expected only known options')
    expect(() => new AdamW({ beta1: 2 })).toThrow('option beta1 of AdamW')
  })
})

test('a run may be called like a checkpoint', async () => {
  const out = join(dir, 'step-first')
  await startRun(out, { ...settings(data), steps: 1 })
  expect((await loadRun(out)).step).toBe(1)
  expect((await loadRun(join(out, 'step-000001'))).step).toBe(1)
})

test('the curve of a very long run is drawn, thinned out', () => {
  const svg = lossCurve(Array.from({ length: 200_000 }, (_, i) => ({ step: i + 1, loss: 5 / (1 + i / 1000) })))
  expect(svg).toMatch(/^<svg/)
  expect(svg.length).toBeLessThan(200_000)
})
