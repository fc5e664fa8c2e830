// Writes a data set in another order: its pairs as told, its pictures as the pairs come to them, every context table by query
// in the new order. Rows wait in a file without a name so that memory stays at a row group and a few numbers a row.

import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { parseOptions, pick } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { namelessSpill, type Spill } from '../io/spill.js'
import { contextRows } from '../shards/context-rows.js'
import type { Dataset } from '../shards/dataset.js'
import type { DatasetWriter } from '../shards/dataset-writer.js'
import { lengthsRowAt } from '../shards/lengths-columns.js'
import { MEDIA_FACT_COLUMNS, mediaFactsAt } from '../shards/rows.js'
import { lengthsSchema } from '../shards/table-schema.js'
import type { LengthsRow } from '../text/lengths-row.js'
import type { ContextRow, Media, Pair } from '../tuple/tuple.js'
import { type ContextGraph, localityOrder } from './locality-order.js'
import { type RewriteOptions, type Rewritten, stoppable, withDatasets, writeRewritten } from './rewritten.js'

/** Where to, and by which contexts. */
export interface LocalityOptions extends RewriteOptions {
  /** The context table whose queries and contexts are to stand near each other. */
  readonly context: string
}

const schema = z.strictObject({ out: z.string().min(1), context: z.string() })

/**
 * Writes a data set whose queries stand near their contexts, and pictures likewise: what a loader reads and decodes together
 * then lies together. The content stays the same but the order key does not: seeds give other orders, and the state of a
 * loader of the old data set is refused by one of the new.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_NOT_EMPTY, MIMICIT_UNSUPPORTED for a data set whose mixture names rows,
 * MIMICIT_ABORTED
 */
export async function reorderByLocality(source: string, options: LocalityOptions): Promise<Rewritten> {
  const { onProgress: tell, signal, store, ...given } = options
  const { out, context } = parseOptions('reorderByLocality', schema, given)
  const onProgress = stoppable('the rewrite', { onProgress: tell, signal })
  return withDatasets([source], store ?? {}, async ([dataset]) => {
    const { location, manifest } = dataset!
    pick(`the context tables of ${location}`, manifest.contexts, context)
    if (manifest.mixture !== undefined) throw mixed(location)
    const order = localityOrder(await readGraph(dataset!, context))
    const fill = (writer: DatasetWriter) => writeInOrder(writer, dataset!, order, out, onProgress)
    return writeRewritten('rewrite', [dataset!], out, { order: 'locality', context }, fill, undefined)
  })
}

/** The contexts of every pair, from a table; what it does not list has none. */
async function readGraph(dataset: Dataset, name: string): Promise<ContextGraph> {
  const { rows } = dataset.manifest.tables.pairs
  const starts = new Int32Array(rows + 1)
  for await (const { query, contexts } of contextRows(dataset, name)) starts[query + 1] = contexts.length
  for (let row = 0; row < rows; row++) starts[row + 1]! += starts[row]!
  const contexts = new Int32Array(starts[rows]!)
  for await (const row of contextRows(dataset, name)) contexts.set(row.contexts, starts[row.query]!)
  return { starts, contexts }
}

/** Rows of a table on the disk, to be read in any order. */
interface Waiting<T> {
  add(row: number, value: T): void
  get(row: number): T
  has(row: number): boolean
  close(): void
}

function waiting<T>(directory: string, rows: number): Waiting<T> {
  const spill: Spill = namelessSpill(directory)
  const from = new Float64Array(rows).fill(-1)
  const lengths = new Int32Array(rows)
  return {
    add(row, value) {
      const bytes = Buffer.from(JSON.stringify(value), 'utf8')
      from[row] = spill.add(bytes)
      lengths[row] = bytes.byteLength
    },
    get: (row) => JSON.parse(spill.read(from[row]!, lengths[row]!).toString('utf8')) as T,
    has: (row) => from[row]! >= 0,
    close: () => spill.close(),
  }
}

/** What is known of a picture, as JSON. */
type KnownPicture = Omit<Media, 'bytes' | 'sha256'> & { readonly sha256: string }

async function writeInOrder(
  writer: DatasetWriter,
  source: Dataset,
  order: Int32Array,
  out: string,
  onProgress: OnProgress,
): Promise<void> {
  const { pairs, media } = source.manifest.tables
  const directory = `${out}.partial`
  const texts = waiting<Pair>(directory, pairs.rows)
  const facts = waiting<KnownPicture>(directory, media.rows)
  try {
    for await (const [row, pair] of source.pairs()) {
      texts.add(row, pair)
      onProgress({ stage: 'reading pairs', done: row + 1, total: pairs.rows, unit: 'pairs' })
    }
    for await (const { firstRow, rows, columns } of source.columns('media', MEDIA_FACT_COLUMNS)) {
      for (let i = 0; i < rows; i++) {
        const { byteLength: _, sha256, ...known } = mediaFactsAt(columns, i)
        facts.add(firstRow + i, { ...known, sha256: Buffer.from(sha256).toString('hex') })
      }
    }
    const mediaRows = new Int32Array(media.rows).fill(-1)
    let pictures = 0
    const addPicture = async (row: number) => {
      if (mediaRows[row]! >= 0) return
      mediaRows[row] = pictures++
      const { sha256, ...known } = facts.get(row)
      await writer.addMedia({ ...known, sha256: Buffer.from(sha256, 'hex'), bytes: await source.picture(row) })
      onProgress({ stage: 'copying pictures', done: pictures, total: media.rows, unit: 'pictures' })
    }
    for (const old of order) for (const row of texts.get(old).media) await addPicture(row)
    // Those that no pair names stay, behind the others.
    for (let row = 0; row < media.rows; row++) await addPicture(row)
    const pairRows = new Int32Array(pairs.rows)
    for (const [place, old] of order.entries()) {
      const pair = texts.get(old)
      pairRows[old] = place
      await writer.addPair({ ...pair, media: pair.media.map((row) => mediaRows[row]!) })
      onProgress({ stage: 'copying pairs', done: place + 1, total: pairs.rows, unit: 'pairs' })
    }
    for (const name of Object.keys(source.manifest.contexts)) {
      await writeContexts(writer, source, name, order, pairRows, directory)
    }
    for (const name of Object.keys(source.manifest.lengths ?? {})) {
      await writeLengths(writer, source, name, order, directory)
    }
  } finally {
    texts.close()
    facts.close()
  }
}

async function writeContexts(
  writer: DatasetWriter,
  source: Dataset,
  name: string,
  order: Int32Array,
  pairRows: Int32Array,
  directory: string,
): Promise<void> {
  const { select, pairs } = source.manifest.contexts[name]!
  const rows = waiting<ContextRow>(directory, order.length)
  try {
    for await (const row of contextRows(source, name)) rows.add(row.query, row)
    // A table for some of the rows cannot say which ones any more: they are no longer a range.
    const all = pairs.from === 0 && pairs.to === order.length
    const table = await writer.context(name, all ? select : { ...select, pairs: { from: 0, to: order.length } })
    for (const [place, old] of order.entries()) {
      if (!rows.has(old)) continue
      const row = rows.get(old)
      await table.add({ ...row, query: place, contexts: row.contexts.map((context) => pairRows[context]!) })
    }
  } finally {
    rows.close()
  }
}

/** Token counts in the new order. A table for some of the rows only is left out: they are no longer the first ones. */
async function writeLengths(
  writer: DatasetWriter,
  source: Dataset,
  name: string,
  order: Int32Array,
  directory: string,
): Promise<void> {
  const { rows: count, tokenizer, template, cleaning, ids } = source.manifest.lengths![name]!
  if (count < order.length) return
  const rows = waiting<LengthsRow>(directory, order.length)
  try {
    const columns = lengthsSchema.columns.map((column) => column.name)
    for await (const group of source.columns(`lengths/${name}`, columns)) {
      for (let i = 0; i < group.rows; i++) rows.add(group.firstRow + i, lengthsRowAt(group.columns, i))
    }
    const table = await writer.lengths(name, { tokenizer, template, cleaning, ids })
    for (const old of order) await table.add(rows.get(old))
  } finally {
    rows.close()
  }
}

function mixed(location: string): MimicitError {
  return new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'a data set without a mixture, whose parts are ranges of rows',
    where: location,
    received: 'one that names how its sources are mixed',
    hint: 'Filter it by subset first, lay out each part by itself, and mix the parts when loading.',
  })
}
