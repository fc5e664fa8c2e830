// Filtering: what remains is exactly what the conditions say, with its pictures and contexts, and nothing else.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { openDirectory } from '../../src/io/directory.js'
import { filterDataset } from '../../src/layout/filter.js'
import { mergeDatasets } from '../../src/layout/merge.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { contextsById, pairsOf, picturesById } from '../support/whole-dataset.js'
import { writeDataset } from '../support/write-dataset.js'

const dir = tempDir()
const all = join(dir, 'all')
let made = 0
const next = () => join(dir, `out-${made++}`)

beforeAll(async () => {
  await importFixtures(all)
})

describe('a filtered data set', () => {
  test('has any chosen pairs in their order, their pictures under all ids, and the contexts among them', async () => {
    const [pairs, pictures, contexts] = [await pairsOf(all), await picturesById(all), await contextsById(all)]
    const chosen = fc.subarray(
      pairs.map(({ id }) => id),
      { minLength: 1 },
    )
    await fc.assert(
      fc.asyncProperty(chosen, async (ids) => {
        const out = next()
        const { manifest } = await filterDataset(all, { out, ids })
        expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
        const kept = new Set(ids)
        const expected = pairs.filter(({ id }) => kept.has(id))
        expect(await pairsOf(out)).toEqual(expected)
        const used = new Set(expected.flatMap(({ mediaIds }) => mediaIds))
        expect(await picturesById(out)).toEqual(
          Object.fromEntries(Object.entries(pictures).filter(([id]) => used.has(id))),
        )
        const remaining = Object.entries(contexts).flatMap(([name, rows]) => {
          const left = Object.entries(rows).filter(([query]) => kept.has(query))
          return left.length === 0
            ? []
            : [[name, left.map(([query, given]) => [query, given.filter((id) => kept.has(id))])]]
        })
        const found = Object.entries(await contextsById(out)).map(([name, rows]) => [name, Object.entries(rows)])
        expect(found).toEqual(remaining)
        for (const [name, { maxContexts, pairs: range, orderKey }] of Object.entries(manifest.contexts)) {
          const most = Math.max(...Object.values((await contextsById(out))[name]!).map((given) => given.length))
          const of = { from: 0, to: ids.length }
          expect([maxContexts, range, orderKey]).toEqual([most, of, manifest.orderKey])
        }
      }),
      { numRuns: 8 },
    )
  })

  test('of everything is the same data set, byte for byte', async () => {
    const out = next()
    await filterDataset(all, { out, language: ['en'] })
    for (const path of await openDirectory(all).list()) {
      if (path === 'provenance.json') continue
      expect(readFileSync(join(out, path)).equals(readFileSync(join(all, path))), path).toBe(true)
    }
  })

  test('says of what it was made, and of no place', async () => {
    const out = next()
    await filterDataset(all, { out, subset: ['CGD'], where: (pair) => pair.media.length === 2 })
    const provenance = JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')) as Record<string, unknown>
    const manifest = readFileSync(join(all, 'manifest.json'))
    expect(provenance).toMatchObject({
      command: 'filter',
      parents: [{ generation: 1, pairs: sourcePairs.length, media: sourceImages.length }],
      options: { subset: ['CGD'], where: '(pair) => pair.media.length === 2' },
    })
    expect(provenance.parents).toMatchObject([{ manifest: createHash('sha256').update(manifest).digest('hex') }])
    expect(JSON.stringify(provenance.parents)).not.toContain(dir)
  })
})

test('scores go with their contexts, and a table of which nothing remains is gone', async () => {
  const source = next()
  await writeDataset(source, {
    pairs: ['a', 'b', 'c', 'd'].map((id, i) => ({
      id,
      split: i < 3 ? 'train' : 'test',
      language: i < 2 ? 'en' : 'zh',
    })),
    contexts: {
      near: [
        { query: 2, contexts: [3, 1, 0], scores: [0.75, 0.5, 0.25] },
        { query: 0, contexts: [3], scores: [1] },
        { query: 3, contexts: [2], scores: null },
      ],
      other: [{ query: 3, contexts: [0], scores: null }],
    },
  })
  const out = next()
  const { manifest } = await filterDataset(source, { out, split: ['train'] })
  expect(Object.keys(manifest.contexts)).toEqual(['near'])
  expect(manifest.contexts.near?.maxContexts).toBe(2)
  const dataset = await openDataset(out)
  const table = await dataset.context('near')
  expect([...table.queries]).toEqual([2, 0])
  expect(await table.get(2)).toEqual({ query: 2, contexts: [1, 0], scores: [0.5, 0.25] })
  expect(await table.get(0)).toEqual({ query: 0, contexts: [], scores: [] })
  await dataset.close()
  const both = next()
  await filterDataset(source, { out: both, split: ['train', 'test'], language: ['zh'] })
  expect((await pairsOf(both)).map(({ id }) => id)).toEqual(['c', 'd'])
})

describe('what is refused', () => {
  test.each<[string, object, string, string]>([
    ['no condition', {}, 'MIMICIT_BAD_VALUE', 'at least one condition'],
    ['a subset that no pair has', { subset: ['LA', 'SD'] }, 'MIMICIT_UNKNOWN_NAME', 'one of LA, CGD'],
    ['a language that no pair has', { language: ['zh'] }, 'MIMICIT_UNKNOWN_NAME', 'one of en'],
    ['a split where none is named', { split: ['test'] }, 'MIMICIT_UNKNOWN_NAME', 'no split'],
    ['an id that no pair has', { ids: ['nobody'] }, 'MIMICIT_NOT_FOUND', '1 that no pair has, "nobody"'],
    ['conditions that nothing fulfils', { where: () => false }, 'MIMICIT_BAD_VALUE', 'none of them does'],
    ['an unknown option', { subsets: [] }, 'MIMICIT_UNKNOWN_OPTION', 'subsets'],
    ['a condition that is none', { where: 'x' }, 'MIMICIT_BAD_VALUE', 'a function'],
  ])('%s', async (_, options, code, message) => {
    const out = next()
    const fault = await faultOf(filterDataset(all, { out, ...options }))
    expect([fault.code, fault.message.includes(message)], fault.message).toEqual([code, true])
    expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false)
  })

  test('a directory that is there, a source that is none, and a request to stop leave nothing behind', async () => {
    expect((await faultOf(filterDataset(all, { out: all, subset: ['LA'] }))).code).toBe('MIMICIT_NOT_EMPTY')
    expect((await faultOf(filterDataset(dir, { out: next(), subset: ['LA'] }))).code).toBe('MIMICIT_NOT_A_DATASET')
    for (const stage of ['reading pairs', 'copying pictures', 'copying pairs']) {
      const stop = new AbortController()
      const out = next()
      const work = filterDataset(all, {
        out,
        subset: ['LA'],
        signal: stop.signal,
        onProgress: (progress) => progress.stage === stage && stop.abort(),
      })
      expect((await faultOf(work)).code).toBe('MIMICIT_ABORTED')
      expect(existsSync(out) || existsSync(`${out}.partial`)).toBe(false)
    }
  })

  test('a pair that names a picture that is not there', async () => {
    const source = next()
    await writeDataset(source, {
      pairs: [{ id: 'a', media: [7] as never, mediaIds: ['x'], mediaKind: 'images' } as never],
    })
    const fault = await faultOf(mergeDatasets([source], { out: next() }))
    expect([fault.code, fault.message.includes('"a"')]).toEqual(['MIMICIT_DANGLING_MEDIA', true])
  })
})
