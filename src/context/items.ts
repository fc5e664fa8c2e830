// Items that are compared: distinct instructions, or distinct visuals, inside a partition of the pairs. Comparing items and
// not pairs keeps a thousand pairs with one instruction from filling every list, and embeds each text and picture once.

import { MimicitError } from '../base/errors.js'
import type { PairFacts } from './facts.js'
import { type Groups, groupRows } from './groups.js'
import type { VectorSource } from './item-vectors.js'
import type { Vectors } from './search/matrix.js'
import { createSimilarityIndex, type SearchOptions, type SimilarityIndex } from './search/similarity-index.js'

/** Items of a data set with what is alike. */
export interface ItemIndex extends Pick<SimilarityIndex, 'nearest' | 'similarity' | 'recalls' | 'close'> {
  /** Item of each row (-1 = none), and the rows of each item. */
  readonly groups: Groups
  /** What made the vectors. */
  readonly identity: string
}

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
  await source({ groups, firstRows }, (item, vector) => putUnit(vectors, item, vector, identity, firstRows[item]!))
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
