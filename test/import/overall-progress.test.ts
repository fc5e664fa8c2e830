// The whole of an import rises from nothing to everything, whatever its stages tell.
import { expect, test } from 'vitest'
import type { OnProgress, Progress } from '../../src/base/progress.js'
import { type ImportDatasetOptions, importDataset, importPart } from '../../src/import/import-dataset.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { importStages, overallProgress } from '../../src/import/overall-progress.js'
import { MIMIC_IT, SOURCES } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

test('stages weigh what their bytes cost, and nothing is taken back', () => {
  const told: Progress[] = []
  const tell = overallProgress(
    [
      { pictureBytes: 400, pairBytes: 100 },
      { pictureBytes: 0, pairBytes: 0 },
    ],
    (progress) => told.push(progress),
  )
  for (const stage of importStages) {
    for (const done of [0, 0.5, 1]) tell({ stage, done, total: 1, unit: 'bytes' })
    tell({ stage, done: 0.2, total: 1, unit: 'bytes' })
  }
  const overall = told.map((progress) => progress.overall!)
  expect(overall[0]).toBe(0)
  expect(overall.at(-1)).toBe(1)
  expect(overall).toEqual([...overall].sort((a, b) => a - b))
  // 400 and 4 x 100, then 2 x 400 and 14 x 100.
  expect([overall[2], overall[6], overall[10]]).toEqual([400 / 3000, 800 / 3000, 1600 / 3000])
})

test('nothing to read is no division by nothing', () => {
  const told: Progress[] = []
  overallProgress([], (progress) => told.push(progress))({
    stage: 'reading pictures',
    done: 0,
    total: 0,
    unit: 'bytes',
  })
  expect(told).toEqual([{ stage: 'reading pictures', done: 0, total: 0, unit: 'bytes', overall: 0 }])
})

test('an import tells every stage, and how far it is as a whole', async () => {
  const told: Progress[] = []
  await importMimicIt({ ...SOURCES, out: `${dir}/out`, onProgress: (progress) => told.push(progress) })
  expect([...new Set(told.map(({ stage }) => stage))]).toEqual([...importStages])
  const overall = told.map((progress) => progress.overall!)
  expect(overall).toEqual([...overall].sort((a, b) => a - b))
  expect(overall.at(-1)).toBe(1)
})

test('every stage ends with all of it done, in parts and as a whole', async () => {
  const options: ImportDatasetOptions = { ...MIMIC_IT, out: `${dir}/whole` }
  const lastOf = async (run: (onProgress: OnProgress) => Promise<unknown>) => {
    const last = new Map<string, Progress>()
    await run((progress) => last.set(progress.stage, progress))
    return [...last.values()].map(({ stage, done, total }) => ({ stage, done, total }))
  }
  const whole = await lastOf((onProgress) => importDataset({ ...options, onProgress }))
  expect(whole.map(({ stage }) => stage)).toEqual([...importStages])
  expect(whole).toEqual(whole.map((last) => ({ ...last, done: last.total })))
  const part = await lastOf((onProgress) =>
    importPart({ ...options, out: `${dir}/part`, onProgress }, { index: 1, count: 2 }, `${dir}/parts`),
  )
  expect(part).toEqual([whole[0]])
})
