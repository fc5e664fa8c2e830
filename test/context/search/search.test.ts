import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { randomStream } from '../../../src/base/random.js'
import { searchExact } from '../../../src/context/search/exact.js'
import { createFactor, dot, type Vectors } from '../../../src/context/search/matrix.js'
import { emptyNearest, offer } from '../../../src/context/search/nearest.js'
import { createSimilarityIndex, recallOf } from '../../../src/context/search/similarity-index.js'
import { tieBreak } from '../../../src/context/search/tie-break.js'
import { chooseBackend } from '../../../src/tensors/backend.js'

const { tf } = await chooseBackend('wasm')
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

/** Unit vectors around centres, shared between threads. */
function vectorsAround(centres: number, each: number, dimensions: number, spread: number): Vectors {
  const random = randomStream('vectors', centres, each, dimensions)
  const values = new Float32Array(new SharedArrayBuffer(centres * each * dimensions * 4))
  for (let c = 0; c < centres; c++) {
    const centre = Array.from({ length: dimensions }, () => random.normal())
    for (let i = 0; i < each; i++) {
      const one = centre.map((value) => value + spread * random.normal())
      const norm = Math.hypot(...one)
      values.set(
        one.map((value) => value / norm),
        (c * each + i) * dimensions,
      )
    }
  }
  return { values, dimensions }
}

/** The best by looking at every one. */
function byHand(vectors: Vectors, item: number, from: number, to: number, count: number, seed: number) {
  const all = []
  for (let other = from; other < to; other++) {
    if (other !== item) all.push({ item: other, score: Math.fround(dot(vectors, item, other)) })
  }
  const tie = (other: number) => tieBreak(seed, item, other)
  return all.sort((a, b) => b.score - a.score || tie(a.item) - tie(b.item)).slice(0, count)
}

test('the best k of scores that come in blocks', () => {
  const scores = fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 60 })
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 10 }), (given, k, block) => {
      const nearest = emptyNearest(1, k)
      for (let from = 0; from < given.length; from += block) {
        offer(nearest, 0, Float32Array.from(given.slice(from, from + block)), from)
      }
      const expected = given.map((score, i) => ({ score, i })).sort((a, b) => b.score - a.score || a.i - b.i)
      const kept = expected.slice(0, k)
      expect([...nearest.indices].filter((i) => i >= 0)).toEqual(kept.map(({ i }) => i))
      expect([...nearest.scores].slice(0, kept.length)).toEqual(kept.map(({ score }) => score))
    }),
  )
})

test('a score that is not a number is passed over', () => {
  const nearest = emptyNearest(1, 2)
  offer(nearest, 0, Float32Array.of(Number.NaN, 1, Number.NaN), 10)
  expect([...nearest.indices]).toEqual([11, -1])
})

test('scores are the dot products, and the turned ones the same the other way round', () => {
  const size = fc.integer({ min: 1, max: 70 })
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 9 }), (rows, columns, d) => {
      // Whole numbers, so that every sum is exact in whatever order it is taken.
      const left = Float32Array.from({ length: rows * d }, (_, i) => (i % 13) - 6)
      const right = Float32Array.from({ length: columns * d }, (_, i) => (i % 11) - 5)
      const factor = createFactor(tf, right, d)
      const both = { values: Float32Array.of(...left, ...right), dimensions: d }
      const expected = (row: number, column: number) => dot(both, row, rows + column)
      const straight = Array.from({ length: rows * columns }, (_, i) => expected(Math.floor(i / columns), i % columns))
      expect(factor.scores(left)).toEqual(Float32Array.from(straight))
      const turned = Array.from({ length: rows * columns }, (_, i) => expected(i % rows, Math.floor(i / rows)))
      expect(factor.turnedScores(left)).toEqual(Float32Array.from(turned))
      factor.dispose()
    }),
  )
})

test.each([3, 64, 65, 150])('exact search finds what looking at every vector finds: %i queries', (count) => {
  const vectors = vectorsAround(7, 30, 12, 0.5)
  const queries = Int32Array.from({ length: count }, (_, i) => (i * 33) % 210)
  const { indices } = searchExact(tf, vectors, queries, { from: 30, to: 200 }, 5, 0)
  for (const [i, query] of queries.entries()) {
    const expected = byHand(vectors, query, 30, 200, 5, 0).map(({ item }) => item)
    const found = [...indices.subarray(i * 5, (i + 1) * 5)].filter((item) => item !== query)
    expect(expected.slice(0, found.length)).toEqual(found)
  }
})

test.each([0, 2])(
  'partitions do not mix, and what is found depends on nothing but the vectors (%i threads)',
  async (threads) => {
    const vectors = vectorsAround(10, 20, 8, 0.4)
    const options = { search: 'exact', recall: 0.95, threads, seed: 3 } as const
    const index = await createSimilarityIndex(vectors, [0, 60, 60, 200], options)
    closing.push(index.close)
    const items = [0, 59, 60, 199, 7, 100]
    const together = await index.nearest(items, 6)
    for (const [i, item] of items.entries()) {
      const [from, to] = item < 60 ? [0, 60] : [60, 200]
      expect(together[i]).toEqual(byHand(vectors, item, from, to, 6, 3))
      expect(await index.nearest([item], 6)).toEqual([together[i]])
    }
  },
)

test('cells find enough of the true nearest, and say how much of it', async () => {
  const vectors = vectorsAround(40, 50, 16, 0.25)
  const options = { search: 'cells', recall: 0.9, threads: 0, seed: 0 } as const
  const index = await createSimilarityIndex(vectors, [0, 2000], options)
  const again = await createSimilarityIndex(vectors, [0, 2000], options)
  closing.push(index.close, again.close)
  const [measured] = index.recalls
  expect(measured).toMatchObject({ items: 2000, cells: 45 })
  expect(measured!.recall).toBeGreaterThanOrEqual(0.9)
  const items = Array.from({ length: 50 }, (_, i) => i * 40)
  const found = await index.nearest(items, 10)
  expect(await again.nearest(items, 10)).toEqual(found)
  let hits = 0
  for (const [i, item] of items.entries()) {
    const truth = new Set(byHand(vectors, item, 0, 2000, 10, 0).map((one) => one.item))
    hits += found[i]!.filter((one) => truth.has(one.item)).length
  }
  expect(hits / (items.length * 10)).toBeGreaterThan(0.85)
})

test('equally good ones come in an order of the seed and the query', async () => {
  const values = new Float32Array(12 * 2)
  for (let i = 0; i < 12; i++) values[i * 2] = 1
  const order = async (seed: number) => {
    const options = { search: 'exact', recall: 0.95, threads: 0, seed } as const
    const index = await createSimilarityIndex({ values, dimensions: 2 }, [0, 12], options)
    return (await index.nearest([0, 1], 10)).map((found) => found.map(({ item }) => item).join())
  }
  const [first, second] = await order(1)
  expect(await order(1)).toEqual([first, second])
  expect(await order(2)).not.toEqual([first, second])
  expect(first).not.toBe(second)
})

test.each(['exact', 'cells'] as const)('%s: of many equally good ones all have a chance', async (search) => {
  const items = 3000
  const vectors = { values: new Float32Array(items * 8), dimensions: 8 }
  for (let i = 0; i < items; i++) vectors.values[i * 8] = 1
  const index = await createSimilarityIndex(vectors, [0, items], { search, recall: 0.95, threads: 0, seed: 2 })
  for (const asked of [20, 300]) {
    const found = await index.nearest(
      Array.from({ length: asked }, (_, i) => i),
      5,
    )
    expect(new Set(found.flat().map(({ item }) => item)).size).toBeGreaterThan(asked * 3)
  }
})

test('recall leaves out the query itself, and takes what is as good', () => {
  const nearest = (indices: number[], scores: number[]) => ({
    ...{ k: 3, indices: Int32Array.from(indices), scores: Float32Array.from(scores) },
  })
  const truth = nearest([7, 1, 2], [1, 0.9, 0.5])
  const recall = (indices: number[], scores: number[]) => recallOf(truth, nearest(indices, scores), Int32Array.of(7))
  expect(recall([7, 1, 2], [1, 0.9, 0.5])).toBe(1)
  expect(recall([7, 1, 3], [1, 0.9, 0.5])).toBe(1)
  expect(recall([7, 1, 3], [1, 0.9, 0.4])).toBe(0.5)
  expect(recall([7, -1, -1], [1, -1, -1])).toBe(0)
})
