// What a run consists of: flags that are given, then the settings file, then the defaults of the flags.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type TrainFlags, trainSettings } from '../../src/cli/train-settings.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
/** What the command has where nothing is given. */
const defaults = {
  model: 'tiny',
  steps: 300,
  batchSize: 8,
  lr: 1e-3,
  schedule: 'cosine',
  weightDecay: 0.1,
  decay: 'otter',
  accumulate: 1,
  lossPer: 'token',
  evalSplit: 'validation',
  evalSamples: 1000,
  shots: 0,
  template: 'simple',
  labels: 'head',
  tokenizer: 'bytes',
  maxTokens: 2048,
  seed: 0,
  checkpointEvery: 500,
  cacheBytes: 1e9,
  onBadSample: 'error',
} as const
const settings = (given: Partial<TrainFlags> = {}) =>
  trainSettings('data', { ...defaults, ...given } as TrainFlags, (flag) => flag in given)
const file = (name: string, text: string) => {
  const path = join(dir, name)
  writeFileSync(path, text)
  return path
}

describe('settings of a run', () => {
  test('without a file are those of the flags', async () => {
    expect(await settings({ steps: 40, evalEvery: 5, patience: 2 })).toMatchObject({
      dataset: 'data',
      steps: 40,
      warmupSteps: 4,
      trainable: 'all',
      evaluation: { every: 5, split: 'validation', samples: 1000, patience: 2 },
      loader: { batchSize: 8, split: 'train' },
    })
  })

  test('from a file give way to flags that are given, not to their defaults', async () => {
    const config = file('run.yaml', 'steps: 70\nlr: 0.01\nlossPer: sample\nloader:\n  batchSize: 3\n  shots: 2\n')
    const made = await settings({ config, lr: 0.5, shots: 1 })
    expect(made).toMatchObject({ steps: 70, lr: 0.5, lossPer: 'sample', loader: { batchSize: 3, shots: 1 } })
    // JSON is YAML: the run.json of another run will do.
    const again = await settings({ config: file('run.json', JSON.stringify(made)), seed: 9 })
    expect(again).toEqual({ ...made, seed: 9, loader: { ...made.loader, seed: 9 } })
  })

  test('say what becomes of a sample that the data make unusable', async () => {
    expect((await settings()).loader).toMatchObject({ onBadSample: 'error' })
    expect((await settings({ onBadSample: 'substitute' })).loader).toMatchObject({ onBadSample: 'substitute' })
    const config = file('bad.yaml', 'loader:\n  onBadSample: substitute\n')
    expect((await settings({ config })).loader).toMatchObject({ onBadSample: 'substitute' })
  })

  test('task descriptions are a name of the loader, or texts', async () => {
    const described = async (given: Partial<TrainFlags>) => (await settings(given)).loader.taskDescriptions
    expect(await described({})).toBeUndefined()
    expect(await described({ taskDescriptions: ['manifest'] })).toBe('manifest')
    expect(await described({ taskDescriptions: ['none'] })).toBe('none')
    expect(await described({ taskDescriptions: ['Answer briefly.'] })).toEqual(['Answer briefly.'])
    expect(await described({ taskDescriptions: ['manifest', 'none'] })).toEqual(['manifest', 'none'])
  })

  test('the rule of decay is a setting of the run, and one that is not there is refused', async () => {
    expect(await settings({ decay: 'openflamingo' })).toMatchObject({ decay: 'openflamingo' })
    await expect(settings({ decay: 'all' as never })).rejects.toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }),
    )
  })

  test('with weights train what is published, unless something else is asked for', async () => {
    expect(await settings({ weights: ['a.pt'] })).toMatchObject({ trainable: 'published', weights: ['a.pt'] })
    expect(await settings({ weights: ['a.pt'], trainable: 'all' })).toMatchObject({ trainable: 'all' })
  })

  test.each([
    ['no such file', 'absent.yaml', undefined, 'MIMICIT_NOT_FOUND'],
    ['no object', 'list.yaml', '- 1', 'MIMICIT_BAD_VALUE'],
    ['no YAML', 'torn.yaml', 'a: [1', 'MIMICIT_BAD_VALUE'],
    ['an unknown setting', 'unknown.yaml', 'stepz: 3', 'MIMICIT_UNKNOWN_OPTION'],
  ])('%s is told', async (_, name, text, code) => {
    const config = text === undefined ? join(dir, name) : file(name, text)
    await expect(settings({ config })).rejects.toMatchObject({ code })
  })
})
