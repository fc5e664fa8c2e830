// Vectors that somebody made elsewhere, joined with items by id: the id of a pair, or of a picture where visuals are
// compared. What is no id of the data set is passed over, so that one table serves several; an item without a vector is an
// error, since it would never be anybody's context and nobody would know.
import { isMimicitError, MimicitError } from '../base/errors.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { EmbedderKind, VectorTable } from './embedders/embedder.js'
import type { PairFacts } from './facts.js'
import type { VectorSource } from './item-vectors.js'

/**
 * Vectors of items from a table. Of several pairs of one item the first row's counts; of several pictures the mean of those
 * that have a vector.
 */
export function tableVectors(
  dataset: Dataset,
  facts: PairFacts,
  kind: EmbedderKind,
  table: VectorTable,
  onProgress?: OnProgress,
): VectorSource {
  return async ({ groups, firstRows }, put) => {
    const { dimensions } = table
    const sums = new Float32Array(firstRows.length * dimensions)
    /** Pictures that were added to each item, or -1 less the row of the pair whose vector it has. */
    const from = new Int32Array(firstRows.length)
    const itemsOf = kind === 'image' ? itemsOfMedia(facts, firstRows, dataset.manifest.tables.media.rows) : undefined
    let done = 0
    for await (const { id, vector } of table.vectors()) {
      const row = await rowOf(dataset.pairRow(id))
      if (row !== undefined) {
        const item = groups.of[row]!
        if (item >= 0 && (from[item]! >= 0 || row < -1 - from[item]!)) {
          sums.set(vector, item * dimensions)
          from[item] = -1 - row
        }
      } else if (itemsOf !== undefined) {
        const picture = await rowOf(dataset.mediaRow(id))
        for (const item of picture === undefined ? [] : itemsOf(picture)) {
          if (from[item]! < 0) continue
          from[item]!++
          for (let i = 0; i < dimensions; i++) sums[item * dimensions + i]! += vector[i]!
        }
      }
      if (++done % 1024 === 0) onProgress?.({ stage: 'reading vectors', done, total: table.rows, unit: 'vectors' })
    }
    onProgress?.({ stage: 'reading vectors', done, total: table.rows, unit: 'vectors' })
    const without = from.reduce((count, found) => count + (found === 0 ? 1 : 0), 0)
    if (without > 0) {
      const { id, mediaIds } = await dataset.pair(firstRows[from.indexOf(0)]!)
      const what = kind === 'text' ? 'instructions' : 'visuals'
      throw new MimicitError('MIMICIT_BAD_VECTOR', {
        expected: `a vector for each of ${firstRows.length} different ${what}, by the id of a pair${kind === 'image' ? ' or a picture' : ''}`,
        where: table.where,
        received: `none for ${without} of them, such as that of pair ${id}${kind === 'image' ? ` (${mediaIds.join(', ')})` : ''}`,
        hint: 'Add their vectors to the table, or filter the data set.',
      })
    }
    for (let item = 0; item < firstRows.length; item++) {
      put(item, sums.subarray(item * dimensions, (item + 1) * dimensions))
    }
  }
}

async function rowOf(found: Promise<number>): Promise<number | undefined> {
  try {
    return await found
  } catch (error) {
    if (isMimicitError(error, 'MIMICIT_NOT_FOUND')) return undefined
    throw error
  }
}

/** The items that a picture is part of. */
function itemsOfMedia({ media }: PairFacts, firstRows: Int32Array, pictures: number): (row: number) => Int32Array {
  const starts = new Int32Array(pictures + 1)
  const each = (visit: (picture: number, item: number) => void) => {
    for (const [item, row] of firstRows.entries()) {
      for (let at = media.starts[row]!; at < media.starts[row + 1]!; at++) visit(media.rows[at]!, item)
    }
  }
  each((picture) => starts[picture + 1]!++)
  for (let picture = 0; picture < pictures; picture++) starts[picture + 1]! += starts[picture]!
  const filled = starts.slice()
  const items = new Int32Array(starts[pictures]!)
  each((picture, item) => {
    items[filled[picture]!++] = item
  })
  return (picture) => items.subarray(starts[picture], starts[picture + 1])
}
