// Where the vectors of items come from: texts and pictures of a data set, embedded, or a table of vectors that somebody made.
// What was embedded can be kept on the disk, so that work that is stopped goes on with it.
import { allSettled } from '../base/all-settled.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import type { PictureEmbedder, TextEmbedder } from './embedders/embedder.js'
import type { PairFacts } from './facts.js'
import type { Groups } from './groups.js'
import type { KeptVectors } from './kept-vectors.js'

/** Items that vectors are wanted for. */
export interface WantedItems {
  /** Item of each row (-1 = none), and the rows of each item. */
  readonly groups: Groups
  /** The first row of each item. */
  readonly firstRows: Int32Array
}

/** Takes the vector of an item; of any length, what counts is its direction. */
export type PutVector = (item: number, vector: Float32Array) => void

/** Gives the vector of every item, each once, in any order. */
export type VectorSource = (wanted: WantedItems, put: PutVector) => Promise<void>

/** Frames of a clip that are looked at. */
const FRAMES = 4

/** Vectors of instructions. */
export function textVectors(
  dataset: Dataset,
  embedder: TextEmbedder,
  kept: KeptVectors | undefined,
  onProgress?: OnProgress,
): VectorSource {
  return async ({ firstRows }, put) => {
    const total = dataset.manifest.tables.pairs.rows
    const known = await kept?.restore(firstRows.length, put)
    // A row is the first of one item at most.
    const itemAt = new Int32Array(total).fill(-1)
    for (const [item, row] of firstRows.entries()) if (known?.[item] !== 1) itemAt[row] = item
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
      await kept?.add(
        batch.map(({ item }) => item),
        vectors,
      )
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
  kept: KeptVectors | undefined,
  onProgress?: OnProgress,
  /** Of all items the part behind which it begins, from 0 to 1. */
  begin = 0,
): VectorSource {
  return async ({ firstRows }, put) => {
    const { dimensions } = embedder
    const known = (await kept?.restore(firstRows.length, put)) ?? new Uint8Array(firstRows.length)
    const total = firstRows.length
    // Who makes vectors beside others begins somewhere else, and leaves out what they have made meanwhile.
    const start = Math.floor(total * begin)
    for (let passed = 0; passed < total; ) {
      await kept?.refresh()
      const chosen: number[] = []
      for (; passed < total && chosen.length < embedder.batch; passed++) {
        const item = (start + passed) % total
        if (known[item] !== 1) chosen.push(item)
      }
      if (chosen.length === 0) break
      const items = chosen.map((item) => {
        const row = firstRows[item]!
        const media = facts.media.rows.subarray(facts.media.starts[row]!, facts.media.starts[row + 1]!)
        return { item, media: spread(media, FRAMES) }
      })
      const rows = items.flatMap(({ media }) => media)
      const pictures = await allSettled(
        rows.map(async (row) => ({
          bytes: await dataset.picture(row),
          where: `picture ${row} of ${dataset.location}`,
        })),
      )
      const vectors = await embedder.embed(pictures)
      const means = new Float32Array(items.length * dimensions)
      let at = 0
      for (const [place, { item, media }] of items.entries()) {
        const mean = means.subarray(place * dimensions, (place + 1) * dimensions)
        for (let k = 0; k < media.length; k++, at++) {
          for (let i = 0; i < dimensions; i++) mean[i] = mean[i]! + vectors[at * dimensions + i]! / media.length
        }
        put(item, mean)
        known[item] = 1
      }
      await kept?.add(
        items.map(({ item }) => item),
        means,
      )
      onProgress?.({
        stage: 'looking at pictures',
        done: passed,
        total,
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
