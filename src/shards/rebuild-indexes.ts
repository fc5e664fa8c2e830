// Makes every index of a data set anew from its tables. The tables are checked against the manifest first, whole files,
// since the sums that would guard them piece by piece are what is being made. Indexes of sound tables come out with the
// bytes they had, so a data set that lost or damaged an index is as it was afterwards.
import { mkdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { encodeCheckedJson } from '../base/checked-json.js'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { sha256Stream } from '../base/hash.js'
import { asIoError, openDirectory, openFile } from '../io/directory.js'
import { writeWhole } from '../io/sink.js'
import { openScratch, type Scratch } from '../io/spill.js'
import type { ReadableFile, Store } from '../io/store.js'
import { type FormName, forms } from './forms.js'
import { collectIds, ID_RECORD_BYTES } from './ids-index.js'
import { writeIndexFile } from './index-file.js'
import type { IndexFileRecord, Manifest, ShardRecord } from './manifest.js'
import { MANIFEST } from './manifest-file.js'
import { MEDIA_LOCATION_BYTES } from './media-location.js'
import { readManifest } from './read-manifest.js'
import { shardLocations } from './shard-locations.js'
import { shardsOf, tableNames } from './stored-table.js'
import { encodeSums, type Piece, pieceHasher, SUM_BYTES } from './sums.js'
import { openTable } from './table-reader.js'

/** What was done. */
export interface RebuiltIndexes {
  /** Names of all indexes. */
  readonly indexes: readonly string[]
  /** Those whose file was missing or held other bytes. */
  readonly replaced: readonly string[]
}

/**
 * Rebuilds the indexes of a data set in a directory. Each file is written aside and renamed; the manifest is rewritten
 * last, and only if a record in it changed. Memory does not grow with the rows.
 * @throws MimicitError MIMICIT_CORRUPT if a table is not the one of the manifest
 */
export async function rebuildIndexes(root: string): Promise<RebuiltIndexes> {
  const store = openDirectory(root)
  const manifest = await readManifest(store)
  const scratch = await openScratch(join(root, 'index'), 'rebuild')
  try {
    const indexes: Record<string, IndexFileRecord> = {}
    const replaced: string[] = []
    for (const { name, recordBytes, records } of indexesOf(store, manifest, scratch)) {
      const aside = join(scratch.path, basename(name))
      const made = await writeIndexFile(scratch.path, basename(name), recordBytes, await records())
      const path = pathOf(manifest, name)
      indexes[name] = { ...made, path }
      if (await sameBytes(aside, join(root, path))) await rm(aside)
      else {
        replaced.push(name)
        await replaceFile(aside, join(root, path))
      }
    }
    // The order in which a data set is written, so that a rebuilt manifest has the bytes it had.
    const ordered = Object.fromEntries(
      [...Object.keys(manifest.indexes), ...Object.keys(indexes)].flatMap((name) =>
        indexes[name] === undefined ? [] : [[name, indexes[name]]],
      ),
    )
    const rebuilt: Manifest = { ...manifest, indexes: ordered }
    const text = encodeCheckedJson(rebuilt)
    if (text !== encodeCheckedJson(manifest)) {
      const aside = join(scratch.path, MANIFEST)
      await writeWhole(aside, Buffer.from(text))
      await replaceFile(aside, join(root, MANIFEST))
    }
    return { indexes: Object.keys(indexes), replaced }
  } finally {
    await scratch.remove()
  }
}

/** Where an index belongs: where its generation wrote it, so that readers of other generations lose nothing. */
function pathOf({ generation, indexes }: Manifest, name: string): string {
  const own = generation === 1 ? `index/${name}` : `index/generation-${generation}/${name}`
  const named = Object.hasOwn(indexes, name) ? indexes[name]!.path : own
  // Whatever a manifest says, only an index is ever written over.
  return named.replace(/^index\/(generation-\d+\/)?/, '') === name ? named : own
}

/** An index to be made. */
interface IndexPlan {
  readonly name: string
  readonly recordBytes: number
  records(): Promise<Iterable<Uint8Array> | AsyncIterable<Uint8Array>>
}

/** Every index that a data set has, in the order in which they are made. */
function indexesOf(store: Store, manifest: Manifest, scratch: Scratch): IndexPlan[] {
  const sums = tableNames(manifest).map((name) => ({
    name: `${name}.sums`,
    recordBytes: SUM_BYTES,
    records: async () => [encodeSums(await piecesOf(store, manifest, shardsOf(manifest, name)))],
  }))
  const ids = (['pairs', 'media'] as const).map((name) => ({
    name: `${name}.ids`,
    recordBytes: ID_RECORD_BYTES,
    records: () => idRecords(store, manifest, name, scratch),
  }))
  const locations = {
    name: 'media.loc',
    recordBytes: MEDIA_LOCATION_BYTES,
    records: async () => shardLocations(store, manifest.form, manifest.tables.media.shards),
  }
  return [...sums, ...ids, locations]
}

/** Gives a finished file its name, in the place of whatever has it. */
async function replaceFile(aside: string, target: string): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true })
    await rename(aside, target)
  } catch (error) {
    throw asIoError(error, target)
  }
}

/** Whether two files hold the same; one that is not there holds nothing. */
async function sameBytes(one: string, other: string): Promise<boolean> {
  const files: ReadableFile[] = []
  try {
    for (const path of [one, other]) files.push(await openFile(path))
    const [a, b] = files as [ReadableFile, ReadableFile]
    if (a.byteLength !== b.byteLength) return false
    for (let at = 0; at < a.byteLength; at += READ) {
      const length = Math.min(READ, a.byteLength - at)
      if (Buffer.compare(await a.read(at, length), await b.read(at, length)) !== 0) return false
    }
    return true
  } catch (error) {
    if (isMimicitError(error) && error.code === 'MIMICIT_NOT_FOUND') return false
    throw error
  } finally {
    for (const file of files) await file.close()
  }
}

const READ = 1 << 20

/** Hashes every shard as a whole, and its pieces on the way. */
async function piecesOf(
  store: Store,
  { form }: Manifest,
  shards: readonly ShardRecord[],
): Promise<(readonly Piece[])[]> {
  const pieces: (readonly Piece[])[] = []
  for (const record of shards) {
    const file = await store.open(record.path)
    try {
      pieces.push(await hashShard(file, record, form))
    } finally {
      await file.close()
    }
  }
  return pieces
}

async function hashShard(file: ReadableFile, record: ShardRecord, form: FormName): Promise<readonly Piece[]> {
  const whole = sha256Stream()
  const pieces = pieceHasher()
  const feed = async (from: number, to: number, isPicture: boolean) => {
    for (let at = from; at < to; at += READ) {
      const bytes = await file.read(at, Math.min(READ, to - at))
      whole.update(bytes)
      if (!isPicture) pieces.add(bytes)
    }
    if (isPicture) pieces.skip(to - from)
  }
  let at = 0
  for (const { chunk } of await forms[form].pictureChunks(file, record)) {
    await feed(at, chunk.offset, false)
    await feed(chunk.offset, chunk.offset + chunk.length, true)
    at = chunk.offset + chunk.length
  }
  await feed(at, file.byteLength, false)
  if (file.byteLength !== record.bytes || whole.digest('hex') !== record.sha256) {
    throw new MimicitError('MIMICIT_CORRUPT', {
      expected: 'the shard that the manifest describes',
      where: record.path,
      received: 'a file with another SHA-256',
      hint: 'Copy it again from its source; an index of damaged tables would hide the damage.',
    })
  }
  return pieces.finish()
}

async function idRecords(store: Store, manifest: Manifest, name: 'pairs' | 'media', { path }: Scratch) {
  const column = name === 'pairs' ? 'id' : 'ids'
  const ids = collectIds(path)
  const table = openTable(store, manifest.tables[name].shards, [column], undefined, manifest.form)
  try {
    for await (const group of table.groups()) {
      group.columns[column]?.forEach((value, i) => {
        for (const id of Array.isArray(value) ? (value as string[]) : [value as string]) ids.add(id, group.firstRow + i)
      })
    }
  } finally {
    await table.close()
  }
  return ids.records()
}
