// Hashes of everything in a shard that is not a picture: pieces of at most 1 MiB that follow each other, with their
// SHA-256, kept in an index file (`index/<table>.sums`). Whoever reads text, footers or page indexes reads whole pieces
// and checks them first, so a flipped bit is found before anything is parsed. Pictures have content hashes of their own.

import { MimicitError } from '../base/errors.js'
import { sha256, sha256Stream } from '../base/hash.js'
import { LruCache } from '../base/lru.js'
import { type ReadableFile, readSound } from '../io/readable.js'
import type { Span } from './picture-spans.js'

/** Content of a piece at most. */
export const PIECE_BYTES = 1 << 20
/** Bytes of one record: shard u32, length u32, offset u64, SHA-256. */
export const SUM_BYTES = 48

/** A run of bytes of a shard with its hash. */
export interface Piece extends Span {
  readonly sha256: Uint8Array
}

/** Cuts a file that is being written into pieces. */
export interface PieceHasher {
  /** The next bytes of the file. */
  add(bytes: Uint8Array): void
  /** The next bytes are pictures: no piece covers them. */
  skip(length: number): void
  finish(): readonly Piece[]
}

/** Starts at the beginning of a file. */
export function pieceHasher(): PieceHasher {
  const pieces: Piece[] = []
  let hash = sha256Stream()
  let length = 0
  let offset = 0
  const close = () => {
    if (length === 0) return
    pieces.push({ offset: offset - length, length, sha256: hash.digest() })
    hash = sha256Stream()
    length = 0
  }
  return {
    add(bytes) {
      for (let at = 0; at < bytes.byteLength; ) {
        const part = bytes.subarray(at, at + PIECE_BYTES - length)
        hash.update(part)
        length += part.byteLength
        offset += part.byteLength
        at += part.byteLength
        if (length === PIECE_BYTES) close()
      }
    },
    skip(skipped) {
      close()
      offset += skipped
    },
    finish() {
      close()
      return pieces
    },
  }
}

/** The records of a table's sums, shard by shard. */
export function encodeSums(shards: readonly (readonly Piece[])[]): Uint8Array {
  const count = shards.reduce((sum, pieces) => sum + pieces.length, 0)
  const bytes = new Uint8Array(count * SUM_BYTES)
  const view = new DataView(bytes.buffer)
  let at = 0
  shards.forEach((pieces, shard) => {
    for (const piece of pieces) {
      view.setUint32(at, shard, true)
      view.setUint32(at + 4, piece.length, true)
      view.setBigUint64(at + 8, BigInt(piece.offset), true)
      bytes.set(piece.sha256, at + 16)
      at += SUM_BYTES
    }
  })
  return bytes
}

/**
 * The pieces of each shard from such records; pieces out of order or outside of their shard are refused.
 * @param sizes bytes of each shard
 */
export function decodeSums(records: Uint8Array, sizes: readonly number[], where: string): Piece[][] {
  const pieces: Piece[][] = sizes.map(() => [])
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  for (let at = 0; at < records.byteLength; at += SUM_BYTES) {
    const shard = view.getUint32(at, true)
    const list = pieces[shard]
    const length = view.getUint32(at + 4, true)
    const offset = Number(view.getBigUint64(at + 8, true))
    const before = list?.at(-1)
    if (
      list === undefined ||
      length === 0 ||
      length > PIECE_BYTES ||
      offset < (before ? before.offset + before.length : 0) ||
      offset + length > sizes[shard]!
    ) {
      throw new MimicitError('MIMICIT_CORRUPT', {
        expected: 'pieces of at most 1 MiB in rising order inside their shard',
        where,
        received: `one of ${length} bytes at ${offset}`,
        hint: 'Rebuild the indexes with `mimicit index`.',
      })
    }
    list.push({ offset, length, sha256: records.slice(at + 16, at + SUM_BYTES) })
  }
  return pieces
}

/** From far away a piece is worth more than memory. */
const KEPT_BYTES = 8 << 20
/** On a disk a window reads its row group, which lies in two pieces at most, and some of the next one's. */
const KEPT_NEAR_BYTES = 2 << 20

/** Pieces that were checked and may be wanted again, of any number of shards. */
export type KeptPieces = LruCache<Piece, Promise<Uint8Array>>

/** For shards that are read by the same reader: its memory is that of one of them, however many there are. */
export const keptPieces = (isNear = false): KeptPieces => new LruCache(isNear ? KEPT_NEAR_BYTES : KEPT_BYTES)

/**
 * A view of a shard that checks every piece before it gives any of its bytes. Bytes that no piece covers (pictures) come
 * unchecked.
 */
export function checkedFile(
  file: ReadableFile,
  pieces: readonly Piece[],
  kept = keptPieces(),
): Pick<ReadableFile, 'byteLength' | 'read'> {
  const load = (piece: Piece) => {
    const found = kept.get(piece)
    if (found !== undefined) return found
    const { offset, length, sha256: expected } = piece
    const bytes = readSound(
      file,
      { offset, length },
      (read) => Buffer.compare(sha256(read), expected) === 0,
      () => damaged(file.path, offset, length),
    )
    bytes.catch(() => kept.delete(piece))
    kept.set(piece, bytes, length)
    return bytes
  }
  return {
    byteLength: file.byteLength,
    async read(offset, length) {
      const end = offset + length
      // Before anything is allocated by it.
      if (!(offset >= 0 && length >= 0 && end <= file.byteLength)) throw outside(file, offset, length)
      const wanted = overlapping(pieces, offset, end)
      const target = new Uint8Array(length)
      let at = offset
      const copies: Promise<unknown>[] = []
      const copyRaw = (from: number, to: number) => {
        if (to > from) copies.push(file.read(from, to - from).then((bytes) => target.set(bytes, from - offset)))
      }
      for (const index of wanted) {
        const piece = pieces[index]!
        copyRaw(at, piece.offset)
        const from = Math.max(offset, piece.offset)
        const to = Math.min(end, piece.offset + piece.length)
        copies.push(
          load(piece).then((bytes) =>
            target.set(bytes.subarray(from - piece.offset, to - piece.offset), from - offset),
          ),
        )
        at = to
      }
      copyRaw(at, end)
      const settled = await Promise.allSettled(copies)
      const failed = settled.find((result) => result.status === 'rejected')
      if (failed !== undefined) throw (failed as PromiseRejectedResult).reason
      return target
    },
  }
}

/** Indices of the pieces that overlap [start, end). */
function overlapping(pieces: readonly Piece[], start: number, end: number): number[] {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (pieces[middle]!.offset + pieces[middle]!.length <= start) low = middle + 1
    else high = middle
  }
  const found: number[] = []
  for (let i = low; i < pieces.length && pieces[i]!.offset < end; i++) found.push(i)
  return found
}

function outside({ path, byteLength }: ReadableFile, offset: number, length: number): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: `bytes inside a file of ${byteLength} bytes`,
    where: path,
    received: `${length} bytes at ${offset}`,
    hint: 'The shard contradicts itself; run `mimicit verify`, and copy it again from its source.',
  })
}

function damaged(path: string, offset: number, length: number): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'the bytes that were written',
    where: `${path}, bytes ${offset} to ${offset + length}`,
    received: 'bytes with another SHA-256',
    hint: 'The shard is damaged; run `mimicit verify`, and copy it again from its source.',
  })
}
