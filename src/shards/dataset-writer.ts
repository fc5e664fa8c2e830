// Writes a whole data set: media first, then pairs, then context tables, then the indexes, and the manifest last. All of
// it grows in `<out>.partial` and is renamed when it is whole: a directory named `out` is a data set or does not exist.
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { encodeCheckedJson } from '../base/checked-json.js'
import { MimicitError, show } from '../base/errors.js'
import { writeWhole } from '../io/sink.js'
import type { ContextRow, Media, Pair } from '../tuple/tuple.js'
import { writeDatasetCard } from './dataset-card.js'
import { collectIds, ID_RECORD_BYTES } from './ids-index.js'
import { writeIndexFile } from './index-file.js'
import { CONTEXT_NAME, type ContextRecord, type IndexFileRecord, MANIFEST, type Manifest } from './manifest.js'
import { encodeMediaLocations, MEDIA_LOCATION_BYTES } from './media-location.js'
import { orderKey, orderKeyTable } from './order-key.js'
import { claimPartial, publishPartial } from './partial-directory.js'
import { createStatistics } from './statistics.js'
import { encodeSums, SUM_BYTES } from './sums.js'
import { contextSchema, mediaSchema, pairsSchema } from './table-schema.js'
import { createTableWriter, type FinishedTable, type TableSizes, type TableWriter } from './table-writer.js'

const MEDIA_SIZES: TableSizes = { rowGroupBytes: 32e6, rowGroupRows: 4096, shardBytes: 1e9 }
const TEXT_SIZES: TableSizes = { rowGroupBytes: 8e6, rowGroupRows: 16384, shardBytes: 256e6 }

/** What a context table says of itself. */
export interface ContextSource {
  /** The selection function. */
  readonly name: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** A context table being written. */
export interface ContextWriter {
  add(row: ContextRow): Promise<void>
}

/** A data set being written. Pictures come before the pairs that name their rows, pairs before contexts. */
export interface DatasetWriter {
  addMedia(media: Media): Promise<void>
  addPair(pair: Pair): Promise<void>
  /**
   * Starts a named context table; it is finished with the data set.
   * @throws MimicitError MIMICIT_BAD_VALUE for a name that was used already or that a manifest may not hold
   */
  context(name: string, source: ContextSource): Promise<ContextWriter>
  /** Publishes the data set; after this `out` exists. `provenance` goes to provenance.json and into no hash. */
  finish(provenance: Readonly<Record<string, unknown>>): Promise<Manifest>
  /** Removes everything written. */
  abort(): Promise<void>
}

/**
 * Starts a new data set.
 * @throws MimicitError MIMICIT_NOT_EMPTY if `out` exists already, or if another process writes it
 */
export async function createDataset(out: string): Promise<DatasetWriter> {
  const root = await claimPartial(out)
  // One record a picture is all that stays in memory of the pictures.
  const locations: Uint8Array[] = []
  let hashPrefixes: Uint8Array[] = []
  const media = await createTableWriter(root, 'media', mediaSchema, MEDIA_SIZES, (spans) => {
    locations.push(encodeMediaLocations(spans.map((span, i) => ({ ...span, hashPrefix: hashPrefixes[i]! }))))
    hashPrefixes = hashPrefixes.slice(spans.length)
  })
  const pairs = await createTableWriter(root, 'pairs', pairsSchema, TEXT_SIZES)
  const mediaKey = orderKeyTable('media')
  const pairsKey = orderKeyTable('pairs')
  const pairIds = collectIds()
  const mediaIds = collectIds()
  const statistics = createStatistics()
  const contexts = new Map<string, { readonly table: TableWriter; readonly source: ContextSource; most: number }>()

  return {
    async addMedia(row) {
      const id = row.ids[0] ?? ''
      hashPrefixes.push(row.sha256.slice(0, 8))
      for (const each of row.ids) mediaIds.add(each, media.rows)
      mediaKey.row(row.ids)
      statistics.media(row)
      await media.add(
        {
          ids: row.ids,
          image: { bytes: row.bytes, path: `${id}.${row.format === 'jpeg' ? 'jpg' : row.format}` },
          width: row.width,
          height: row.height,
          byte_length: row.bytes.byteLength,
          format: row.format,
          clip: row.clip,
          frame_time: row.frameTime,
          sha256: row.sha256,
        },
        row.bytes.byteLength + 100,
      )
    },
    async addPair(pair) {
      pairIds.add(pair.id, pairs.rows)
      pairsKey.row([pair.id])
      statistics.pair(pair)
      await pairs.add(
        {
          id: pair.id,
          subset: pair.subset,
          split: pair.split,
          language: pair.language,
          instruction: pair.instruction,
          response: pair.response,
          media_kind: pair.mediaKind,
          media: pair.media,
          media_ids: pair.mediaIds,
          media_positions: pair.mediaPositions,
          media_times: pair.mediaTimes,
          metadata: pair.metadata,
        },
        (pair.instruction.length + pair.response.length) * 2 + 200 + pair.media.length * 40,
      )
    },
    async context(name, source) {
      if (!CONTEXT_NAME.test(name) || contexts.has(name)) {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: 'a new name of letters, digits, ".", "_" and "-"',
          where: `a context table of ${out}`,
          received: show(name),
        })
      }
      const table = await createTableWriter(root, `context/${name}`, contextSchema, TEXT_SIZES)
      const entry = { table, source, most: 0 }
      contexts.set(name, entry)
      return {
        async add(row) {
          entry.most = Math.max(entry.most, row.contexts.length)
          await table.add({ ...row }, 40 + row.contexts.length * 8)
        },
      }
    },
    async finish(provenance) {
      const mediaTable = await media.finish()
      const pairsTable = await pairs.finish()
      const key = orderKey(pairsKey.finish(pairsTable.blocks), mediaKey.finish(mediaTable.blocks))
      const contextRecords: Record<string, ContextRecord> = {}
      const contextPieces: [string, FinishedTable['pieces']][] = []
      const indexes: Record<string, IndexFileRecord> = {}
      for (const [name, { table, source, most }] of contexts) {
        const { shards, pieces } = await table.finish()
        contextPieces.push([name, pieces])
        contextRecords[name] = {
          rows: table.rows,
          shards: [...shards],
          pairs: { from: 0, to: pairs.rows },
          orderKey: key,
          maxContexts: most,
          select: { name: source.name, parameters: { ...source.parameters } },
        }
      }
      const index = async (name: string, recordBytes: number, records: Uint8Array) => {
        await mkdir(dirname(`${root}/index/${name}`), { recursive: true })
        indexes[name] = await writeIndexFile(root, `index/${name}`, recordBytes, records)
      }
      await index('media.loc', MEDIA_LOCATION_BYTES, Buffer.concat(locations))
      await index('media.ids', ID_RECORD_BYTES, mediaIds.records())
      await index('pairs.ids', ID_RECORD_BYTES, pairIds.records())
      await index('pairs.sums', SUM_BYTES, encodeSums(pairsTable.pieces))
      await index('media.sums', SUM_BYTES, encodeSums(mediaTable.pieces))
      for (const [name, pieces] of contextPieces) await index(`context/${name}.sums`, SUM_BYTES, encodeSums(pieces))
      const manifest: Manifest = {
        format: 'mimicit',
        version: 1,
        form: 'parquet',
        generation: 1,
        subsets: statistics.subsets(),
        tables: {
          pairs: { rows: pairs.rows, shards: [...pairsTable.shards], blocks: [...pairsTable.blocks] },
          media: { rows: media.rows, shards: [...mediaTable.shards], blocks: [...mediaTable.blocks] },
        },
        contexts: contextRecords,
        indexes,
        orderKey: key,
        generations: [{ pairs: pairs.rows, media: media.rows, orderKey: key }],
        statistics: statistics.summary(),
      }
      await writeDatasetCard(root, manifest)
      await writeWhole(`${root}/provenance.json`, Buffer.from(encodeCheckedJson(provenance)))
      await writeWhole(`${root}/${MANIFEST}`, Buffer.from(encodeCheckedJson(manifest)))
      await publishPartial(root, out)
      return manifest
    },
    async abort() {
      for (const table of [media, pairs, ...[...contexts.values()].map((entry) => entry.table)]) await table.abort()
      await rm(root, { recursive: true, force: true })
    },
  }
}
