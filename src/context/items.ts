// Items that are compared: distinct instructions, or distinct visuals, inside a partition of the pairs. Comparing items and
// not pairs keeps a thousand pairs with one instruction from filling every list, and embeds each text and picture once.

import { allSettled } from '../base/all-settled.js'
import { MimicitError } from '../base/errors.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { PictureEmbedder, TextEmbedder } from './embedders/embedder.js'
import type { PairFacts } from './facts.js'
import { type Groups, groupRows } from './groups.js'
import type { Vectors } from './search/matrix.js'
import { createSimilarityIndex, type SearchOptions, type SimilarityIndex } from './search/similarity-index.js'

/** Items of a data set with what is alike. */
export interface ItemIndex extends Pick<SimilarityIndex, 'nearest' | 'similarity' | 'recalls' | 'close'> {
  /** Item of each row (-1 = none), and the rows of each item. */
  readonly groups: Groups
  /** What made the vectors. */
  readonly identity: string
}

/** Frames of a clip that are looked at. */
const FRAMES = 4

/** Where vectors of items come from: given the first row of each item, in order, it gives them in the same order. */
export type VectorSource = (firstRows: Int32Array, put: (item: number, vector: Float32Array) => void) => Promise<void>

/**
 * Embeds the items of a data set and opens them for search.
 * @param kind of what: `text` compares instructions, `image` visuals
 */
export async function openItems(
  facts: PairFacts,
  partitions: Int32Array,
  kind: 'text' | 'image',
  source: VectorSource,
  dimensions: number,
  identity: string,
  options: SearchOptions,
): Promise<ItemIndex> {
  const of = kind === 'text' ? facts.instructions.of : facts.visuals.of
  const parts = partitions.reduce((most, part) => Math.max(most, part), 0) + 1
  // Items are numbered partition after partition, so that each partition is one range of the vectors.
  const size = kind === 'text' ? facts.instructions.size : facts.visuals.size
  const keys = Float64Array.from(of, (group, row) => (group < 0 ? Number.NaN : partitions[row]! * size + group))
  const unordered = groupRows(keys)
  const { groups, starts } = byPartition(unordered, partitions, parts)
  const room = new SharedArrayBuffer(Math.max(4, groups.size * dimensions * 4))
  const vectors: Vectors = { values: new Float32Array(room, 0, groups.size * dimensions), dimensions }
  const firstRows = Int32Array.from({ length: groups.size }, (_, item) => groups.rows(item)[0]!)
  await source(firstRows, (item, vector) => putUnit(vectors, item, vector, identity, firstRows[item]!))
  const index = await createSimilarityIndex(vectors, starts, options)
  return { ...index, groups, identity }
}

/** Groups numbered again so that those of one partition follow each other. */
function byPartition(groups: Groups, partitions: Int32Array, parts: number) {
  const partOf = (group: number) => partitions[groups.rows(group)[0]!]!
  const starts = new Array<number>(parts + 1).fill(0)
  for (let group = 0; group < groups.size; group++) starts[partOf(group) + 1]!++
  for (let part = 0; part < parts; part++) starts[part + 1]! += starts[part]!
  const filled = starts.slice()
  const oldOf = new Int32Array(groups.size)
  const newOf = new Int32Array(groups.size)
  for (let group = 0; group < groups.size; group++) {
    const item = filled[partOf(group)]!++
    newOf[group] = item
    oldOf[item] = group
  }
  const of = groups.of.map((group) => (group < 0 ? -1 : newOf[group]!))
  return { groups: { size: groups.size, of, rows: (item: number) => groups.rows(oldOf[item]!) }, starts }
}

function putUnit({ values, dimensions }: Vectors, item: number, vector: Float32Array, identity: string, row: number) {
  let sum = 0
  for (const value of vector) sum += value * value
  if (vector.length !== dimensions || !Number.isFinite(sum)) {
    throw new MimicitError('MIMICIT_BAD_VECTOR', {
      expected: `${dimensions} finite numbers`,
      where: `the vector of pair row ${row}, made by ${identity}`,
      received: vector.length === dimensions ? 'one that is not finite' : `${vector.length} numbers`,
      hint: 'Correct the vectors, or use another embedder.',
    })
  }
  // A vector without direction is like nothing: its cosine is 0.
  const scale = sum === 0 ? 0 : 1 / Math.sqrt(sum)
  for (let i = 0; i < dimensions; i++) values[item * dimensions + i] = vector[i]! * scale
}

/** Vectors of instructions. */
export function textVectors(dataset: Dataset, embedder: TextEmbedder, onProgress?: OnProgress): VectorSource {
  return async (firstRows, put) => {
    const total = dataset.manifest.tables.pairs.rows
    // A row is the first of one item at most.
    const itemAt = new Int32Array(total).fill(-1)
    for (const [item, row] of firstRows.entries()) itemAt[row] = item
    async function* texts() {
      for await (const { firstRow, rows, columns } of dataset.columns('pairs', ['instruction'])) {
        for (let i = 0; i < rows; i++) {
          const item = itemAt[firstRow + i]!
          if (item >= 0) yield { item, text: columns.instruction![i] as string }
        }
        onProgress?.({ stage: 'reading instructions', done: firstRow + rows, total, unit: 'pairs' })
      }
    }
    await embedder.fit?.(
      (async function* () {
        for await (const { text } of texts()) yield text
      })(),
    )
    let batch: { readonly item: number; readonly text: string }[] = []
    const flush = async () => {
      const vectors = await embedder.embed(batch.map(({ text }) => text))
      for (const [i, { item }] of batch.entries()) {
        put(item, vectors.subarray(i * embedder.dimensions, (i + 1) * embedder.dimensions))
      }
      batch = []
    }
    for await (const one of texts()) {
      batch.push(one)
      if (batch.length >= embedder.batch) await flush()
    }
    if (batch.length > 0) await flush()
  }
}

/** Vectors of visuals: the mean over a pair's pictures, of a clip over a few frames of it. */
export function pictureVectors(
  dataset: Dataset,
  facts: PairFacts,
  embedder: PictureEmbedder,
  onProgress?: OnProgress,
): VectorSource {
  return async (firstRows, put) => {
    const { dimensions } = embedder
    for (let from = 0; from < firstRows.length; from += embedder.batch) {
      const items = [...firstRows.subarray(from, from + embedder.batch).entries()].map(([i, row]) => {
        const media = facts.media.rows.subarray(facts.media.starts[row]!, facts.media.starts[row + 1]!)
        return { item: from + i, media: spread(media, FRAMES) }
      })
      const rows = items.flatMap(({ media }) => media)
      const pictures = await allSettled(
        rows.map(async (row) => ({
          bytes: await dataset.picture(row),
          where: `picture ${row} of ${dataset.location}`,
        })),
      )
      const vectors = await embedder.embed(pictures)
      let at = 0
      for (const { item, media } of items) {
        const mean = new Float32Array(dimensions)
        for (let k = 0; k < media.length; k++, at++) {
          for (let i = 0; i < dimensions; i++) mean[i] = mean[i]! + vectors[at * dimensions + i]! / media.length
        }
        put(item, mean)
      }
      onProgress?.({
        stage: 'looking at pictures',
        done: from + items.length,
        total: firstRows.length,
        unit: 'visuals',
      })
    }
  }
}

/** At most `count` of some rows, evenly spaced. */
function spread(rows: Int32Array, count: number): number[] {
  if (rows.length <= count) return [...rows]
  return Array.from({ length: count }, (_, i) => rows[Math.floor((i * (rows.length - 1)) / (count - 1))]!)
}
