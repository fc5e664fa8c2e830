import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { createChoose } from '../../src/context/choose.js'
import { describe as describePicture } from '../../src/context/embedders/colour-gradient.js'
import { ngrams } from '../../src/context/embedders/ngrams.js'
import { GUARDS } from '../../src/context/guards.js'
import { chooseFor } from '../../src/context/propose.js'
import { selectors } from '../../src/context/registry.js'
import { type OpenWorld, openWorld } from '../../src/context/world.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { createPictureDecoder } from '../../src/vision/decoder.js'
import { publishedRelated, tasks, writeTasks } from '../support/task-dataset.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
// Splits and languages on top, so that their guards have something to do.
const all = tasks().map((task, i) => ({
  ...task,
  ...(i % 5 === 4 && { split: 'validation' as const }),
  ...(i % 7 === 6 && { language: 'fr' }),
}))
let dataset: Dataset
let worlds: OpenWorld[]

beforeAll(async () => {
  await writeTasks(join(root, 'set'), all)
  dataset = await openDataset(join(root, 'set'))
  worlds = await Promise.all(
    [0, 2].map((threads) => openWorld(dataset, { seed: 5, guards: GUARDS, search: { threads } })),
  )
  return async () => {
    for (const world of worlds) await world.close()
    await dataset.close()
  }
})

test.each(Object.keys(selectors))(
  '%s: no self, no repeats, rows that exist, one split and language, and the same for any batch and number of threads',
  async (name) => {
    const [alone, threaded] = await Promise.all(worlds.map((world) => world.selector(name)))
    const choose = createChoose(worlds[0]!.facts, GUARDS)
    const rows = fc.integer({ min: 0, max: all.length - 1 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(rows, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        async (queries, k) => {
          const choices = await chooseFor(queries, alone!, choose, k)
          expect(await chooseFor(queries, threaded!, choose, k)).toEqual(choices)
          for (const [i, query] of queries.entries()) {
            expect(await chooseFor([query], alone!, choose, k)).toEqual([choices[i]])
            const taken = choices[i]!.taken.map(({ row }) => row)
            expect(taken.length).toBeLessThanOrEqual(k)
            expect(new Set(taken).size).toBe(taken.length)
            for (const row of taken) {
              expect(row).not.toBe(query)
              const [own, other] = [all[query]!, all[row]!]
              expect([other.split, other.language]).toEqual([own.split, own.language])
            }
          }
        },
      ),
      { numRuns: 25 },
    )
  },
)

test('random is another draw for another seed, and the same for the same', async () => {
  const other = await openWorld(dataset, { seed: 6, guards: GUARDS })
  const propose = async (world: OpenWorld) => (await world.selector('random')).propose([0, 1, 2], 5)
  expect(await propose(worlds[0]!)).toEqual(await propose(worlds[1]!))
  expect(await propose(worlds[0]!)).not.toEqual(await propose(other))
  await other.close()
})

test('fewer contexts than there are rounds are those just before, fewer than a clip has are a draw, both in their order', async () => {
  const path = join(root, 'long')
  const rounds = Array.from({ length: 15 }, (_, r) => ({ id: `LACONV_INS_000000033471_${r}`, subset: 'LACONV' }))
  const clip = Array.from({ length: 14 }, (_, q) => ({ id: `DC_INS_v1_0000${q}a`, subset: 'DC' }))
  await writeDataset(path, {
    media: [1, 2].map((content) => ({ ids: [`p${content}`], content })),
    pairs: [
      ...rounds.map((one) => ({ ...one, pictures: ['p1'] })),
      ...clip.map((one) => ({ ...one, pictures: ['p2'] })),
    ],
  })
  const lists = async (select: string, k?: number) => {
    const { manifest } = await buildContext(path, { name: 'a', select, replace: true, ...(k !== undefined && { k }) })
    const open = await openDataset(path)
    const table = await open.context('a')
    const found = await Promise.all(
      Array.from({ length: manifest.tables.pairs.rows }, async (_, row) => (await table.get(row))!.contexts),
    )
    await open.close()
    return found
  }
  const before = await lists('previous-rounds', 2)
  expect([before[0], before[1], before[10], before[14]]).toEqual([[], [0], [8, 9], [12, 13]])
  const drawn = (await lists('same-visual', 4)).slice(15)
  for (const contexts of drawn) {
    expect(contexts).toHaveLength(4)
    expect([...contexts].sort((a, b) => a - b)).toEqual(contexts)
  }
  // First come, first taken would leave the last ones out.
  expect(new Set(drawn.flat()).size).toBeGreaterThan(12)
  // The published recipe takes all of them.
  const published = await lists('by-task:mimic-it')
  expect(published[14]).toEqual(Array.from({ length: 14 }, (_, row) => row))
  expect(published.slice(15).map(({ length }) => length)).toEqual(clip.map(() => 13))
})

/** Cosines by hand, best first. */
function ranked(vectors: readonly Float32Array[], query: number, among: readonly number[]) {
  const cosine = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  }
  return among
    .filter((row) => row !== query)
    .map((row) => ({ row, score: cosine(vectors[query]!, vectors[row]!) }))
    .sort((a, b) => b.score - a.score)
}

test('the recipe mimic-it gives the published lists of every subset', async () => {
  const path = join(root, 'plain')
  const plain = tasks()
  await writeTasks(path, plain)
  const open = await openDataset(path)
  const settings = { ...GUARDS, leaks: false, languages: false, subsets: true }
  const world = await openWorld(open, { seed: 0, guards: settings })
  const choices = await chooseFor(
    [...plain.keys()],
    await world.selector('by-task:mimic-it'),
    createChoose(world.facts, settings),
    10,
  )
  const published = publishedRelated(plain)
  expect(new Set(plain.map(({ subset }) => subset)).size).toBe(12)
  for (const [query, { id, subset }] of plain.entries()) {
    const ids = choices[query]!.taken.map(({ row }) => plain[row]!.id)
    if (published.has(id)) expect([id, ids]).toEqual([id, published.get(id)])
    else expect([subset, ids.length]).toEqual([subset, 10])
  }
  // The two that are a search: the ten nearest of their subset.
  const embedder = ngrams()
  await embedder.fit!(
    (async function* () {
      yield* plain.map(({ instruction }) => instruction)
    })(),
  )
  const texts = await Promise.all(plain.map(({ instruction }) => embedder.embed([instruction])))
  const decoder = createPictureDecoder({ size: 64, transform: 'squash' })
  const pictures = await Promise.all(
    plain.map(async ({ pictures: [first] }) => {
      return describePicture(await decoder.decode(await open.pictureById(first!), first!))
    }),
  )
  for (const [name, vectors] of [
    ['LACR_T2T', texts],
    ['LACR_I2I', pictures],
  ] as const) {
    const among = [...plain.keys()].filter((row) => plain[row]!.subset === name)
    for (const query of among) {
      const expected = ranked(vectors, query, among).slice(0, 10)
      const found = choices[query]!.taken
      for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!.score, 5)
      expect(new Set(found.map(({ row }) => row)).size).toBe(10)
    }
  }
  await world.close()
  await open.close()
})

test('the partner of a picture is the one that looks most like it', async () => {
  const [world] = worlds
  const partner = await world!.selector('pair-partner')
  const similar = await world!.selector('image-similarity')
  const { visuals } = world!.facts
  const choose = createChoose(world!.facts, GUARDS)
  const queries = [...all.keys()].filter((row) => all[row]!.subset === 'LADD')
  const [partners, nearest] = await Promise.all([partner, similar].map((one) => chooseFor(queries, one, choose, 3)))
  for (const [i, { taken }] of partners!.entries()) {
    expect(taken.length).toBeGreaterThan(0)
    const first = visuals.of[nearest![i]!.taken[0]!.row]
    for (const { row } of taken) expect(visuals.of[row]).toBe(first)
  }
})

test('text and image weighs the two', async () => {
  const [world] = worlds
  const byText = await world!.selector('text+image:1')
  const text = await world!.selector('text-similarity')
  const choose = createChoose(world!.facts, GUARDS)
  const scores = async (selector: typeof text) =>
    (await chooseFor([0, 8, 30], selector, choose, 3)).map(({ taken }) => taken.map(({ score }) => score))
  const [weighted, plain] = [await scores(byText), await scores(text)]
  for (const [i, list] of plain.entries()) {
    for (const [j, score] of list.entries()) expect(weighted[i]![j]).toBeCloseTo(score!, 5)
  }
  await expect(world!.selector('text+image:2')).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  await expect(world!.selector('by-task:llava')).rejects.toMatchObject({ code: 'MIMICIT_UNKNOWN_NAME' })
})
