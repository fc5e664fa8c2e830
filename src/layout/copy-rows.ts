// Copies rows of data sets into a new one, renumbered: pictures, pairs and context tables together, in their order. What is
// kept is decided before (`RowMap`); here nothing is decided. Memory is a row group and four bytes a row.
import { MimicitError, show } from '../base/errors.js'
import { stableJson } from '../base/hash.js'
import type { OnProgress } from '../base/progress.js'
import { contextRows } from '../shards/context-rows.js'
import type { Dataset } from '../shards/dataset.js'
import type { ContextSource, ContextWriter, DatasetWriter, LengthsSource } from '../shards/dataset-writer.js'
import { lengthsRowAt } from '../shards/lengths-columns.js'
import { MEDIA_FACT_COLUMNS, mediaFactsAt } from '../shards/rows.js'
import { lengthsSchema } from '../shards/table-schema.js'
import type { ContextRow, Pair } from '../tuple/tuple.js'

/** The new row of each old one; -1 where a row is left out. */
export interface RowMap {
  readonly pairs: Int32Array
  readonly media: Int32Array
}

/** The rows that `keep` has a 1 for, numbered from `first` in their order. */
export function numbered(keep: Uint8Array, first = 0): Int32Array {
  const map = new Int32Array(keep.length).fill(-1)
  let next = first
  for (let row = 0; row < keep.length; row++) if (keep[row] === 1) map[row] = next++
  return map
}

/** What a copy may change on the way; references are mapped in any case. */
export interface CopyChanges {
  /** The pair as it is to be written. @default as it was */
  readonly pair?: (pair: Pair) => Pair
  /** The ids of a picture. @default those it had */
  readonly mediaIds?: (ids: readonly string[], row: number) => Promise<readonly string[]>
  readonly onProgress?: OnProgress | undefined
}

/**
 * Copies the pictures for which `keep` says so: neighbours are fetched together, and each is checked.
 * @param keep whether the picture of a row is to be written
 */
export async function copyMedia(
  writer: DatasetWriter,
  source: Dataset,
  keep: (row: number) => boolean,
  { mediaIds, onProgress }: CopyChanges = {},
): Promise<void> {
  const total = source.manifest.tables.media.rows
  for await (const { firstRow, rows, columns } of source.columns('media', MEDIA_FACT_COLUMNS)) {
    const end = firstRow + rows
    for (let from = firstRow; from < end; from++) {
      if (!keep(from)) continue
      let to = from + 1
      while (to < end && keep(to)) to++
      for await (const [row, bytes] of source.pictures({ from, to })) {
        const { byteLength: _, ...facts } = mediaFactsAt(columns, row - firstRow)
        const ids = mediaIds === undefined ? facts.ids : await mediaIds(facts.ids, row)
        await writer.addMedia({ ...facts, ids, bytes })
        onProgress?.({ stage: 'copying pictures', done: row + 1, total, unit: 'pictures' })
      }
      from = to
    }
  }
}

/** Copies the pairs that a map keeps, with their references mapped. */
export async function copyPairs(
  writer: DatasetWriter,
  source: Dataset,
  map: RowMap,
  { pair: change = (pair) => pair, onProgress }: CopyChanges = {},
): Promise<void> {
  const total = map.pairs.length
  for await (const [row, pair] of source.pairs()) {
    onProgress?.({ stage: 'copying pairs', done: row, total, unit: 'pairs' })
    if (map.pairs[row]! < 0) continue
    const media = pair.media.map((at) => map.media[at] ?? -1)
    if (media.includes(-1)) throw dangling(source, pair.id)
    await writer.addPair(change({ ...pair, media }))
  }
}

function dangling({ location }: Dataset, id: string): MimicitError {
  return new MimicitError('MIMICIT_DANGLING_MEDIA', {
    expected: 'pictures that are there',
    where: `pair ${show(id)} of ${location}`,
    received: 'one that is not',
    hint: 'Run `mimicit verify` on it.',
  })
}

/** The rows of a context table that remain, in their order: queries and contexts that are gone are left out. */
export async function* mappedContexts(source: Dataset, name: string, pairs: Int32Array): AsyncGenerator<ContextRow> {
  for await (const { query, contexts, scores } of contextRows(source, name)) {
    const row = pairs[query] ?? -1
    if (row < 0) continue
    const kept = contexts.flatMap((context, k) => ((pairs[context] ?? -1) < 0 ? [] : [k]))
    yield {
      query: row,
      contexts: kept.map((k) => pairs[contexts[k]!]!),
      scores: scores === null ? null : kept.map((k) => scores[k]!),
    }
  }
}

/** A context table that begins with its first row: one of which nothing remains is not there at all. */
export function lazyContext(writer: DatasetWriter, name: string, source: ContextSource): Pick<ContextWriter, 'add'> {
  let table: Promise<ContextWriter> | undefined
  return {
    async add(row) {
      table ??= writer.context(name, source)
      await (await table).add(row)
    },
  }
}

/** The kept part of the pair rows [from, to) of a source, as a range of new rows. */
export function mappedRange(range: { readonly from: number; readonly to: number }, pairs: Int32Array) {
  let from = -1
  let to = 0
  for (let row = range.from; row < range.to; row++) {
    const kept = pairs[row] ?? -1
    if (kept < 0) continue
    if (from < 0) from = kept
    to = kept + 1
  }
  return { from: Math.max(from, 0), to }
}

/** Copies every context table of one source. */
export async function copyContexts(writer: DatasetWriter, source: Dataset, pairs: Int32Array): Promise<void> {
  for (const [name, { select, pairs: range }] of Object.entries(source.manifest.contexts)) {
    const table = lazyContext(writer, name, { ...select, pairs: mappedRange(range, pairs) })
    for await (const row of mappedContexts(source, name, pairs)) await table.add(row)
  }
}

/**
 * Copies the lengths tables of the sources whose pairs follow each other: as far as each source has the same table for all
 * of its pairs. Behind that nothing is known, and `mimicit tokenize` goes on.
 * @param sources in the order of their pairs, which keep their order
 */
export async function copyLengths(
  writer: DatasetWriter,
  sources: readonly { readonly dataset: Dataset; readonly pairs: Int32Array }[],
): Promise<void> {
  const columns = lengthsSchema.columns.map((column) => column.name)
  for (const [name, first] of Object.entries(sources[0]?.dataset.manifest.lengths ?? {})) {
    const { tokenizer, template, cleaning, ids } = first
    const source: LengthsSource = { tokenizer, template, cleaning, ids }
    const table = await writer.lengths(name, source)
    for (const { dataset, pairs } of sources) {
      const record = dataset.manifest.lengths?.[name]
      if (record === undefined || stableJson({ ...record, ...source }) !== stableJson(record)) break
      for await (const group of dataset.columns(`lengths/${name}`, columns)) {
        for (let i = 0; i < group.rows; i++) {
          if ((pairs[group.firstRow + i] ?? -1) >= 0) await table.add(lengthsRowAt(group.columns, i))
        }
      }
      if (record.rows < dataset.manifest.tables.pairs.rows) break
    }
  }
}
