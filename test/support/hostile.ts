// Data sets that lie with every hash right: shards whose footers, page headers and pages were changed, indexes and
// manifests made to fit. They live in memory, behind a store that keeps a record of reads outside of a file.
import { encodeCheckedJson } from '../../src/base/checked-json.js'
import { sha256Hex } from '../../src/base/hash.js'
import { openDirectory } from '../../src/io/directory.js'
import type { Store } from '../../src/io/store.js'
import { loadZstd } from '../../src/io/zstd.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { decodeManifest, type Manifest, type ShardRecord } from '../../src/shards/manifest.js'
import { encodeSums, PIECE_BYTES, type Piece, pieceHasher, SUM_BYTES } from '../../src/shards/sums.js'
import { indexBytes } from './index-bytes.js'
import { at, copyOf, type Node, readTree, signed, writeTree, zigzag } from './thrift-tree.js'

/** The files of a data set, by path. */
export type Files = Map<string, Buffer>

/** Parts of a manifest that a test may change. */
export type Loose<T> = { -readonly [K in keyof T]: Loose<T[K]> }

/** Reads a data set into memory. */
export async function filesOf(dir: string): Promise<Files> {
  const store = openDirectory(dir)
  const files: Files = new Map()
  for (const path of (await store.list())!) files.set(path, Buffer.from(await store.readAll(path)))
  return files
}

/** The manifest of such files, to be changed. */
export const manifestOf = (files: Files) =>
  decodeManifest(files.get('manifest.json')!.toString(), 'manifest.json') as Loose<Manifest>

/** A store over files in memory, and the reads that went outside of one. */
export function memoryStore(files: Files): { readonly store: Store; readonly outside: string[] } {
  const outside: string[] = []
  const need = (path: string) => files.get(path) ?? Buffer.alloc(0)
  const store: Store = {
    location: 'memory',
    exists: async (path) => files.has(path),
    readAll: async (path) => need(path),
    list: async () => [...files.keys()],
    async open(path) {
      const bytes = need(path)
      return {
        path,
        byteLength: bytes.byteLength,
        close: async () => undefined,
        async read(offset, length) {
          if (!(offset >= 0 && length >= 0 && offset + length <= bytes.byteLength)) {
            outside.push(`${path}: ${length} at ${offset} of ${bytes.byteLength}`)
            throw new Error('a read outside of the file')
          }
          return new Uint8Array(bytes.subarray(offset, offset + length))
        },
      }
    },
  }
  return { store, outside }
}

/** Reads from files that lie; nothing may be asked for outside of them. */
export async function reading<T>(files: Files, read: (dataset: Dataset) => Promise<T>): Promise<T> {
  const { store, outside } = memoryStore(files)
  const result = await Promise.allSettled([openDataset(store).then(read)])
  if (outside.length > 0) throw new Error(`reads outside of files: ${outside.join('; ')}`)
  if (result[0].status === 'rejected') throw result[0].reason
  return result[0].value
}

/** A shard of one row group or more, taken apart. */
export interface OpenShard {
  readonly record: Loose<ShardRecord>
  body: Buffer
  readonly footer: Node
}

/** Takes a shard apart. */
export function openShardOf(files: Files, record: Loose<ShardRecord>): OpenShard {
  const bytes = files.get(record.path)!
  const length = bytes.readUInt32LE(bytes.byteLength - 8)
  const start = bytes.byteLength - 8 - length
  return { record, body: Buffer.from(bytes.subarray(0, start)), footer: readTree(bytes, start).node }
}

/** Puts a shard together again; its record says what is there now. @param claimed length of the footer */
export function closeShard(files: Files, { record, body, footer }: OpenShard, claimed?: number): void {
  const tree = writeTree(footer)
  const end = Buffer.from('0000PAR1', 'latin1')
  end.writeUInt32LE(claimed ?? tree.byteLength)
  files.set(record.path, Buffer.concat([body, tree, end]))
  // Row groups follow each other in the footer.
  const groups = at(footer, 4)?.value
  if (!Array.isArray(groups)) return
  const told = (groups as Node[]).slice(0, record.rowGroups.length).map(writeTree)
  let place = told[0] === undefined ? 0 : tree.indexOf(told[0])
  for (const [i, bytes] of told.entries()) {
    record.rowGroups[i]!.footer = body.byteLength + place
    place += bytes.byteLength
  }
}

/** The same files whose manifest does not say where footers tell of row groups, as it did not once. */
export function withoutPlaces(files: Files): Files {
  const copied: Files = new Map(files)
  const manifest = manifestOf(files)
  for (const { shards } of [...Object.values(manifest.tables), ...Object.values(manifest.contexts)]) {
    for (const shard of shards) for (const group of shard.rowGroups) delete group.footer
  }
  fitManifest(copied, manifest)
  return copied
}

/** Number of a field that the writer always writes. */
export const numberAt = (node: Node, ...path: readonly number[]) => Number(signed(at(node, ...path)!.value as bigint))
/** Sets such a number. */
export const setNumber = (node: Node, value: bigint | number, ...path: readonly number[]) => {
  at(node, ...path)!.value = zigzag(BigInt(value))
}

/** The metadata of a column chunk in a footer. */
export const chunkOf = (footer: Node, group: number, column: number) => at(footer, 4, group, 1, column, 3)!

/** A page of a shard. */
export interface OpenPage {
  readonly group: number
  readonly column: number
  readonly start: number
  readonly body: number
  readonly end: number
  readonly header: Node
}

/** Every page of a shard. */
export function pagesOf({ footer, body }: OpenShard): OpenPage[] {
  const pages: OpenPage[] = []
  for (const [group, node] of (at(footer, 4)!.value as Node[]).entries()) {
    for (const column of (at(node, 1)!.value as Node[]).keys()) {
      const meta = chunkOf(footer, group, column)
      let start = numberAt(meta, at(meta, 11) === undefined ? 9 : 11)
      for (const end = start + numberAt(meta, 7); start < end; ) {
        const { node: header, end: bodyAt } = readTree(body, start)
        const pageEnd = bodyAt + numberAt(header, 3)
        pages.push({ group, column, start, body: bodyAt, end: pageEnd, header })
        start = pageEnd
      }
    }
  }
  return pages
}

/** Puts other bytes in the place of a page; everything behind it moves, and footer and record follow. */
export function replacePage(shard: OpenShard, page: OpenPage, header: Node, content: Buffer): void {
  const bytes = Buffer.concat([writeTree(header), content])
  const grown = bytes.byteLength - (page.end - page.start)
  shard.body = Buffer.concat([shard.body.subarray(0, page.start), bytes, shard.body.subarray(page.end)])
  const move = (node: Node | undefined, id: number) => {
    const field = node && at(node, id)
    if (field === undefined || Number(signed(field.value as bigint)) <= page.start) return
    setNumber(node!, Number(signed(field.value as bigint)) + grown, id)
  }
  for (const [group, node] of (at(shard.footer, 4)!.value as Node[]).entries()) {
    const planned = shard.record.rowGroups[group]!
    if (planned.offset > page.start) planned.offset += grown
    if (group === page.group) planned.bytes += grown
    for (const [i, column] of (at(node, 1)!.value as Node[]).entries()) {
      const meta = chunkOf(shard.footer, group, i)
      if (group === page.group && i === page.column) {
        for (const id of [6, 7]) setNumber(meta, numberAt(meta, id) + grown, id)
      }
      for (const id of [9, 11]) move(meta, id)
      for (const id of [2, 4, 6]) move(column, id)
    }
  }
}

/** Makes sums, sizes and hashes fit to the files as they are. */
export function refit(files: Files, manifest: Loose<Manifest>): void {
  const tables = { ...manifest.tables, ...prefixed(manifest) }
  for (const [name, { shards }] of Object.entries(tables)) {
    const pieces: (readonly Piece[])[] = []
    for (const shard of shards) {
      const bytes = files.get(shard.path) ?? Buffer.alloc(0)
      const hasher = pieceHasher()
      for (let from = 0; from < bytes.byteLength; from += PIECE_BYTES)
        hasher.add(bytes.subarray(from, from + PIECE_BYTES))
      pieces.push(hasher.finish())
      shard.bytes = bytes.byteLength
      shard.sha256 = sha256Hex(bytes)
    }
    fitIndex(files, manifest, `${name}.sums`, SUM_BYTES, encodeSums(pieces))
  }
  fitManifest(files, manifest)
}

const prefixed = ({ contexts }: Loose<Manifest>) =>
  Object.fromEntries(Object.entries(contexts).map(([name, table]) => [`context/${name}`, table]))

/** Writes records as an index with hashes that fit. */
export function fitIndex(
  files: Files,
  manifest: Loose<Manifest>,
  name: string,
  recordBytes: number,
  records: Uint8Array,
): void {
  const { bytes, record } = indexBytes(`index/${name}`, recordBytes, records)
  files.set(record.path, Buffer.from(bytes))
  manifest.indexes[name] = record
}

/** Writes the manifest with its checksum. */
export function fitManifest(files: Files, manifest: object): void {
  files.set('manifest.json', Buffer.from(encodeCheckedJson(manifest)))
}

/** The values of a page of text, uncompressed, changed and compressed again; its header follows. */
export async function changeValues(
  shard: OpenShard,
  page: OpenPage,
  change: (values: Buffer) => Buffer,
  bytes?: Buffer,
): Promise<void> {
  const zstd = await loadZstd()
  const isData = at(page.header, 8) !== undefined
  const levels = isData ? numberAt(page.header, 8, 5) + numberAt(page.header, 8, 6) : 0
  const full = numberAt(page.header, 2)
  const content = shard.body.subarray(page.body, page.end)
  const values = change(Buffer.from(zstd.decompress(content.subarray(levels), full - levels)))
  const packed = bytes ?? Buffer.from(zstd.compress(values))
  const header = copyOf(page.header)
  setNumber(header, levels + values.byteLength, 2)
  setNumber(header, levels + packed.byteLength, 3)
  replacePage(shard, page, header, Buffer.concat([content.subarray(0, levels), packed]))
  const meta = chunkOf(shard.footer, page.group, page.column)
  setNumber(meta, numberAt(meta, 6) + values.byteLength - (full - levels) + 64, 6)
}
