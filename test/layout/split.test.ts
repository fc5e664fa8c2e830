// Splitting: what shares visuals stays together, sides do not move, what the source names is kept.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sideOfHash, splitDataset } from '../../src/layout/split.js'
import { createForest } from '../../src/layout/union-find.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import type { Split } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { contextsById, pairsOf, picturesById } from '../support/whole-dataset.js'
import { type DatasetSpec, type PairSpec, writeDataset } from '../support/write-dataset.js'

const dir = tempDir()
let made = 0
const next = () => join(dir, `out-${made++}`)
const half = { validation: 0.25, test: 0.25 }
const sides = async (location: string) =>
  Object.fromEntries((await pairsOf(location)).map(({ id, split }) => [id, split as Split]))
const splitOf = async (spec: DatasetSpec, options: Partial<typeof half> & { seed?: number } = half) => {
  const [source, out] = [next(), next()]
  await writeDataset(source, spec)
  const result = await splitDataset(source, { out, ...options })
  return { ...result, sides: await sides(out) }
}

test('only the split changes: pairs, pictures, contexts and orders stay', async () => {
  const [source, out] = [next(), next()]
  await importFixtures(source)
  const { manifest, mixedGroups } = await splitDataset(source, { out, ...half })
  expect(mixedGroups).toBe(0)
  expect(await verifyDataset(out)).toMatchObject({ ok: true, issues: [] })
  const bare = (pairs: Awaited<ReturnType<typeof pairsOf>>) => pairs.map(({ split: _, ...pair }) => pair)
  expect(bare(await pairsOf(out))).toEqual(bare(await pairsOf(source)))
  expect(await picturesById(out)).toEqual(await picturesById(source))
  expect(await contextsById(out)).toEqual(await contextsById(source))
  const before = await openDataset(source)
  expect(manifest.orderKey).toBe(before.manifest.orderKey)
  await before.close()
  const counted = Object.values(manifest.statistics.splits).reduce((sum, count) => sum + count, 0)
  expect(counted).toBe(sourcePairs.length)
})

describe('groups', () => {
  const picture = fc.nat(30)
  const pair = fc.record({
    pictures: fc.uniqueArray(picture, { maxLength: 3 }),
    scene: fc.option(fc.nat(6), { nil: undefined }),
  })
  /** Pictures 0 to 30, of which every fifth and its neighbour are of one clip. */
  const media = Array.from({ length: 31 }, (_, i) => ({
    ids: [`i${i}`],
    content: i,
    ...(i % 5 < 2 ? { clip: `c${Math.floor(i / 5)}` } : {}),
  }))
  type Drawn = { readonly pictures: readonly number[]; readonly scene: number | undefined }
  const pairs = (drawn: readonly Drawn[], name: (i: number) => string): PairSpec[] =>
    drawn.map(({ pictures, scene }, i) => ({
      id: name(i),
      pictures: pictures.map((at) => `i${at}`),
      metadata: scene === undefined ? null : JSON.stringify({ scene }),
    }))
  const tokens = ({ pictures, scene }: Drawn) => [
    ...pictures.map((at) => (at % 5 < 2 ? `c${Math.floor(at / 5)}` : `i${at}`)),
    ...(scene === undefined ? [] : [`s${scene}`]),
  ]
  const shares = (a: Drawn, b: Drawn) => tokens(a).some((token) => tokens(b).includes(token))

  test('that share a picture, a clip or a scene are on one side, whatever the order of rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 2, maxLength: 12 }), fc.nat(5), async (drawn, seed) => {
        const specs = pairs(drawn, (i) => `p${i}`)
        const { sides: found } = await splitOf({ media, pairs: specs }, { ...half, seed })
        for (const [i, one] of drawn.entries()) {
          for (const [k, other] of drawn.entries()) {
            if (shares(one, other)) expect(found[`p${i}`]).toBe(found[`p${k}`])
          }
        }
        const turned = await splitOf({ media: [...media].reverse(), pairs: [...specs].reverse() }, { ...half, seed })
        expect(turned.sides).toEqual(found)
      }),
      { numRuns: 10 },
    )
  })

  test('do not move when others are added, nor when they grow after they were split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(pair, { minLength: 1, maxLength: 8 }),
        fc.array(pair, { minLength: 1, maxLength: 8 }),
        async (old, added) => {
          const strangers = added.filter((one) => !old.some((other) => shares(one, other)))
          const specs = pairs(old, (i) => `p${i}`)
          const small = await splitOf({ media, pairs: specs })
          // Not split yet: groups that nothing joins stay where they are.
          const unrelated = strangers.filter(
            (one) => !added.some((other) => !strangers.includes(other) && shares(one, other)),
          )
          const large = await splitOf({ media, pairs: [...specs, ...pairs(unrelated, (i) => `q${i}`)] })
          expect(large.sides).toMatchObject(small.sides)
          // Split, appended to and split again: nothing moves, and what joins a group goes to its side.
          const grown = next()
          cpSync(small.out, grown, { recursive: true })
          const writer = await appendDataset(grown)
          for (const { id, pictures = [], metadata = null } of pairs(added, (i) => `q${i}`)) {
            await writer.addPair({
              ...{ id, subset: 'T', split: null, language: 'en', instruction: 'i', response: 'r' },
              ...{ mediaKind: pictures.length === 0 ? 'none' : 'images', mediaIds: pictures, metadata },
              ...{ media: pictures.map((at) => Number(at.slice(1))), mediaPositions: null, mediaTimes: null },
            })
          }
          await writer.finish({})
          const again = next()
          await splitDataset(grown, { out: again, ...half })
          const found = await sides(again)
          expect(found).toMatchObject(small.sides)
          for (const [k, one] of added.entries()) {
            const joined = new Set(old.flatMap((other, i) => (shares(one, other) ? [small.sides[`p${i}`]] : [])))
            if (joined.size === 1 && strangers.length === 0 && added.length === 1) {
              expect([...joined]).toEqual([found[`q${k}`]])
            }
          }
        },
      ),
      { numRuns: 10 },
    )
  })
})

test('splits that the source names are kept, their groups follow, and groups of several are told', async () => {
  const media = ['a', 'b', 'c'].map((id, i) => ({ ids: [id], content: i }))
  const { sides: found, mixedGroups } = await splitOf(
    {
      media,
      pairs: [
        { id: 'p1', pictures: ['a'], split: 'test' },
        { id: 'p2', pictures: ['a'] },
        { id: 'p3', pictures: ['b'], split: 'train' },
        { id: 'p4', pictures: ['b'], split: 'validation' },
        { id: 'p5', pictures: ['b'] },
        { id: 'p6', pictures: ['c'] },
        { id: 'p7' },
      ],
    },
    { validation: 1, test: 0 },
  )
  expect(found).toEqual({
    ...{ p1: 'test', p2: 'test', p3: 'train', p4: 'validation', p5: 'validation' },
    ...{ p6: 'validation', p7: 'validation' },
  })
  expect(mixedGroups).toBe(1)
})

test('a picture that an append stored again under another id is the same picture', async () => {
  const numbers = Array.from({ length: 12 }, (_, k) => k)
  const { sides: found } = await splitOf({
    media: numbers.flatMap((k) => [
      { ids: [`x${k}`], content: 2 * k },
      { ids: [`y${k}`], content: 2 * k + 1 },
      { ids: [`again${k}`], content: 2 * k },
    ]),
    pairs: numbers.flatMap((k) => [
      { id: `p${k}`, pictures: [`x${k}`, `y${k}`] },
      { id: `q${k}`, pictures: [`again${k}`] },
    ]),
  })
  expect(numbers.map((k) => found[`q${k}`])).toEqual(numbers.map((k) => found[`p${k}`]))
})

test('an album is one thing within its subset only, and metadata that is no object names nothing', async () => {
  const pairs = Array.from({ length: 40 }, (_, i) => ({
    id: `p${i}`,
    subset: i % 2 === 0 ? 'VST' : 'SN',
    metadata: JSON.stringify({ album: '7' }),
  }))
  const nameless = Array.from({ length: 8 }, (_, i) => ({ id: `e${i}`, metadata: JSON.stringify({ album: '' }) }))
  const { sides: found } = await splitOf({ pairs: [...pairs, ...nameless, { id: 'n', metadata: 'null "album"' }] })
  for (const parity of [0, 1]) {
    expect(new Set(pairs.flatMap(({ id }, i) => (i % 2 === parity ? [found[id]] : []))).size).toBe(1)
  }
  expect(found.n).toBeDefined()
  expect(new Set(nameless.map(({ id }) => found[id])).size).toBeGreaterThan(1)
})

// Golden: a data set that was split with a seed is split in the same way for ever. A change is a new version of the key.
test('the side of a hash', () => {
  const parts = { validation: 0.2, test: 0.2 }
  const hashes = Array.from({ length: 12 }, (_, i) => i.toString(16).padStart(16, '0'))
  expect(
    hashes
      .map((hash) => sideOfHash(hash, 0, parts))
      .map((side) => (side === 'train' ? '.' : side[0]))
      .join(''),
  ).toBe('......t.v.vv')
})

test('parts are met, and a larger part only takes from train', () => {
  const hashes = Array.from({ length: 4000 }, (_, i) => `h${i}`)
  const count = (parts: typeof half, seed = 0) => {
    const found = hashes.map((hash) => sideOfHash(hash, seed, parts))
    return { found, test: found.filter((side) => side === 'test').length / 4000 }
  }
  const small = count({ validation: 0.1, test: 0.1 })
  const large = count({ validation: 0.2, test: 0.3 })
  expect(small.test).toBeCloseTo(0.1, 1)
  expect(large.test).toBeCloseTo(0.3, 1)
  for (const [i, side] of small.found.entries()) if (side !== 'train') expect(large.found[i]).toBe(side)
  expect(count(half, 1).found).not.toEqual(count(half, 2).found)
})

test.each([
  [{ validation: 0, test: 0 }, 'parts above 0'],
  [{ validation: 0.6, test: 0.6 }, 'parts above 0'],
  [{ validation: -1 }, 'option validation'],
  [{ test: 0.1, by: 'pairs' as 'visuals' }, 'option by'],
])('%j is refused', async (options, message) => {
  const fault = await faultOf(splitDataset(dir, { out: next(), ...options }))
  expect([fault.code, fault.message.includes(message)], fault.message).toEqual(['MIMICIT_BAD_VALUE', true])
})

test('union-find: sets are those that a plain search finds, with their least hash, names first', () => {
  const edge = fc.tuple(fc.nat(14), fc.nat(14))
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 20 }),
      fc.array(fc.nat(40), { minLength: 15, maxLength: 15 }),
      fc.boolean(),
      (edges, hashes, equal) => {
        const forest = createForest(10)
        for (let node = 0; node < 10; node++) forest.set(node, 0, hashes[node]!)
        for (let node = 10; node < 15; node++) forest.add(0, hashes[node]!, true)
        for (const [a, b] of edges) forest.join(a, b)
        if (equal) forest.joinEqual()
        const same = (a: number, b: number) => equal && a !== b && hashes[a] === hashes[b]
        const alike = Array.from({ length: 100 }, (_, i) => [Math.floor(i / 10), i % 10] as const)
        const joined = [...edges, ...alike.filter(([a, b]) => same(a, b))]
        const sets = Array.from({ length: 15 }, (_, node) => new Set([node]))
        for (let round = 0; round < 15; round++) {
          for (const [a, b] of joined) {
            const union = new Set([...sets[a]!, ...sets[b]!])
            for (const node of union) sets[node] = union
          }
        }
        for (let node = 0; node < 15; node++) {
          expect(
            new Set(Array.from({ length: 15 }, (_, k) => k).filter((k) => forest.find(k) === forest.find(node))),
          ).toEqual(sets[node])
          const names = [...sets[node]!].filter((k) => k >= 10)
          const among = names.length > 0 ? names : [...sets[node]!]
          expect(forest.least(node)).toEqual([0, Math.min(...among.map((k) => hashes[k]!))])
        }
      },
    ),
    { numRuns: 100 },
  )
})
