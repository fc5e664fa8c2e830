// Copies a data set into another form: the same rows in the same blocks, so the order key, every order and every batch
// stay what they are. Works row group by row group; everything that is read is checked, pictures too.
import { mkdir, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { stopIfAborted } from '../base/abort.js'
import { encodeCheckedJson } from '../base/checked-json.js'
import { MimicitError, show } from '../base/errors.js'
import { sha256, sha256Hex } from '../base/hash.js'
import { pick } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { version } from '../base/version.js'
import { writeWhole } from '../io/sink.js'
import { namelessSpill, type Spill } from '../io/spill.js'
import { openStore, type Store, type StoreOptions } from '../io/store.js'
import { writeDatasetCard } from '../shards/dataset-card.js'
import { type FormName, forms } from '../shards/forms.js'
import { writeIndexFile } from '../shards/index-file.js'
import type { IndexFileRecord, Manifest, ShardRecord } from '../shards/manifest.js'
import { MANIFEST } from '../shards/manifest-file.js'
import { encodeMediaLocations, MEDIA_LOCATION_BYTES } from '../shards/media-location.js'
import { claimPartial, publishPartial } from '../shards/partial-directory.js'
import { readManifest } from '../shards/read-manifest.js'
import type { Columns, Profile, ShardForm } from '../shards/shard.js'
import { indexBlocks, loadSums, shardsOf, type TableName, tableNames } from '../shards/stored-table.js'
import { encodeSums, type Piece, SUM_BYTES } from '../shards/sums.js'
import { openTable } from '../shards/table-reader.js'
import { schemaOf } from '../shards/table-schema.js'

/** Options of `rewriteDataset`. */
export interface RewriteOptions {
  /** Where the data set is. */
  readonly source: string
  /** Directory to make; must not exist. */
  readonly out: string
  readonly form: FormName
  /** Parquet for old readers: snappy, and a footer of version 1. @default false */
  readonly compat?: boolean
  readonly onProgress?: OnProgress | undefined
  /** Stops the work; nothing is left then. */
  readonly signal?: AbortSignal | undefined
  /** How a data set far away is read. */
  readonly store?: StoreOptions | undefined
}

/** What a rewrite did. */
export interface RewriteSummary {
  readonly out: string
  readonly manifest: Manifest
}

/** One table in its new form. */
interface WrittenTable {
  readonly shards: readonly ShardRecord[]
  readonly pieces: readonly (readonly Piece[])[]
}

/**
 * Copies a data set into another form.
 * @throws MimicitError MIMICIT_NOT_A_DATASET, MIMICIT_NOT_EMPTY, MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE for a profile that
 * the form does not have, MIMICIT_CORRUPT if the source is damaged, MIMICIT_ABORTED; nothing is left on the disk then
 */
export async function rewriteDataset(options: RewriteOptions): Promise<RewriteSummary> {
  const form: ShardForm = pick('the form', forms, options.form)
  const profile: Profile | undefined = options.compat === true ? 'compat' : undefined
  if (profile !== undefined && !form.profiles.includes(profile)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the parquet form with the compat profile',
      where: 'form',
      received: show(options.form),
    })
  }
  const store = openStore(options.source, { signal: options.signal, ...options.store })
  try {
    return await rewriteStore(store, options, form, profile)
  } finally {
    await store.close?.()
  }
}

async function rewriteStore(
  store: Store,
  options: RewriteOptions,
  form: ShardForm,
  profile: Profile | undefined,
): Promise<RewriteSummary> {
  const out = resolve(options.out)
  const source = await readManifest(store)
  const root = await claimPartial(out)
  try {
    const manifest = await writeTables({ store, source, root, options, form, profile })
    await writeDatasetCard(root, manifest)
    const provenance = {
      tool: 'mimicit',
      version,
      command: 'rewrite',
      time: new Date().toISOString(),
      parents: [
        {
          location: store.location,
          form: source.form,
          generation: source.generation,
          orderKey: source.orderKey,
          manifest: sha256Hex(await store.readAll(MANIFEST)),
        },
      ],
    }
    await writeWhole(`${root}/provenance.json`, Buffer.from(encodeCheckedJson(provenance)))
    await writeWhole(`${root}/${MANIFEST}`, Buffer.from(encodeCheckedJson(manifest)))
    await publishPartial(root, out)
    return { out, manifest }
  } catch (error) {
    await rm(root, { recursive: true, force: true })
    throw error
  }
}

interface Work {
  readonly store: Store
  readonly source: Manifest
  readonly root: string
  readonly options: RewriteOptions
  readonly form: ShardForm
  readonly profile: Profile | undefined
}

async function writeTables(work: Work): Promise<Manifest> {
  const locations = namelessSpill(work.root)
  try {
    return await writeFiles(work, locations)
  } finally {
    locations.close()
  }
}

/** @param locations where the records of index/media.loc wait */
async function writeFiles(work: Work, locations: Spill): Promise<Manifest> {
  const { store, source, root, options, profile } = work
  const tables = new Map<TableName, WrittenTable>()
  for (const name of tableNames(source)) tables.set(name, await copyTable(work, name, locations))
  const indexes: Record<string, IndexFileRecord> = {}
  // In the order and at the paths of the source: a data set that comes back has the bytes it had.
  for (const [name, record] of Object.entries(source.indexes)) {
    const records = indexRecords(store, record, name, tables, locations)
    await mkdir(dirname(`${root}/${record.path}`), { recursive: true })
    indexes[name] = await writeIndexFile(root, record.path, record.recordBytes, records)
  }
  const shards = (name: TableName) => [...tables.get(name)!.shards]
  const { format, version: formatVersion, form: _form, profile: _profile, ...rest } = source
  return {
    format,
    version: formatVersion,
    form: options.form,
    ...(profile === undefined ? {} : { profile }),
    ...rest,
    tables: {
      pairs: { ...source.tables.pairs, shards: shards('pairs') },
      media: { ...source.tables.media, shards: shards('media') },
    },
    contexts: Object.fromEntries(
      Object.entries(source.contexts).map(([name, record]) => [name, { ...record, shards: shards(`context/${name}`) }]),
    ),
    ...(source.lengths !== undefined && {
      lengths: Object.fromEntries(
        Object.entries(source.lengths).map(([name, record]) => [
          name,
          { ...record, shards: shards(`lengths/${name}`) },
        ]),
      ),
    }),
    indexes,
  }
}

/** What the index of the new form holds: places and sums are those of the new files, everything else is of the rows. */
function indexRecords(
  store: Store,
  record: IndexFileRecord,
  name: string,
  tables: ReadonlyMap<TableName, WrittenTable>,
  locations: Spill,
): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (name === 'media.loc' && record.recordBytes === MEDIA_LOCATION_BYTES) return locations.all()
  const table = name.endsWith('.sums') ? tables.get(name.slice(0, -'.sums'.length) as TableName) : undefined
  if (table !== undefined && record.recordBytes === SUM_BYTES) return [encodeSums(table.pieces)]
  return indexBlocks(store, record)
}

async function copyTable(work: Work, name: TableName, locations: Spill): Promise<WrittenTable> {
  const { store, source, root, options, form, profile } = work
  const schema = schemaOf(name)
  const columns = schema.columns.map((column) => column.name)
  await mkdir(`${root}/${name}`, { recursive: true })
  const records = shardsOf(source, name)
  const total = records.reduce((sum, record) => sum + record.rows, 0)
  const sums = await loadSums(store, source, name)
  const shards: ShardRecord[] = []
  const pieces: (readonly Piece[])[] = []
  let done = 0
  for (const [number, record] of records.entries()) {
    const path = `${record.path.replace(/\.[^./]+$/, '')}.${form.extension}`
    const table = openTable(store, [record], columns, async () => [sums[number] ?? []], source.form)
    try {
      const writer = await form.createShard(`${root}/${path}`, schema, profile)
      try {
        for await (const group of table.groups()) {
          stopIfAborted(options.signal, 'the rewrite')
          if (name === 'media') checkPictures(group.columns, done, record.path)
          const spans = await writer.writeRowGroup(group.rows, group.columns)
          const hashes = group.columns.sha256 as readonly Uint8Array[]
          if (name === 'media') {
            locations.add(encodeMediaLocations(number, spans, hashes))
          }
          done += group.rows
          options.onProgress?.({ stage: `rewriting ${name}`, done, total, unit: 'rows' })
        }
      } catch (error) {
        await writer.abort()
        throw error
      }
      const { rows, bytes, sha256: hash, rowGroups, pieces: made } = await writer.finish()
      shards.push({ path, rows, bytes, sha256: hash, rowGroups: [...rowGroups] })
      pieces.push(made)
    } finally {
      await table.close()
    }
  }
  return { shards, pieces }
}

/** Sums do not cover pictures: their own hashes do. */
function checkPictures({ image, sha256: hashes }: Columns, firstRow: number, path: string): void {
  const images = image as readonly { readonly bytes: Uint8Array }[]
  const wrong = images.findIndex(({ bytes }, i) => Buffer.compare(sha256(bytes), hashes![i] as Uint8Array) !== 0)
  if (wrong < 0) return
  throw new MimicitError('MIMICIT_CORRUPT', {
    expected: `picture ${firstRow + wrong} as it was stored`,
    where: path,
    received: 'bytes with another SHA-256',
    hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
  })
}
