// Verification: everything a data set promises, checked against its bytes. Nothing is thrown for what is wrong with the
// data; it comes back as issues with a place each.
import { decodeCheckedJson } from '../base/checked-json.js'
import { type ErrorCode, isMimicitError, MimicitError } from '../base/errors.js'
import { sha256, sha256Stream } from '../base/hash.js'
import { type IssueCount, IssueLog } from '../base/issues.js'
import { mapInOrder } from '../base/map-in-order.js'
import type { OnProgress } from '../base/progress.js'
import { openStore, type Store } from '../io/store.js'
import { validatePair } from '../tuple/validate.js'
import { decodeSquashed } from '../vision/decode.js'
import { readManifest } from './dataset.js'
import { type IndexReader, openIndexFile } from './index-file.js'
import { MANIFEST, type Manifest, type ShardRecord, type TableRecord } from './manifest.js'
import { decodeMediaLocation } from './media-location.js'
import { orderKey, orderKeyTable } from './order-key.js'
import { contextRowAt, MEDIA_FACT_COLUMNS, mediaFactsAt, pairAt } from './rows.js'
import { openTable } from './table-reader.js'
import { contextSchema, pairsSchema } from './table-schema.js'

/** What verification found. */
export interface VerifyReport {
  readonly location: string
  readonly ok: boolean
  readonly pairs: number
  readonly pictures: number
  readonly contexts: Readonly<Record<string, number>>
  readonly bytes: number
  readonly issues: readonly IssueCount[]
}

/** Options of `verifyDataset`. */
export interface VerifyOptions {
  /** Also decodes every picture. @default false */
  readonly deep?: boolean
  readonly onProgress?: OnProgress | undefined
}

/**
 * Verifies a data set: every file against its hash, every reference, every index entry, every id.
 * @returns `ok` is false if any issue is an error; warnings are odd, not wrong
 * @throws MimicitError MIMICIT_NOT_A_DATASET or MIMICIT_BAD_MANIFEST if there is no manifest to verify against
 */
export async function verifyDataset(location: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  const store = openStore(location)
  const manifest = await readManifest(store)
  const log = new IssueLog()
  const check: Check = { store, manifest, log, options }
  await verifyFiles(check)
  // Content is only worth reading where the files are those that were written.
  if (log.count('error') === 0) {
    const media = await verifyMedia(check)
    const pairs = await verifyPairs(check, media)
    verifyOrderKey(check, pairs, media.key)
    for (const name of Object.keys(manifest.contexts)) await verifyContext(check, name)
  }
  const records = allShards(manifest)
  return {
    location,
    ok: log.count('error') === 0,
    pairs: manifest.tables.pairs.rows,
    pictures: manifest.tables.media.rows,
    contexts: Object.fromEntries(Object.entries(manifest.contexts).map(([name, { rows }]) => [name, rows])),
    bytes: records.reduce((sum, record) => sum + record.bytes, manifest.indexes['media.loc'].bytes),
    issues: log.summary(),
  }
}

interface Check {
  readonly store: Store
  readonly manifest: Manifest
  readonly log: IssueLog
  readonly options: VerifyOptions
}

const allShards = ({ tables, contexts }: Manifest): ShardRecord[] =>
  [tables.pairs, tables.media, ...Object.values(contexts)].flatMap((table) => table.shards)

const error = (log: IssueLog, code: ErrorCode, where: string, message: string, id?: string) =>
  log.add({ code, level: 'error', where, message, ...(id === undefined ? {} : { id }) })
const warn = (log: IssueLog, code: ErrorCode, where: string, message: string, id?: string) =>
  log.add({ code, level: 'warning', where, message, ...(id === undefined ? {} : { id }) })

/** Sizes, hashes, and files that nobody names. */
async function verifyFiles({ store, manifest, log, options }: Check): Promise<void> {
  const records = allShards(manifest)
  const total = records.reduce((sum, record) => sum + record.bytes, 0)
  let before = 0
  for (const record of records) {
    await attempt(log, record.path, async () => {
      const file = await store.open(record.path)
      try {
        if (file.byteLength !== record.bytes) {
          error(log, 'MIMICIT_CORRUPT', record.path, `${file.byteLength} bytes instead of ${record.bytes}`)
          return
        }
        const hash = sha256Stream()
        for (let at = 0; at < file.byteLength; at += READ) {
          hash.update(await file.read(at, Math.min(READ, file.byteLength - at)))
          options.onProgress?.({ stage: 'hashing shards', done: before + at, total, unit: 'bytes' })
        }
        if (hash.digest('hex') !== record.sha256) {
          error(log, 'MIMICIT_CORRUPT', record.path, 'its SHA-256 is not the one in the manifest')
        }
      } finally {
        await file.close()
      }
    })
    before += record.bytes
    for (const problem of shardProblems(record)) error(log, 'MIMICIT_BAD_MANIFEST', record.path, problem)
  }
  for (const [name, table] of Object.entries(manifest.tables)) {
    for (const problem of tableProblems(table)) error(log, 'MIMICIT_BAD_MANIFEST', `table ${name}`, problem)
  }
  await attempt(log, 'provenance.json', async () => {
    const text = Buffer.from(await store.readAll('provenance.json')).toString('utf8')
    decodeCheckedJson(text, 'provenance.json', 'MIMICIT_CORRUPT')
  })
  const known = new Set([
    ...records.map((record) => record.path),
    ...Object.values(manifest.indexes).map((record) => record.path),
    ...[MANIFEST, 'provenance.json', 'README.md'],
  ])
  for (const path of await store.list()) {
    if (!known.has(path)) warn(log, 'MIMICIT_UNKNOWN_FILE', path, 'no table of the manifest names this file')
  }
}

const READ = 1 << 20

function* shardProblems({ rows, rowGroups }: ShardRecord) {
  const sum = rowGroups.reduce((total, group) => total + group.rows, 0)
  if (sum !== rows) yield `its row groups have ${sum} rows, not ${rows}`
}

function* tableProblems({ rows, shards, blocks }: TableRecord) {
  const inShards = shards.reduce((sum, shard) => sum + shard.rows, 0)
  const inBlocks = blocks.reduce((sum, block) => sum + block, 0)
  if (inShards !== rows) yield `its shards have ${inShards} rows, not ${rows}`
  if (inBlocks !== rows) yield `its blocks have ${inBlocks} rows, not ${rows}`
}

interface VerifiedMedia {
  readonly key: Uint8Array
  readonly ids: ReadonlyMap<string, number>
}

async function verifyMedia({ store, manifest, log, options }: Check): Promise<VerifiedMedia> {
  const { media } = manifest.tables
  const record = manifest.indexes['media.loc']
  const key = orderKeyTable('media')
  const ids = new Map<string, number>()
  const contents = new Map<string, number>()
  const indexFile = await store.open(record.path)
  const table = openTable(store, media.shards, [...MEDIA_FACT_COLUMNS, 'image'])
  const starts = media.shards.map((_, i) => media.shards.slice(0, i).reduce((sum, shard) => sum + shard.rows, 0))
  try {
    const index = await attempt(log, record.path, () => openIndexFile(indexFile, record))
    if (index !== undefined && index.records !== media.rows) {
      error(log, 'MIMICIT_CORRUPT', record.path, `${index.records} entries for ${media.rows} pictures`)
    }
    for await (const group of table.groups()) {
      const rows = Array.from({ length: group.rows }, (_, i) => i)
      const images = group.columns.image as readonly { readonly bytes: Uint8Array }[]
      for await (const i of mapInOrder(rows, 4, async (at) => {
        if (options.deep !== true) return at
        await attempt(log, `media row ${group.firstRow + at}`, () =>
          decodeSquashed(images[at]!.bytes, 32, `media row ${group.firstRow + at}`),
        )
        return at
      })) {
        const row = group.firstRow + i
        const where = `media row ${row}`
        const facts = mediaFactsAt(group.columns, i)
        const { bytes } = images[i]!
        key.row(facts.ids)
        options.onProgress?.({ stage: 'checking pictures', done: row, total: media.rows, unit: 'pictures' })
        if (facts.ids.length === 0) error(log, 'MIMICIT_BAD_RECORD', where, 'it has no id')
        for (const id of facts.ids) {
          if (ids.has(id)) error(log, 'MIMICIT_DUPLICATE_ID', where, `row ${ids.get(id)} has the same id`, id)
          ids.set(id, row)
        }
        const hash = sha256(bytes)
        if (Buffer.compare(hash, facts.sha256) !== 0 || bytes.byteLength !== facts.byteLength) {
          error(log, 'MIMICIT_CORRUPT', where, 'its bytes are not those of its hash and length', facts.ids[0])
        }
        const content = Buffer.from(hash).toString('latin1')
        const twin = contents.get(content)
        if (twin === undefined) contents.set(content, row)
        else warn(log, 'MIMICIT_DUPLICATE_MEDIA', where, `row ${twin} holds the same picture`, facts.ids[0])
        if (index !== undefined) await verifyLocation(log, index, row, bytes, hash, (shard) => starts[shard] ?? -1)
      }
    }
  } finally {
    await table.close()
    await indexFile.close()
  }
  return { key: key.finish(media.blocks), ids }

  async function verifyLocation(
    issues: IssueLog,
    index: IndexReader,
    row: number,
    bytes: Uint8Array,
    hash: Uint8Array,
    firstRowOf: (shard: number) => number,
  ) {
    await attempt(issues, `index/media.loc row ${row}`, async () => {
      const place = decodeMediaLocation(await index.record(row))
      const shard = media.shards[place.shard]
      const first = firstRowOf(place.shard)
      const inShard = shard !== undefined && row >= first && row < first + shard.rows
      const sameHash = Buffer.compare(place.hashPrefix, hash.subarray(0, 8)) === 0
      if (!inShard || !sameHash || place.length !== bytes.byteLength) throw wrongEntry(`row ${row}`)
      const file = await store.open(shard.path)
      try {
        const there = await file.read(place.offset, place.length)
        if (Buffer.compare(there, bytes) !== 0) throw wrongEntry(`row ${row}`)
      } finally {
        await file.close()
      }
    })
  }
}

const wrongEntry = (row: string) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: 'an entry that leads to the picture',
    where: `index/media.loc ${row}`,
    received: 'one that leads elsewhere',
  })

async function verifyPairs({ store, manifest, log, options }: Check, media: VerifiedMedia): Promise<Uint8Array> {
  const { pairs } = manifest.tables
  const table = openTable(
    store,
    pairs.shards,
    pairsSchema.columns.map((column) => column.name),
  )
  const key = orderKeyTable('pairs')
  const ids = new Set<string>()
  const used = new Uint8Array(manifest.tables.media.rows)
  try {
    for await (const group of table.groups()) {
      for (let i = 0; i < group.rows; i++) {
        const row = group.firstRow + i
        const where = `pairs row ${row}`
        const pair = pairAt(group.columns, i)
        key.row([pair.id])
        options.onProgress?.({ stage: 'checking pairs', done: row, total: pairs.rows, unit: 'pairs' })
        for (const issue of validatePair(pair, where)) log.add(issue)
        if (ids.has(pair.id)) error(log, 'MIMICIT_DUPLICATE_ID', where, 'another pair has the same id', pair.id)
        ids.add(pair.id)
        pair.media.forEach((mediaRow, k) => {
          const id = pair.mediaIds[k] ?? ''
          if (media.ids.get(id) !== mediaRow) {
            error(log, 'MIMICIT_DANGLING_MEDIA', where, `media row ${mediaRow} is not picture ${id}`, pair.id)
          } else used[mediaRow] = 1
        })
      }
    }
  } finally {
    await table.close()
  }
  for (const [id, row] of media.ids) {
    if (used[row] === 1) continue
    used[row] = 1
    warn(log, 'MIMICIT_ORPHAN_MEDIA', `media row ${row}`, 'no pair uses this picture', id)
  }
  return key.finish(pairs.blocks)
}

function verifyOrderKey({ manifest, log }: Check, pairs: Uint8Array, media: Uint8Array): void {
  if (orderKey(pairs, media) !== manifest.orderKey) {
    error(log, 'MIMICIT_CORRUPT', MANIFEST, 'its order key is not that of the tables')
  }
}

async function verifyContext({ store, manifest, log }: Check, name: string): Promise<void> {
  const record = manifest.contexts[name]!
  const table = openTable(
    store,
    record.shards,
    contextSchema.columns.map((column) => column.name),
  )
  const queries = new Set<number>()
  const { from, to } = record.pairs
  let most = 0
  const inRange = (row: number) => row >= from && row < to
  if (!manifest.generations.some((generation) => generation.orderKey === record.orderKey && generation.pairs >= to)) {
    error(log, 'MIMICIT_BAD_MANIFEST', `context ${name}`, 'it was made from rows that no generation has')
  }
  try {
    for await (const group of table.groups()) {
      for (let i = 0; i < group.rows; i++) {
        const { query, contexts, scores } = contextRowAt(group.columns, i)
        const where = `context ${name} row ${group.firstRow + i}`
        most = Math.max(most, contexts.length)
        if (!inRange(query)) error(log, 'MIMICIT_DANGLING_CONTEXT', where, `query row ${query} does not exist`)
        if (queries.has(query)) error(log, 'MIMICIT_DUPLICATE_ID', where, `query row ${query} is listed twice`)
        queries.add(query)
        for (const context of contexts) {
          if (!inRange(context)) error(log, 'MIMICIT_DANGLING_CONTEXT', where, `pair row ${context} does not exist`)
          if (context === query) error(log, 'MIMICIT_OWN_CONTEXT', where, `query row ${query} is its own context`)
        }
        if (scores !== null && scores.length !== contexts.length) {
          error(log, 'MIMICIT_BAD_RECORD', where, `${scores.length} scores for ${contexts.length} contexts`)
        }
      }
    }
  } finally {
    await table.close()
  }
  if (most !== record.maxContexts) {
    error(log, 'MIMICIT_BAD_MANIFEST', `context ${name}`, `the longest row has ${most}, not ${record.maxContexts}`)
  }
}

/** Turns an error that names a fault of the data into an issue; other errors are thrown on. */
async function attempt<T>(log: IssueLog, where: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (failure) {
    if (!isMimicitError(failure)) throw failure
    error(log, failure.code, where, failure.message)
    return undefined
  }
}
