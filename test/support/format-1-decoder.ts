// A second reader of format 1, written from schema/FORMAT.md alone: nothing of src/ is used. What this page of code cannot
// know from that document, nobody can; a change that breaks it breaks readers in other languages. It reads what needs no
// Parquet or Arrow: manifest, indexes, and the bytes of pictures.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest()

/** The fields that are used. */
export interface DecodedManifest {
  readonly format: string
  readonly version: number
  readonly form: string
  readonly profile?: string
  readonly generation: number
  readonly tables: Readonly<Record<string, DecodedTable>>
  readonly contexts: Readonly<
    Record<string, DecodedTable & { orderKey: string; pairs: { from: number; to: number }; maxContexts: number }>
  >
  readonly lengths?: Readonly<Record<string, DecodedTable>>
  readonly indexes: Readonly<Record<string, DecodedIndex>>
  readonly orderKey: string
  readonly generations: readonly { readonly pairs: number; readonly media: number; readonly orderKey: string }[]
}
interface DecodedTable {
  readonly rows: number
  readonly blocks: readonly number[]
  readonly shards: readonly {
    readonly path: string
    readonly rows: number
    readonly bytes: number
    readonly sha256: string
    readonly rowGroups: readonly { readonly rows: number; readonly offset: number; readonly bytes: number }[]
  }[]
}
interface DecodedIndex {
  readonly path: string
  readonly records: number
  readonly recordBytes: number
  readonly bytes: number
  readonly sha256: string
}

const refuse = (what: string): never => {
  throw new Error(what)
}

/** "Checked JSON". */
export function checkedJson(bytes: Buffer): unknown {
  const tailBytes = '\n  "checksum": ""\n}\n'.length + 64
  const tailAt = bytes.length - tailBytes
  const tail = bytes.subarray(tailAt).toString('latin1')
  const checksum = /^\n {2}"checksum": "([0-9a-f]{64})"\n\}\n$/.exec(tail)?.[1] ?? refuse('a tail of another form')
  const end = bytes[tailAt - 1] === 0x2c ? tailAt - 1 : tailAt
  const body = bytes.subarray(0, end)
  if (sha256(body).toString('hex') !== checksum) refuse('another checksum')
  return JSON.parse(`${body.toString('utf8')}\n}`)
}

/** "Manifest", and what a reader must check of it. */
export function decodeManifest(dir: string): DecodedManifest {
  const manifest = checkedJson(readFileSync(join(dir, 'manifest.json'))) as DecodedManifest
  if (manifest.format !== 'mimicit' || manifest.version !== 1) refuse('another format')
  const { contexts, lengths = {} } = manifest
  const tables = [...Object.values(manifest.tables), ...Object.values(contexts), ...Object.values(lengths)]
  const files = [...tables.flatMap(({ shards }) => shards), ...Object.values(manifest.indexes)]
  for (const { path } of files) {
    const isPath = /^[A-Za-z0-9._/-]+$/.test(path) && !path.split('/').some((part) => ['', '.', '..'].includes(part))
    if (!isPath) refuse(`the path ${path}`)
  }
  return manifest
}

/** "Index files": the records of one, its size and every hash checked. */
export function indexRecords(dir: string, { indexes }: DecodedManifest, name: string, recordBytes: number): Buffer[] {
  const index = indexes[name] ?? refuse(`no index ${name}`)
  if (index.recordBytes !== recordBytes) refuse(`${name}: records of ${index.recordBytes} bytes`)
  const file = readFileSync(join(dir, index.path))
  const end = index.records * recordBytes
  const blockBytes = Math.floor(65536 / recordBytes) * recordBytes
  const blocks = Math.ceil(end / blockBytes)
  if (file.length !== end + blocks * 32 || file.length !== index.bytes) refuse(`${name}: ${file.length} bytes`)
  if (sha256(file.subarray(end)).toString('hex') !== index.sha256) refuse(`${name}: the hash of the hashes`)
  for (let block = 0; block < blocks; block++) {
    const held = file.subarray(block * blockBytes, Math.min(end, (block + 1) * blockBytes))
    const hash = file.subarray(end + block * 32, end + (block + 1) * 32)
    if (!sha256(held).equals(hash)) refuse(`${name}: block ${block}`)
  }
  return Array.from({ length: index.records }, (_, i) => file.subarray(i * recordBytes, (i + 1) * recordBytes))
}

/** A run of bytes of a shard. */
export interface Place {
  readonly shard: number
  readonly offset: number
  readonly length: number
}

/** "media.loc": where each picture lies, and the beginning of its hash. */
export function mediaLocations(dir: string, manifest: DecodedManifest): (Place & { readonly hash: string })[] {
  return indexRecords(dir, manifest, 'media.loc', 24).map((record) => ({
    shard: record.readUInt32LE(0),
    offset: Number(record.readBigUInt64LE(4)),
    length: record.readUInt32LE(12),
    hash: record.subarray(16).toString('hex'),
  }))
}

/** "pairs.ids, media.ids": hash and row of every id, checked to be in order. */
export function idRecords(dir: string, manifest: DecodedManifest, table: string) {
  const records = indexRecords(dir, manifest, `${table}.ids`, 12).map((record) => ({
    hash: record.subarray(0, 8),
    row: record.readUInt32LE(8),
  }))
  records.forEach(({ hash, row }, i) => {
    const before = records[i - 1]
    const order = before === undefined ? -1 : Buffer.compare(before.hash, hash) || before.row - row
    if (order >= 0) refuse(`${table}.ids: record ${i} is out of order`)
  })
  return records
}

/** The rows that an id may have, by halving. */
export function rowsOf(records: ReturnType<typeof idRecords>, id: string): number[] {
  const wanted = sha256(Buffer.from(id, 'utf8')).subarray(0, 8)
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (Buffer.compare(records[middle]!.hash, wanted) < 0) low = middle + 1
    else high = middle
  }
  const rows: number[] = []
  for (let i = low; records[i]?.hash.equals(wanted); i++) rows.push(records[i]!.row)
  return rows
}

/** "<table>.sums": the pieces of the shards, each checked against the bytes. @returns what none of them covers */
export function uncovered(dir: string, manifest: DecodedManifest, name: string): Place[] {
  const [kind, key = ''] = name.split('/')
  const further = kind === 'lengths' ? manifest.lengths?.[key] : manifest.contexts[key]
  const { shards } = manifest.tables[name] ?? further ?? refuse(name)
  const files = shards.map(({ path }) => readFileSync(join(dir, path)))
  const gaps: Place[] = []
  let shard = 0
  let at = 0
  const gapTo = (offset: number) => {
    if (offset > at) gaps.push({ shard, offset: at, length: offset - at })
    at = offset
  }
  for (const record of indexRecords(dir, manifest, `${name}.sums`, 48)) {
    const number = record.readUInt32LE(0)
    const length = record.readUInt32LE(4)
    const offset = Number(record.readBigUInt64LE(8))
    for (; shard < number; shard++, at = 0) gapTo(files[shard]!.length)
    if (offset < at || length === 0 || length > 1048576) refuse(`${name}: a piece of ${length} bytes at ${offset}`)
    gapTo(offset)
    const piece = files[shard]!.subarray(offset, offset + length)
    if (!sha256(piece).equals(record.subarray(16))) refuse(`${name}: the piece at ${offset} of shard ${shard}`)
    at = offset + length
  }
  for (; shard < files.length; shard++, at = 0) gapTo(files[shard]!.length)
  return gaps
}

/** "Order key". */
export function orderKeyOf(
  pairIds: readonly string[],
  pairBlocks: readonly number[],
  mediaIds: readonly (readonly string[])[],
  mediaBlocks: readonly number[],
): string {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  }
  const table = (name: string, rows: readonly (readonly string[])[], blocks: readonly number[]) =>
    sha256(
      Buffer.concat([
        Buffer.from(`${name}\n`),
        ...rows.flatMap((ids) => [
          u32(ids.length),
          ...ids.flatMap((id) => [u32(Buffer.byteLength(id, 'utf8')), Buffer.from(id, 'utf8')]),
        ]),
        u32(rows.length),
        ...blocks.map(u32),
      ]),
    )
  const pairs = table(
    'pairs',
    pairIds.map((id) => [id]),
    pairBlocks,
  )
  const media = table('media', mediaIds, mediaBlocks)
  return sha256(Buffer.concat([Buffer.from('mimicit order key 1\n'), pairs, media])).toString('hex')
}
