// Which questions are asked with which examples: on the fixtures, whose pictures are asked about several times each.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPairFacts } from '../../../src/context/facts.js'
import { planFewShot } from '../../../src/evaluate/few-shot/plan-few-shot.js'
import { makePools } from '../../../src/evaluate/few-shot/pools.js'
import { overSeeds, summarise } from '../../../src/evaluate/few-shot/summary.js'
import { splitDataset } from '../../../src/layout/split.js'
import { type Dataset, openDataset } from '../../../src/shards/dataset.js'
import { importFixtures } from '../../support/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
let dataset: Dataset
let parted: Dataset

beforeAll(async () => {
  await importFixtures(join(dir, 'data'))
  await splitDataset(join(dir, 'data'), { out: join(dir, 'split'), validation: 0.3 })
  dataset = await openDataset(join(dir, 'data'))
  parted = await openDataset(join(dir, 'split'))
}, 60_000)
afterAll(async () => {
  await dataset.close()
  await parted.close()
})

const each = { perVisual: false }
const mediaOf = async (rows: readonly number[]) =>
  new Set((await Promise.all(rows.map((row) => dataset.pair(row)))).flatMap(({ media }) => media))

describe('pools', () => {
  it('share no picture, whatever is asked', async () => {
    const facts = await readPairFacts(dataset)
    const all = Array.from({ length: facts.rows }, (_, row) => row)
    for (const queries of [1, 5, 20, 60]) {
      for (const perVisual of [true, false]) {
        const pools = makePools(facts, all, { perVisual, queries, seed: 3 })
        const asked = await mediaOf([...pools.rowsOf.values()].flat())
        for (const media of await mediaOf([...pools.support])) expect(asked.has(media)).toBe(false)
        expect(pools.queries.length).toBe(Math.min(queries, perVisual ? facts.visuals.size : facts.rows))
        const named = [...pools.rowsOf.values()].reduce((sum, rows) => sum + rows.length, 0)
        expect(pools.support.length + pools.guarded + named).toBe(facts.rows)
      }
    }
  })

  it('follow the splits of the data set', async () => {
    const plan = await planFewShot(parted, { task: each, shots: [2], seeds: 1 })
    expect(plan.questions.length).toBe(parted.manifest.statistics.splits.validation)
    for (const { row } of plan.questions) expect((await parted.pair(row)).split).toBe('validation')
    for (const rows of plan.conditions[0]!.contexts)
      for (const row of rows) expect((await parted.pair(row)).split).toBe('train')
  })

  it('refuse an evaluation without questions', async () => {
    const none = planFewShot(dataset, { task: each, querySplit: 'test', shots: [0] })
    await expect(none).rejects.toMatchObject({ code: 'MIMICIT_EMPTY', message: expect.stringMatching(/split test/) })
    const matches = planFewShot(dataset, { task: each, instructions: /^nothing like this$/, shots: [0] })
    await expect(matches).rejects.toMatchObject({ code: 'MIMICIT_EMPTY' })
  })
})

describe('examples', () => {
  const options = { task: each, queries: 8, seeds: 2 }

  it('of fewer shots are the nearest of more, the same every time, and drawn anew by seed', async () => {
    const plan = await planFewShot(dataset, { ...options, shots: [0, 2, 4] })
    expect(await planFewShot(dataset, { ...options, shots: [0, 2, 4] })).toEqual(plan)
    const of = (shots: number, seed: number) =>
      plan.conditions.find(({ condition }) => condition.shots === shots && condition.seed === seed)!.contexts
    expect(plan.conditions).toHaveLength(5)
    expect(of(0, 0).every((rows) => rows.length === 0)).toBe(true)
    expect(of(2, 0)).toEqual(of(4, 0).map((rows) => rows.slice(0, 2)))
    expect(of(4, 0)).not.toEqual(of(4, 1))
    for (const rows of of(4, 1)) expect(new Set(rows).size).toBe(4)
  })

  it.each(['text-similarity', 'image-similarity'])('by %s never show a picture that is asked about', async (select) => {
    const plan = await planFewShot(dataset, { ...options, shots: [4], select: [select] })
    const asked = await mediaOf(plan.questions.map(({ row }) => row))
    for (const { contexts } of plan.conditions) {
      for (const rows of contexts) {
        expect(rows).toHaveLength(4)
        for (const media of await mediaOf(rows)) expect(asked.has(media)).toBe(false)
      }
    }
  })

  it('of a control are others with about as many tokens', async () => {
    const lengths = new Map<number, number>()
    for await (const [row, { instruction, response }] of dataset.pairs())
      lengths.set(row, instruction.length + response.length)
    const tokensOf = (row: number) => lengths.get(row)!
    const select = ['text-similarity', 'matched:text-similarity']
    const { conditions } = await planFewShot(dataset, { ...options, seeds: 1, shots: [4], select, tokensOf })
    const [chosen, control] = conditions.map(({ contexts }) => contexts.flat())
    const sum = (rows: readonly number[]) => rows.reduce((total, row) => total + tokensOf(row), 0)
    expect(control!.filter((row, i) => row === chosen![i])).toHaveLength(0)
    expect(sum(control!) / sum(chosen!)).toBeGreaterThan(0.9)
    expect(sum(control!) / sum(chosen!)).toBeLessThan(1.1)
  })

  it('that are too few are refused, with the numbers', async () => {
    const plan = planFewShot(dataset, { ...options, support: 3, shots: [4] })
    await expect(plan).rejects.toMatchObject({
      code: 'MIMICIT_SHOTS_EXCEED_CONTEXTS',
      message: expect.stringMatching(/at least 4 .* with 3 pairs/),
    })
  })

  it.each([{ shots: [] }, { shots: [-1] }, { seeds: 0 }, { select: [] }])('refuses %j', async (wrong) => {
    await expect(planFewShot(dataset, { ...options, ...wrong })).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  })

  it('may be two without pictures in place of none', async () => {
    const { conditions } = await planFewShot(dataset, { ...options, shots: [0], textDemos: true })
    expect(conditions.map(({ withoutPictures }) => withoutPictures)).toEqual([true, true])
    expect(conditions[0]!.contexts.every((rows) => rows.length === 2)).toBe(true)
  })
})

it('summaries are means over seeds with their standard deviation', () => {
  expect(overSeeds([1, 3])).toEqual({ mean: 2, spread: Math.SQRT2 })
  expect(overSeeds([5])).toEqual({ mean: 5, spread: 0 })
  const of = (select: string, shots: number, seed: number, accuracy: number) => ({
    ...{ select, shots, seed, scores: { accuracy }, items: [] },
  })
  const conditions = [of('none', 0, 0, 0.1), of('a', 2, 0, 0.25), of('a', 2, 1, 0.75), of('b', 2, 0, 1)]
  const means = summarise(conditions, ['a', 'b']).map(({ select, shots, scores }) => [
    ...[select, shots, scores.accuracy!.mean],
  ])
  expect(means).toEqual([
    ['a', 0, 0.1],
    ['a', 2, 0.5],
    ['b', 0, 0.1],
    ['b', 2, 1],
  ])
})
