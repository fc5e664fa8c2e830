// Index files: fixed-size records from byte 0, then one SHA-256 for each block of records (as many whole records as fit
// into 64 KiB). The manifest holds the
// SHA-256 of that list of hashes, so any block can be read and trusted alone (schema/FORMAT.md, "Index files").
import { MimicitError } from '../base/errors.js'
import { sha256, sha256Hex, sha256Stream } from '../base/hash.js'
import { LruCache } from '../base/lru.js'
import { type ReadableFile, readSound } from '../io/readable.js'
import { createSink } from '../io/sink.js'

/** A hash covers as many whole records as fit into this many bytes, so a record never lies in two blocks. */
export const INDEX_BLOCK_BYTES = 65536

/** Bytes of one block of records. */
export const blockBytesOf = (recordBytes: number) => INDEX_BLOCK_BYTES - (INDEX_BLOCK_BYTES % recordBytes)

/** An index file as the manifest records it. */
export interface IndexRecord {
  readonly path: string
  readonly records: number
  readonly recordBytes: number
  readonly bytes: number
  /** SHA-256 of the list of block hashes at the end of the file. */
  readonly sha256: string
}

/** Writes an index file, whose records come in pieces of any size. */
export async function writeIndexFile(
  root: string,
  path: string,
  recordBytes: number,
  records: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<IndexRecord> {
  const blockBytes = blockBytesOf(recordBytes)
  const sink = await createSink(`${root}/${path}`)
  try {
    const hashes: Uint8Array[] = []
    let block = sha256Stream()
    let inBlock = 0
    let written = 0
    for await (const piece of records) {
      for (let at = 0; at < piece.byteLength; ) {
        const part = piece.subarray(at, at + blockBytes - inBlock)
        block.update(part)
        at += part.byteLength
        inBlock += part.byteLength
        if (inBlock < blockBytes) continue
        hashes.push(block.digest())
        block = sha256Stream()
        inBlock = 0
      }
      await sink.write(piece)
      written += piece.byteLength
    }
    if (inBlock > 0) hashes.push(block.digest())
    const list = Buffer.concat(hashes)
    await sink.write(list)
    const { bytes } = await sink.finish()
    return { path, records: written / recordBytes, recordBytes, bytes, sha256: sha256Hex(list) }
  } catch (error) {
    await sink.abort()
    throw error
  }
}

/** An index file open for reading; blocks are verified when they are read, and the last used ones are kept. */
export interface IndexReader {
  readonly records: number
  /** The bytes of one record: one read of one block, or none if the block is at hand. */
  record(index: number): Promise<DataView>
  /** The bytes of a record and of those that follow it in its block, read likewise. */
  recordsFrom(index: number): Promise<Uint8Array>
  /** Every record, block by block. */
  blocks(): AsyncGenerator<Uint8Array>
  /** Every record at once: of an index whose size is bounded. */
  all(): Promise<Uint8Array>
}

const KEPT_BYTES = 8 << 20

/**
 * Opens an index file.
 * @param recordBytes size of a record of this kind of index
 * @throws MimicitError MIMICIT_CORRUPT if its sizes or its hashes are not those of the manifest
 */
export async function openIndexFile(
  file: ReadableFile,
  facts: IndexRecord,
  recordBytes = facts.recordBytes,
): Promise<IndexReader> {
  const recordsEnd = facts.records * facts.recordBytes
  const blockBytes = blockBytesOf(facts.recordBytes)
  const blocks = Math.ceil(recordsEnd / blockBytes)
  if (facts.recordBytes !== recordBytes || recordBytes > INDEX_BLOCK_BYTES) {
    throw damaged(file.path, `records of ${facts.recordBytes} bytes`)
  }
  if (file.byteLength !== recordsEnd + blocks * 32) throw damaged(file.path, `a file of ${file.byteLength} bytes`)
  const hashes = await readSound(
    file,
    { offset: recordsEnd, length: blocks * 32 },
    (bytes) => sha256Hex(bytes) === facts.sha256,
    () => damaged(file.path, 'a list of block hashes with another hash'),
  )
  const kept = new LruCache<number, Promise<Uint8Array>>(KEPT_BYTES)

  const load = (block: number) => {
    const offset = block * blockBytes
    const expected = hashes.subarray(block * 32, block * 32 + 32)
    return readSound(
      file,
      { offset, length: Math.min(blockBytes, recordsEnd - offset) },
      (bytes) => Buffer.compare(sha256(bytes), expected) === 0,
      () => damaged(file.path, `block ${block} with another hash`),
    )
  }
  const blockAt = (block: number) => {
    const found = kept.get(block)
    if (found !== undefined) return found
    const bytes = load(block)
    bytes.catch(() => kept.delete(block))
    kept.set(block, bytes, blockBytes)
    return bytes
  }

  const recordsFrom = async (index: number) => {
    if (!Number.isInteger(index) || index < 0 || index >= facts.records) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: `a record from 0 to ${facts.records - 1}`,
        where: file.path,
        received: String(index),
      })
    }
    const start = index * recordBytes
    const block = Math.floor(start / blockBytes)
    return (await blockAt(block)).subarray(start - block * blockBytes)
  }

  async function* everyBlock() {
    for (let block = 0; block < blocks; block++) yield await load(block)
  }

  return {
    records: facts.records,
    recordsFrom,
    async record(index) {
      const { buffer, byteOffset } = await recordsFrom(index)
      return new DataView(buffer, byteOffset, recordBytes)
    },
    blocks: everyBlock,
    async all() {
      const parts: Uint8Array[] = []
      for await (const part of everyBlock()) parts.push(part)
      return Buffer.concat(parts)
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
