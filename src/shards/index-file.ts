// Index files: fixed-size records from byte 0, then one SHA-256 for each 64 KiB of records. The manifest holds the
// SHA-256 of that list of hashes, so any block can be read and trusted alone (schema/FORMAT.md, "Index files").
import { MimicitError } from '../base/errors.js'
import { sha256, sha256Hex } from '../base/hash.js'
import { writeWhole } from '../io/sink.js'
import type { ReadableFile } from '../io/store.js'

/** Bytes of records that one hash covers. */
export const INDEX_BLOCK_BYTES = 65536

/** An index file as the manifest records it. */
export interface IndexRecord {
  readonly path: string
  readonly records: number
  readonly recordBytes: number
  readonly bytes: number
  /** SHA-256 of the list of block hashes at the end of the file. */
  readonly sha256: string
}

/** Writes an index file. */
export async function writeIndexFile(
  root: string,
  path: string,
  recordBytes: number,
  records: Uint8Array,
): Promise<IndexRecord> {
  const hashes = blockHashes(records)
  const { bytes } = await writeWhole(`${root}/${path}`, Buffer.concat([records, hashes]))
  return { path, records: records.byteLength / recordBytes, recordBytes, bytes, sha256: sha256Hex(hashes) }
}

function blockHashes(records: Uint8Array): Uint8Array {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < records.byteLength; at += INDEX_BLOCK_BYTES) {
    hashes.push(sha256(records.subarray(at, at + INDEX_BLOCK_BYTES)))
  }
  return Buffer.concat(hashes)
}

/** An index file open for reading; blocks are verified when first read and kept. */
export interface IndexReader {
  readonly records: number
  /** The bytes of one record. */
  record(index: number): Promise<DataView>
}

/**
 * Opens an index file.
 * @throws MimicitError MIMICIT_CORRUPT if its size or its hashes are not those of the manifest
 */
export async function openIndexFile(file: ReadableFile, facts: IndexRecord): Promise<IndexReader> {
  const recordsEnd = facts.records * facts.recordBytes
  const blocks = Math.ceil(recordsEnd / INDEX_BLOCK_BYTES)
  if (file.byteLength !== recordsEnd + blocks * 32) throw damaged(file.path, `a file of ${file.byteLength} bytes`)
  const hashes = await file.read(recordsEnd, blocks * 32)
  if (sha256Hex(hashes) !== facts.sha256) throw damaged(file.path, 'a list of block hashes with another hash')
  const cache = new Map<number, Promise<Uint8Array>>()

  const load = async (block: number) => {
    const start = block * INDEX_BLOCK_BYTES
    const bytes = await file.read(start, Math.min(INDEX_BLOCK_BYTES, recordsEnd - start))
    const expected = hashes.subarray(block * 32, block * 32 + 32)
    if (Buffer.compare(sha256(bytes), expected) !== 0) throw damaged(file.path, `block ${block} with another hash`)
    return bytes
  }
  const blockBytes = (block: number) => {
    let bytes = cache.get(block)
    if (bytes === undefined) {
      bytes = load(block)
      bytes.catch(() => cache.delete(block))
      cache.set(block, bytes)
    }
    return bytes
  }

  return {
    records: facts.records,
    async record(index) {
      const start = index * facts.recordBytes
      const first = Math.floor(start / INDEX_BLOCK_BYTES)
      const last = Math.floor((start + facts.recordBytes - 1) / INDEX_BLOCK_BYTES)
      const head = await blockBytes(first)
      const from = start - first * INDEX_BLOCK_BYTES
      if (last === first) return new DataView(head.buffer, head.byteOffset + from, facts.recordBytes)
      const joined = Buffer.concat([head.subarray(from), await blockBytes(last)])
      return new DataView(joined.buffer, joined.byteOffset, facts.recordBytes)
    },
  }
}

function damaged(path: string, received: string): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'the index that the manifest describes',
    where: path,
    received,
    hint: 'The index is damaged or of another data set; copy it again from its source.',
  })
}
