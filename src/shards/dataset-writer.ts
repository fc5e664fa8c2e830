// Writes a whole data set: media first, then pairs, then context tables, then the indexes, and the manifest last. All of
// it grows in `<out>.partial` and is renamed when it is whole: a directory named `out` is a data set or does not exist.
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeCheckedJson } from '../base/checked-json.js'
import { MimicitError, show } from '../base/errors.js'
import { sha256Hex, stableJson } from '../base/hash.js'
import { openDirectory } from '../io/directory.js'
import { writeWhole } from '../io/sink.js'
import { namelessSpill } from '../io/spill.js'
import type { LengthsRow } from '../text/lengths-row.js'
import type { ContextRow, Media } from '../tuple/tuple.js'
import { type Beginning, emptyBeginning } from './beginning.js'
import { contextBytes, contextRun } from './context-run.js'
import { type CreateOptions, SIZES } from './create-options.js'
import { writeDatasetCard } from './dataset-card.js'
import { forms } from './forms.js'
import { groupEncoder } from './group-encoder.js'
import { ID_RECORD_BYTES } from './ids-index.js'
import { writeIndexFile } from './index-file.js'
import { type Journal, openJournal } from './journal.js'
import { lengthsTableRow } from './lengths-columns.js'
import {
  type ContextRecord,
  type IndexFileRecord,
  type LengthsRecord,
  type Manifest,
  type MixtureRecord,
  TABLE_NAME,
} from './manifest.js'
import { MANIFEST } from './manifest-file.js'
import { encodeMediaLocations, MEDIA_LOCATION_BYTES } from './media-location.js'
import { orderKey } from './order-key.js'
import type { NumberLists } from './packed-column.js'
import { type PairRun, pairRunRows } from './pair-run.js'
import { claimPartial, publishPartial } from './partial-directory.js'
import type { Span } from './picture-spans.js'
import { mediaTableRow, pairTableRow, type WrittenPair } from './rows.js'
import { shardLocations } from './shard-locations.js'
import { encodeSums, SUM_BYTES } from './sums.js'
import { contextSchema, lengthsSchema, mediaSchema, pairsSchema, type TableSchema } from './table-schema.js'
import { createTableWriter, type FinishedTable, type TableStart, type TableWriter } from './table-writer.js'

/** What a context table says of itself. */
export interface ContextSource {
  /** The selection function. */
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
  /** Names of parameters that were found out and not asked for: an append goes on with a table where these differ. @default none */
  readonly measured?: readonly string[]
  /** The pair rows that it was made from and for. @default all of the data set */
  readonly pairs?: { readonly from: number; readonly to: number }
  /** In an append: takes the place of the table of that name instead of going on with it. @default false */
  readonly replaces?: boolean
}

/** A context table being written. */
export interface ContextWriter {
  add(row: ContextRow): Promise<void>
  /** Adds rows without scores together: their queries, and the contexts of each. */
  addLists(queries: readonly number[], contexts: NumberLists): Promise<void>
}

/** What a table of token counts says of itself. */
export type LengthsSource = Pick<LengthsRecord, 'tokenizer' | 'template' | 'cleaning' | 'ids'>

/** A table of token counts being written: a row for each pair, from pair 0 on. */
export interface LengthsWriter {
  add(row: LengthsRow): Promise<void>
}

/** A data set being written. Pictures come before the pairs that name their rows, pairs before contexts. */
export interface DatasetWriter {
  /** The bytes may be used for something else afterwards. */
  addMedia(media: Media): Promise<void>
  /** No more pictures come. Said early, it frees what their last shard takes in memory, and that shard survives a stop. */
  finishMedia(): Promise<void>
  /** Texts that are places have to stay where they are until the data set is finished. */
  addPair(pair: WrittenPair): Promise<void>
  /** Pairs together, as if each had been added by itself. What is in the run may change when it is written. */
  addPairs(run: PairRun): Promise<void>
  /**
   * Starts a named context table, or in an append goes on with one that is there; it is finished with the data set.
   * @throws MimicitError MIMICIT_BAD_VALUE for a name that was used already or that a manifest may not hold
   */
  context(name: string, source: ContextSource): Promise<ContextWriter>
  /**
   * Starts a table of token counts, or in an append goes on with one that is there.
   * @throws MimicitError MIMICIT_BAD_VALUE for a name that was used already or that a manifest may not hold
   */
  lengths(name: string, source: LengthsSource): Promise<LengthsWriter>
  /**
   * Publishes the data set; after this `out` exists.
   * @param provenance goes to provenance.json and into no hash
   * @param mixture how the sources of the new pairs are mixed; an append keeps what is there
   */
  finish(provenance: Readonly<Record<string, unknown>>, mixture?: readonly MixtureRecord[]): Promise<Manifest>
  /**
   * Removes everything written.
   * @param keep leaves finished shards for a writer with the same fingerprint to go on with
   * @returns whether something was left
   */
  abort(keep?: 'finished'): Promise<boolean>
}

/**
 * Starts a new data set.
 * @throws MimicitError MIMICIT_NOT_EMPTY if `out` exists already, or if another process writes it
 */
export async function createDataset(
  out: string,
  { fingerprint, sizes = SIZES, threads, encoder, textBytes }: CreateOptions = {},
): Promise<DatasetWriter> {
  const root = await claimPartial(out, { keepAbandoned: fingerprint !== undefined })
  const nothing = emptyBeginning(root)
  const publish = () => publishPartial(root, out)
  if (fingerprint === undefined) {
    await mkdir(`${root}/index`, { recursive: true })
    return startWriting(root, out, nothing, publish, { sizes, threads, encoder, textBytes })
  }
  const journal = await openJournal(root, sha256Hex(stableJson({ fingerprint, sizes })))
  const tables = { pairs: journal.taken('pairs'), media: journal.taken('media') }
  const table = async (name: string) => journal.taken(name)
  const locations = shardLocations(openDirectory(root), 'parquet', tables.media.shards)
  const taken = { ...nothing, tables, locations, table }
  return startWriting(root, out, taken, publish, { sizes, journal, threads, encoder, textBytes })
}

/**
 * Writes the files of a data set, or those that an append adds to one, into a directory of their own.
 * @param root where they go
 * @param out the data set's name, for messages
 * @param before what the data set holds already
 * @param publishFiles called when `root` is whole
 * @param journal hears of every finished shard; its rows are those of `before`, offered again
 * @param threads, encoder, textBytes as in `CreateOptions`
 */
export async function startWriting(
  root: string,
  out: string,
  before: Beginning,
  publishFiles: (manifest: Manifest) => Promise<void>,
  {
    sizes = SIZES,
    journal,
    threads,
    textBytes,
    encoder = groupEncoder(threads, textBytes),
  }: Pick<CreateOptions, 'sizes' | 'threads' | 'encoder' | 'textBytes'> & { readonly journal?: Journal } = {},
): Promise<DatasetWriter> {
  const { mediaKey, pairsKey, pairIds, mediaIds, statistics } = before
  const earlier = before.manifest
  const form = earlier?.form ?? 'parquet'
  const profile = earlier?.profile
  const locations = namelessSpill(root)
  for await (const held of before.locations) locations.add(held)
  /** Of pictures that are in no row group yet. */
  let hashes: Uint8Array[] = []
  const onPictures = (shard: number, spans: readonly Span[]) => {
    locations.add(encodeMediaLocations(shard, spans, hashes))
    hashes = hashes.slice(spans.length)
  }
  const startOf = (table: string, held: FinishedTable): TableStart => ({
    form: forms[form],
    profile,
    encoder,
    before: held,
    offeredAgain: journal !== undefined,
    onShard: async (shard, pieces) => journal?.add(table, shard, pieces),
  })
  const { tables } = before
  const media = await createTableWriter(
    root,
    'media',
    mediaSchema,
    sizes.media,
    onPictures,
    startOf('media', tables.media),
  )
  const pairs = await createTableWriter(
    root,
    'pairs',
    pairsSchema,
    sizes.text,
    undefined,
    startOf('pairs', tables.pairs),
  )
  const mediaTaken = journal === undefined ? 0 : tables.media.shards.reduce((sum, { rows }) => sum + rows, 0)
  const contexts = new Map<string, OpenContext>()
  const lengths = new Map<string, { readonly table: TableWriter; readonly source: LengthsSource }>()
  /** A further table, unless its name is taken, or taken by one that was made in another way. */
  const further = async (
    kind: 'context' | 'lengths',
    name: string,
    schema: TableSchema,
    held: unknown,
    said: unknown,
    replaced: ContextRecord | undefined = undefined,
  ) => {
    const same = held === undefined || stableJson(held) === stableJson(said)
    if (!TABLE_NAME.test(name) || (kind === 'context' ? contexts : lengths).has(name) || !same) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a new name of letters, digits, ".", "_" and "-"',
        where: `a ${kind} table of ${out}`,
        received: same ? show(name) : `${show(name)}, which is there and was made by ${show(held)}`,
      })
    }
    // Whoever reads a table that is replaced goes on reading its files, so the new ones get other names.
    const start =
      replaced === undefined
        ? startOf(`${kind}/${name}`, await before.table(`${kind}/${name}`))
        : { ...startOf(`${kind}/${name}`, NO_TABLE), firstNumber: numberAfter(replaced) }
    return createTableWriter(root, `${kind}/${name}`, schema, sizes.text, undefined, start)
  }

  return {
    async addMedia(row) {
      if (media.rows >= mediaTaken) hashes.push(row.sha256)
      for (const each of row.ids) mediaIds.add(each, media.rows)
      mediaKey.row(row.ids)
      statistics.media(row)
      await media.add(...mediaTableRow(row))
    },
    async finishMedia() {
      await media.finish()
      mediaIds.close()
    },
    async addPair(pair) {
      pairIds.add(pair.id, pairs.rows)
      pairsKey.row([pair.id])
      statistics.pair(pair)
      await pairs.add(...pairTableRow(pair))
    },
    async addPairs(run) {
      pairIds.addHashes(run.idHashes, pairs.rows)
      pairsKey.rows(run.keyRows, run.count)
      statistics.pairRun(run)
      await pairs.addRun(pairRunRows(run))
    },
    async context(name, source) {
      const old = earlier?.contexts[name]
      const replaced = source.replaces === true ? old : undefined
      const held = replaced === undefined ? old : undefined
      const asked = (said: ContextRecord['select']) => withoutParameters(said, source.measured ?? [])
      const table = await further(
        'context',
        name,
        contextSchema,
        held && asked(held.select),
        asked(selectOf(source)),
        replaced,
      )
      const inOrder = held === undefined || held.inOrder === true
      const entry = { table, source, held, most: held?.maxContexts ?? 0, inOrder }
      contexts.set(name, entry)
      return {
        async add(row) {
          entry.most = Math.max(entry.most, row.contexts.length)
          entry.inOrder &&= row.query === table.rows
          await table.add({ ...row }, contextBytes(row.contexts.length))
        },
        async addLists(queries, lists) {
          entry.most = lists.lengths.reduce((most, length) => Math.max(most, length), entry.most)
          const first = table.rows
          entry.inOrder &&= queries.every((query, i) => query === first + i)
          await table.addRun(contextRun(queries, lists))
        },
      }
    },
    async lengths(name, source) {
      const held = earlier?.lengths?.[name]
      const table = await further(
        'lengths',
        name,
        lengthsSchema,
        held && lengthsSourceOf(held),
        lengthsSourceOf(source),
      )
      lengths.set(name, { table, source })
      return { add: (row) => table.add(...lengthsTableRow(row)) }
    },
    async finish(provenance, newMixture = []) {
      const mediaTable = await media.finish()
      const pairsTable = await pairs.finish()
      const key = orderKey(pairsKey.finish(pairsTable.blocks), mediaKey.finish(mediaTable.blocks))
      const contextRecords: Record<string, ContextRecord> = { ...earlier?.contexts }
      const lengthsRecords: Record<string, LengthsRecord> = { ...earlier?.lengths }
      const furtherPieces: [string, FinishedTable['pieces']][] = []
      const indexes: Record<string, IndexFileRecord> = { ...earlier?.indexes }
      const generation = (earlier?.generation ?? 0) + 1
      // Files that a reader of an earlier generation may still open keep their names and their bytes.
      const directory = generation === 1 ? 'index' : `index/generation-${generation}`
      for (const [name, { table, source, held, most, inOrder }] of contexts) {
        const { shards, pieces } = await table.finish()
        furtherPieces.push([`context/${name}`, pieces])
        contextRecords[name] = {
          rows: table.rows,
          shards: [...shards],
          pairs: { from: held?.pairs.from ?? 0, to: pairs.rows, ...source.pairs },
          orderKey: key,
          maxContexts: most,
          ...(inOrder && { inOrder }),
          select: selectOf(source),
        }
      }
      for (const [name, { table, source }] of lengths) {
        const { shards, pieces } = await table.finish()
        furtherPieces.push([`lengths/${name}`, pieces])
        const of = { pairs: { from: 0, to: table.rows }, orderKey: key } as const
        lengthsRecords[name] = { rows: table.rows, shards: [...shards], ...of, ...lengthsSourceOf(source) }
      }
      const index = async (name: string, recordBytes: number, records: Iterable<Uint8Array>) => {
        await mkdir(dirname(`${root}/${directory}/${name}`), { recursive: true })
        indexes[name] = await writeIndexFile(root, `${directory}/${name}`, recordBytes, records)
      }
      await encoder.close()
      await index('media.loc', MEDIA_LOCATION_BYTES, locations.all())
      locations.close()
      await index('media.ids', ID_RECORD_BYTES, mediaIds.records())
      await index('pairs.ids', ID_RECORD_BYTES, pairIds.records())
      await index('pairs.sums', SUM_BYTES, [encodeSums(pairsTable.pieces)])
      await index('media.sums', SUM_BYTES, [encodeSums(mediaTable.pieces)])
      for (const [name, pieces] of furtherPieces) await index(`${name}.sums`, SUM_BYTES, [encodeSums(pieces)])
      const mixture = [...(earlier?.mixture ?? []), ...newMixture]
      const manifest: Manifest = {
        format: 'mimicit',
        version: 1,
        form,
        ...(profile !== undefined && { profile }),
        generation,
        subsets: statistics.subsets(),
        tables: {
          pairs: { rows: pairs.rows, shards: [...pairsTable.shards], blocks: [...pairsTable.blocks] },
          media: { rows: media.rows, shards: [...mediaTable.shards], blocks: [...mediaTable.blocks] },
        },
        contexts: contextRecords,
        ...(Object.keys(lengthsRecords).length > 0 && { lengths: lengthsRecords }),
        indexes,
        orderKey: key,
        generations: [...(earlier?.generations ?? []), { pairs: pairs.rows, media: media.rows, orderKey: key }],
        statistics: statistics.summary(),
        ...(mixture.length > 0 && { mixture }),
      }
      await writeDatasetCard(root, manifest)
      await writeWhole(`${root}/provenance.json`, Buffer.from(encodeCheckedJson(before.provenance(provenance))))
      await writeWhole(`${root}/${MANIFEST}`, Buffer.from(encodeCheckedJson(manifest)))
      await journal?.remove()
      await publishFiles(manifest)
      return manifest
    },
    async abort(keep) {
      const more = [...contexts.values(), ...lengths.values()].map((entry) => entry.table)
      for (const table of [media, pairs, ...more]) await table.abort()
      await encoder.close()
      locations.close()
      if (keep === 'finished' && (await journal?.leave())) return true
      if (keep === undefined) await journal?.close()
      await rm(root, { recursive: true, force: true })
      return false
    },
  }
}

const lengthsSourceOf = ({ tokenizer, template, cleaning, ids }: LengthsSource): LengthsSource => ({
  ...{ tokenizer, template, cleaning, ids },
})

/** A context table being written. */
interface OpenContext {
  readonly table: TableWriter
  readonly source: ContextSource
  /** The table that it goes on with. */
  readonly held: ContextRecord | undefined
  most: number
  /** So far row n is about pair n. */
  inOrder: boolean
}

const NO_TABLE: FinishedTable = { shards: [], blocks: [], pieces: [] }

/** The number after those of a table's shards. */
function numberAfter(table: ContextRecord | undefined): number {
  const numbers = (table?.shards ?? []).map(({ path }) => Number(/(\d+)\.[a-z]+$/.exec(path)?.[1] ?? -1))
  return Math.max(-1, ...numbers) + 1
}

const withoutParameters = ({ name, parameters }: ContextRecord['select'], left: readonly string[]) => ({
  name,
  parameters: Object.fromEntries(Object.entries(parameters).filter(([key]) => !left.includes(key))),
})

const selectOf = ({ name, parameters }: ContextSource) => ({ name, parameters: { ...parameters } })
