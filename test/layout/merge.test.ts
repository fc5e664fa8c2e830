// Merging: pairs one after the other, every picture once, contexts shifted, collisions told.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { filterDataset } from '../../src/layout/filter.js'
import { createKeyTable } from '../../src/layout/key-table.js'
import { mergeDatasets } from '../../src/layout/merge.js'
import { splitDataset } from '../../src/layout/split.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { contextsById, pairsOf, picturesById } from '../support/whole-dataset.js'
import { pictureBytes, writeDataset } from '../support/write-dataset.js'

const dir = tempDir()
let made = 0
const next = () => join(dir, `out-${made++}`)
const make = async (spec: Parameters<typeof writeDataset>[1]) => {
  const out = next()
  await writeDataset(out, spec)
  return out
}

test('parts of a data set merged are the whole again, but for what pointed from one part to another', async () => {
  const whole = next()
  await importFixtures(whole)
  const parts = ['LA', 'CGD'].map((subset) => ({ subset, out: next() }))
  for (const { subset, out } of parts) await filterDataset(whole, { out, subset: [subset] })
  const out = next()
  const { manifest } = await mergeDatasets(
    parts.map((part) => part.out),
    { out },
  )
  expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
  expect(await pairsOf(out)).toEqual(await pairsOf(whole))
  expect(await picturesById(out)).toEqual(await picturesById(whole))
  expect(await contextsById(out)).toEqual(await contextsById(whole))
  const before = (await openDataset(whole)).manifest
  expect([manifest.statistics, manifest.subsets]).toEqual([before.statistics, before.subsets])
  expect(manifest.contexts.train?.select).toEqual(before.contexts.train?.select)
})

test('a picture of several sources is stored once with the ids of all', async () => {
  const one = await make({
    media: [
      { ids: ['x', 'y'], content: 1 },
      { ids: ['z'], content: 2 },
    ],
    pairs: [{ id: 'p', pictures: ['y', 'z'] }],
  })
  const two = await make({
    media: [
      { ids: ['n'], content: 3 },
      { ids: ['w'], content: 2 },
      { ids: ['y', 'v'], content: 1 },
    ],
    pairs: [
      { id: 'q', pictures: ['w', 'n'] },
      { id: 'r', pictures: ['v'] },
    ],
  })
  const three = await make({ media: [{ ids: ['u'], content: 1 }], pairs: [{ id: 's', pictures: ['u'] }] })
  const out = next()
  await mergeDatasets([one, two, three], { out })
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  const dataset = await openDataset(out)
  const ids = await Promise.all([0, 1, 2].map(async (row) => (await dataset.media(row)).ids))
  expect(ids).toEqual([['x', 'y', 'v', 'u'], ['z', 'w'], ['n']])
  expect(dataset.manifest.tables.media.rows).toBe(3)
  const pairs = await Promise.all([0, 1, 2, 3].map((row) => dataset.pair(row)))
  expect(pairs.map(({ id, media }) => [id, media])).toEqual([
    ['p', [0, 1]],
    ['q', [1, 2]],
    ['r', [0]],
    ['s', [0]],
  ])
  expect(Buffer.compare(await dataset.pictureById('u'), pictureBytes(1))).toBe(0)
  await dataset.close()
})

describe('ids that collide', () => {
  const media = [{ ids: ['x'], content: 1 }]
  const pairs = [{ id: 'p', pictures: ['x'] }]

  test('of pairs and of different pictures are told', async () => {
    const one = await make({ media, pairs })
    const two = await make({ media: [{ ids: ['x'], content: 2 }], pairs: [{ id: 'q', pictures: ['x'] }] })
    const out = next()
    const pictures = await faultOf(mergeDatasets([one, two], { out }))
    expect(pictures.code).toBe('MIMICIT_DUPLICATE_ID')
    expect(pictures.message).toContain(`picture x is another one in ${one}`)
    const same = await faultOf(mergeDatasets([one, one], { out }))
    expect(same.message).toMatch(/pairs row 0 of .*: row 0 of .* has the same id.*--namespace/)
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false)
  })

  test('are told apart by a namespace', async () => {
    const one = await make({ media, pairs, contexts: { c: [] } })
    const two = await make({
      media: [...media, { ids: ['y'], content: 2 }],
      pairs: [{ id: 'p', pictures: ['x', 'y'] }],
    })
    const out = next()
    await mergeDatasets([one, two], { out, namespace: ['a', 'b'] })
    expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
    expect((await pairsOf(out)).map(({ id, mediaIds }) => [id, mediaIds])).toEqual([
      ['a/p', ['a/x']],
      ['b/p', ['b/x', 'b/y']],
    ])
    expect(Object.keys(await picturesById(out))).toEqual(['a/x', 'b/x', 'b/y'])
  })

  test.each([[['a']], [['a', 'a']], [['a', 'b', 'c']]])('namespaces %j for two sources', async (namespace) => {
    const fault = await faultOf(mergeDatasets([dir, dir], { out: next(), namespace }))
    expect([fault.code, fault.parts.expected]).toEqual([
      'MIMICIT_BAD_VALUE',
      '2 different names, one for each data set',
    ])
  })

  test('a namespace that no id can begin with, and a merge of nothing', async () => {
    expect((await faultOf(mergeDatasets([dir], { out: next(), namespace: ['a/b'] }))).code).toBe('MIMICIT_BAD_VALUE')
    expect((await faultOf(mergeDatasets([], { out: next() }))).parts.expected).toBe('at least one data set')
  })
})

test('contexts of one name follow each other; another selection of the same name is recorded', async () => {
  const pairs = ['a', 'b', 'c'].map((id) => ({ id }))
  const row = (query: number, ...contexts: number[]) => ({ query, contexts, scores: null })
  const one = await make({ pairs, contexts: { c: [row(2, 0), row(0, 1, 2)], only: [row(1, 0)] }, parameters: { k: 1 } })
  const two = await make({
    pairs: pairs.map(({ id }) => ({ id: `${id}2` })),
    contexts: { c: [row(1, 2), row(0)] },
    parameters: { k: 2 },
  })
  const out = next()
  const { manifest } = await mergeDatasets([one, two], { out })
  expect(await contextsById(out)).toEqual({
    c: { c: ['a'], a: ['b', 'c'], b2: ['c2'], a2: [] },
    only: { b: ['a'] },
  })
  const dataset = await openDataset(out)
  expect([...(await dataset.context('c')).queries]).toEqual([2, 0, 4, 3])
  await dataset.close()
  const stored = (k: number) => ({ name: 'stored', parameters: { k } })
  expect(manifest.contexts.c?.select).toEqual({ name: 'merged', parameters: { of: [stored(1), stored(2)] } })
  expect(manifest.contexts.only).toMatchObject({ select: stored(1), pairs: { from: 0, to: 3 } })
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
})

test('the key table finds what was added under a key, in order, whatever else has equal bits', () => {
  const key = fc.tuple(fc.nat(3), fc.constantFrom(0, 1, 7, 2 ** 32 - 1))
  fc.assert(
    fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
      const table = createKeyTable(2)
      const model = new Map<string, number[]>()
      for (const [row, [high, low]] of keys.entries()) {
        table.add(high, low, row)
        model.set(`${high} ${low}`, [...(model.get(`${high} ${low}`) ?? []), row])
        for (const [each, rows] of model) {
          const [a, b] = each.split(' ').map(Number)
          expect(table.candidates(a!, b!)).toEqual(rows)
        }
      }
      expect(table.candidates(9, 9)).toEqual([])
    }),
  )
})

test('how the sources are mixed goes with their pairs, through filter, merge and split', async () => {
  const entry = (name: string, from: number, to: number, subsets?: string[]) => ({
    name,
    group: 'IMAGE_TEXT',
    ...(subsets && { subsets }),
    pairs: { from, to },
    numSamples: from === 0 ? null : 2,
    taskDescriptions: [`This is ${name}.`],
  })
  const one = await make({
    pairs: ['a', 'b', 'c', 'd', 'e'].map((id, i) => ({ id, subset: i === 1 || i === 3 ? 'V' : 'U' })),
    mixture: [entry('u', 0, 2, ['U', 'V']), entry('v', 3, 4, ['V']), entry('w', 4, 5)],
  })
  const two = await make({ pairs: [{ id: 'y' }, { id: 'z' }], mixture: [entry('x', 1, 2, ['T'])] })
  const mixed = async (out: string) => {
    expect(await verifyDataset(out)).toMatchObject({ ok: true })
    return (await openDataset(out)).manifest.mixture
  }
  const merged = next()
  await mergeDatasets([one, two], { out: merged })
  expect(await mixed(merged)).toEqual([
    ...((await mixed(one)) ?? []),
    { ...entry('x', 1, 2, ['T']), pairs: { from: 6, to: 7 } },
  ])
  // Of the first entry the pair of another subset goes, of the second everything.
  const filtered = next()
  await filterDataset(merged, { out: filtered, subset: ['U', 'T'] })
  expect(await mixed(filtered)).toEqual([
    { ...entry('u', 0, 2, ['U']), pairs: { from: 0, to: 1 } },
    { ...entry('w', 4, 5), pairs: { from: 2, to: 3 } },
    { ...entry('x', 1, 2, ['T']), pairs: { from: 4, to: 5 } },
  ])
  const parted = next()
  await splitDataset(filtered, { out: parted, test: 0.5 })
  expect(await mixed(parted)).toEqual(await mixed(filtered))
  const without = next()
  await filterDataset(one, { out: without, ids: ['c'] })
  expect('mixture' in (await openDataset(without)).manifest).toBe(false)
})
