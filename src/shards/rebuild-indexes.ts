// Makes every index of a data set anew from its tables. The tables are checked against the manifest first, whole files,
// since the sums that would guard them piece by piece are what is being made. Indexes of sound tables come out with the
// bytes they had, so a data set that lost or damaged an index is as it was afterwards.
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeCheckedJson } from '../base/checked-json.js'
import { MimicitError } from '../base/errors.js'
import { sha256Stream } from '../base/hash.js'
import { openDirectory } from '../io/directory.js'
import { writeWhole } from '../io/sink.js'
import type { ReadableFile, Store } from '../io/store.js'
import { readManifest } from './dataset.js'
import { type FormName, forms } from './forms.js'
import { collectIds, ID_RECORD_BYTES } from './ids-index.js'
import { encodeIndexFile } from './index-file.js'
import { type IndexFileRecord, MANIFEST, type Manifest, type ShardRecord } from './manifest.js'
import { encodeMediaLocations, MEDIA_LOCATION_BYTES, type MediaLocation } from './media-location.js'
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
 * last, and only if a record in it changed.
 * @throws MimicitError MIMICIT_CORRUPT if a table is not the one of the manifest
 */
export async function rebuildIndexes(root: string): Promise<RebuiltIndexes> {
  const store = openDirectory(root)
  const manifest = await readManifest(store)
  const made = new Map<string, readonly [recordBytes: number, records: Uint8Array]>()
  for (const name of tableNames(manifest)) {
    made.set(`${name}.sums`, [SUM_BYTES, encodeSums(await piecesOf(store, manifest, shardsOf(manifest, name)))])
  }
  made.set('pairs.ids', [ID_RECORD_BYTES, await idRecords(store, manifest, 'pairs', 'id')])
  made.set('media.ids', [ID_RECORD_BYTES, await idRecords(store, manifest, 'media', 'ids')])
  made.set('media.loc', [MEDIA_LOCATION_BYTES, await locationRecords(store, manifest)])

  const indexes: Record<string, IndexFileRecord> = {}
  const replaced: string[] = []
  for (const [name, [recordBytes, records]] of made) {
    const path = `index/${name}`
    const { bytes, record } = encodeIndexFile(path, recordBytes, records)
    indexes[name] = record
    const there = (await store.exists(path)) ? await store.readAll(path) : undefined
    if (there !== undefined && Buffer.compare(there, bytes) === 0) continue
    replaced.push(name)
    await replaceFile(root, path, bytes)
  }
  // The order in which a data set is written, so that a rebuilt manifest has the bytes it had.
  const ordered = Object.fromEntries(
    [...Object.keys(manifest.indexes), ...Object.keys(indexes)].flatMap((name) =>
      indexes[name] === undefined ? [] : [[name, indexes[name]]],
    ),
  )
  const rebuilt: Manifest = { ...manifest, indexes: ordered }
  const text = encodeCheckedJson(rebuilt)
  if (text !== encodeCheckedJson(manifest)) await replaceFile(root, MANIFEST, Buffer.from(text))
  return { indexes: [...made.keys()], replaced }
}

async function replaceFile(root: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(root, path)
  const aside = `${target}.${process.pid}.part`
  await mkdir(dirname(target), { recursive: true })
  await writeWhole(aside, bytes)
  await rename(aside, target)
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

async function idRecords(store: Store, manifest: Manifest, name: 'pairs' | 'media', column: string) {
  const ids = collectIds()
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
  return Buffer.concat([...ids.records()])
}

async function locationRecords(store: Store, manifest: Manifest): Promise<Uint8Array> {
  const { shards } = manifest.tables.media
  const locations: MediaLocation[] = []
  for (const [shard, record] of shards.entries()) {
    const table = openTable(store, [record], ['byte_length', 'sha256'], undefined, manifest.form)
    const file = await store.open(record.path)
    try {
      const chunks = await forms[manifest.form].pictureChunks(file, record)
      let group = 0
      for await (const { columns } of table.groups()) {
        const hashes = columns.sha256 as readonly Uint8Array[]
        const spans = chunks[group++]?.spans(columns.byte_length as readonly number[]) ?? []
        for (const [i, span] of spans.entries()) {
          locations.push({ shard, ...span, hashPrefix: hashes[i]!.slice(0, 8) })
        }
      }
    } finally {
      await file.close()
      await table.close()
    }
  }
  return encodeMediaLocations(locations)
}
