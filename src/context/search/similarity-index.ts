// Which items are most alike: vectors in partitions, each searched exactly while it is small and through cells when it is
// large. What comes back was scored again one by one, with ties broken by a key, so it depends on the vectors and the seed
// only: not on how many are asked for at once, nor on the number of threads.
import type { OnProgress } from '../../base/progress.js'
import { randomStream } from '../../base/random.js'
import { chooseBackend } from '../../tensors/backend.js'
import { type Cells, cellsFor, listCells, trainCentres } from './cells.js'
import { dot, type Vectors } from './matrix.js'
import type { Nearest } from './nearest.js'
import { createSearchPool } from './search-pool.js'
import type { Range } from './task.js'
import { tieBreak } from './tie-break.js'

/** An item with how alike it is to the one that was asked about. */
export interface Neighbour {
  readonly item: number
  /** Cosine, float32. */
  readonly score: number
}

/** How a search goes about its work. */
export interface SearchOptions {
  /** `auto`: exact up to 200,000 items of a partition, cells beyond. @default 'auto' */
  readonly search: 'auto' | 'exact' | 'cells'
  /** Share of the true nearest that cells have to find; decides how many are looked into. @default 0.95 */
  readonly recall: number
  /** 0 = in this thread. */
  readonly threads: number
  readonly seed: number
  readonly onProgress?: OnProgress | undefined
}

/** Recall of a partition that is searched through cells, measured on queries of its own. */
export interface MeasuredRecall {
  readonly items: number
  readonly cells: number
  readonly probes: number
  readonly queries: number
  readonly recall: number
}

/** Items open for search. */
export interface SimilarityIndex {
  /** The items of the same partition that are most like each of some items, best first, without itself. */
  nearest(items: readonly number[], count: number): Promise<readonly (readonly Neighbour[])[]>
  /** The cosine of two items. */
  similarity(a: number, b: number): number
  /** Of every partition that is searched through cells. */
  readonly recalls: readonly MeasuredRecall[]
  close(): Promise<void>
}

/** A partition is searched exactly up to this many items. */
const EXACT_UP_TO = 200_000
/** Fetched beyond what is asked for, so that scoring again decides what the best are, and not the product's rounding. */
const MARGIN = 8
const RECALL_QUERIES = 512
const RECALL_AT = 10
/** Rows of one task of assigning. */
const ASSIGNED_AT_ONCE = 65_536

/**
 * @param vectors of unit length, partition after partition; on a SharedArrayBuffer if there are threads
 * @param starts first item of each partition, and the number of items at the end
 */
export async function createSimilarityIndex(
  vectors: Vectors,
  starts: readonly number[],
  options: SearchOptions,
): Promise<SimilarityIndex> {
  const { seed } = options
  const pool = await createSearchPool(vectors, options.threads)
  const partitions: { readonly range: Range; readonly cells?: Cells; readonly probes: number }[] = []
  const recalls: MeasuredRecall[] = []
  try {
    for (const [i, from] of starts.slice(0, -1).entries()) {
      const range = { from, to: starts[i + 1]! }
      const size = range.to - from
      if (options.search === 'exact' || (options.search === 'auto' && size <= EXACT_UP_TO) || size < 2) {
        partitions.push({ range, probes: 0 })
        continue
      }
      const cells = await makeCells(range)
      const measured = await tune(range, cells)
      recalls.push(measured)
      partitions.push({ range, cells, probes: measured.probes })
    }
  } catch (error) {
    await pool.close()
    throw error
  }

  async function makeCells(range: Range): Promise<Cells> {
    const { tf } = await chooseBackend('wasm')
    const centres = shared(trainCentres(tf, vectors, range, cellsFor(range.to - range.from), options.seed))
    const total = range.to - range.from
    const cell = new Int32Array(total)
    const blocks: Range[] = []
    for (let from = range.from; from < range.to; from += ASSIGNED_AT_ONCE) {
      blocks.push({ from, to: Math.min(range.to, from + ASSIGNED_AT_ONCE) })
    }
    let done = 0
    await Promise.all(
      blocks.map(async (block) => {
        cell.set(await pool.assign(block, centres), block.from - range.from)
        done += block.to - block.from
        options.onProgress?.({ stage: 'sorting into cells', done, total, unit: 'items' })
      }),
    )
    const { starts: first, members } = listCells(cell, centres, vectors.dimensions, range.from)
    return { centres, starts: shared(first), members: shared(members) }
  }

  /** Looks into more and more cells until enough of the true nearest are found. */
  async function tune(range: Range, cells: Cells): Promise<MeasuredRecall> {
    const random = randomStream('recall 1', options.seed, range.from, range.to)
    const queries = Int32Array.from(
      { length: Math.min(RECALL_QUERIES, range.to - range.from) },
      () => range.from + random.below(range.to - range.from),
    )
    const k = RECALL_AT
    const truth = await pool.search({ kind: 'exact', range, queries, k: k + 1, seed })
    const count = cells.starts.length - 1
    for (let probes = 1; ; probes = Math.min(count, probes * 2)) {
      const found = await pool.search({ kind: 'cells', cells, queries, probes, k: k + 1, seed })
      const recall = recallOf(truth, found, queries)
      if (recall < options.recall && probes < count) continue
      return { items: range.to - range.from, cells: count, probes, queries: queries.length, recall }
    }
  }

  const partitionOf = (item: number) => {
    let low = 0
    let high = partitions.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (partitions[middle]!.range.from <= item) low = middle
      else high = middle - 1
    }
    return low
  }
  const similarity = (a: number, b: number) => Math.fround(dot(vectors, a, b))

  async function nearest(items: readonly number[], count: number) {
    const asked = new Map<number, number[]>()
    for (const [place, item] of items.entries()) {
      const partition = partitionOf(item)
      const places = asked.get(partition) ?? []
      places.push(place)
      asked.set(partition, places)
    }
    const answers: Neighbour[][] = items.map(() => [])
    await Promise.all(
      [...asked].map(async ([at, places]) => {
        const { range, cells, probes } = partitions[at]!
        const queries = Int32Array.from(places, (place) => items[place]!)
        const k = Math.min(range.to - range.from, count + 1 + MARGIN)
        const found = await pool.search(
          cells === undefined
            ? { kind: 'exact', range, queries, k, seed }
            : { kind: 'cells', cells, queries, probes, k, seed },
        )
        for (const [i, place] of places.entries()) answers[place] = ranked(found, i, queries[i]!, count)
      }),
    )
    return answers
  }

  function ranked({ indices, k }: Nearest, place: number, query: number, count: number): Neighbour[] {
    const found: Neighbour[] = []
    for (let i = place * k; i < (place + 1) * k; i++) {
      const item = indices[i]!
      if (item >= 0 && item !== query) found.push({ item, score: similarity(query, item) })
    }
    const tie = (item: number) => tieBreak(seed, query, item)
    return found.sort((a, b) => b.score - a.score || tie(a.item) - tie(b.item) || a.item - b.item).slice(0, count)
  }

  return { nearest, similarity, recalls, close: pool.close }
}

/**
 * Share of the true nearest that were found, the query itself left out, which every search finds. One that is as good as the
 * last of the true ones counts as one of them.
 */
export function recallOf(truth: Nearest, found: Nearest, queries: Int32Array): number {
  let hits = 0
  let total = 0
  for (const [place, query] of queries.entries()) {
    const best = othersOf(truth, place, query)
    const worst = best.at(-1)
    if (worst === undefined) continue
    total += best.length
    // Products of other shapes round otherwise.
    const good = othersOf(found, place, query).filter((score) => score >= worst - ROUNDING)
    hits += Math.min(good.length, best.length)
  }
  return total === 0 ? 1 : hits / total
}

const ROUNDING = 1e-6

/** Scores of what a search found for a query besides itself, best first; one less than it had room for. */
function othersOf({ indices, scores, k }: Nearest, place: number, query: number): number[] {
  const others: number[] = []
  for (let i = place * k; i < (place + 1) * k && others.length < k - 1; i++) {
    if (indices[i]! >= 0 && indices[i] !== query) others.push(scores[i]!)
  }
  return others
}

type Numbers = Int32Array | Float32Array

/** The same numbers where other threads see them too. */
function shared<T extends Numbers>(numbers: T): T {
  const room = new SharedArrayBuffer(numbers.byteLength)
  const copy = numbers instanceof Int32Array ? new Int32Array(room) : new Float32Array(room)
  copy.set(numbers)
  return copy as T
}
