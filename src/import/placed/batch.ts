// Pictures that lie as base64 text in a file of this machine, many at a time: read, decoded and looked at by whichever
// thread has the time. Only what is plain is told: a JSON string without escapes, base64 that is as long as it should be,
// a header that needs no decoder. The rest is left to whoever asked, who has the whole of the importer at hand.
import { closeSync, openSync, readSync } from 'node:fs'
import { sha256 } from '../../base/hash.js'
import { plainHeader } from '../../vision/picture-header.js'
import { isPlainBase64 } from '../base64.js'

/** Where a picture's JSON value lies in its file. */
export interface PicturePlace {
  readonly path: string
  readonly offset: number
  readonly length: number
}

/** Bytes of a file that one batch goes through at most; a picture that is longer is none of a batch. */
export const BATCH_BYTES = 4 << 20

/** Bytes that the pictures of a batch become at most. */
export const FETCH_BYTES = (BATCH_BYTES / 4) * 3

/** Places of one file in rising order, all inside `BATCH_BYTES`. */
export interface PlaceBatch {
  readonly path: string
  /** Of the first place. */
  readonly offset: number
  /** To the end of the last place. */
  readonly length: number
  /** Offset from `offset` and length of each place in turn. */
  readonly spans: Uint32Array
}

/** What was seen of a picture. */
export interface PlainPicture {
  readonly format: string
  readonly width: number
  readonly height: number
  readonly sha256: Uint8Array
}

/** Format, width, height, SHA-256. */
const RECORD = 4 + 4 + 4 + 32
/** By number; 0 is a picture that is not plain. */
const FORMATS = ['', 'jpeg', 'png']
/** Instead of a length. */
const NOT_PLAIN = 0xffffffff
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
/** Where a data URI has its colon. */
const SCHEME_END = 1 + 'data'.length

/** Pictures decoded one behind the other, and the length of each. */
export interface FetchedBatch {
  readonly bytes: ArrayBuffer
  readonly lengths: Uint32Array
}

/** A thread's hands: an open file and memory that is used again, until they are closed. */
export interface BatchReader {
  /** A record a place; see `lookedAt`. @throws whatever reading throws */
  look(batch: PlaceBatch): Uint8Array<ArrayBuffer>
  /** The bytes of all places; see `fetched`. @param into memory to use again, of `FETCH_BYTES` */
  fetch(batch: PlaceBatch, into?: ArrayBuffer): FetchedBatch
  close(): void
}

/** Starts with nothing open. */
export function createBatchReader(): BatchReader {
  let file: { readonly path: string; readonly descriptor: number } | undefined
  let text = Buffer.alloc(0)
  let scratch = Buffer.alloc(0)
  const close = () => {
    if (file !== undefined) closeSync(file.descriptor)
    file = undefined
  }
  const read = ({ path, offset, length }: PlaceBatch) => {
    if (file?.path !== path) {
      close()
      file = { path, descriptor: openSync(path, 'r') }
    }
    if (text.byteLength < length) text = Buffer.allocUnsafeSlow(length)
    for (let done = 0; done < length; ) {
      const count = readSync(file.descriptor, text, done, length - done, offset + done)
      if (count === 0) throw new RangeError(`${path} ends before byte ${offset + length}`)
      done += count
    }
  }
  /** Decodes a place behind `at`. @returns the bytes it took, or `NOT_PLAIN` */
  const decode = (spans: Uint32Array, i: number, target: Buffer, at: number): number => {
    const [from, length] = [spans[2 * i]!, spans[2 * i + 1]!]
    if (length < 2 || text[from] !== QUOTE || text[from + length - 1] !== QUOTE) return NOT_PLAIN
    const base64 = text.toString('latin1', from + 1, from + length - 1)
    if (text[from + SCHEME_END] === COLON || text.subarray(from, from + length).includes(BACKSLASH)) return NOT_PLAIN
    const written = target.write(base64, at, 'base64')
    return isPlainBase64(base64, written) ? written : NOT_PLAIN
  }
  return {
    look(batch) {
      read(batch)
      const count = batch.spans.length / 2
      if (scratch.byteLength < batch.length) scratch = Buffer.allocUnsafeSlow(batch.length)
      const records = Buffer.alloc(count * RECORD)
      for (let i = 0; i < count; i++) {
        const length = decode(batch.spans, i, scratch, 0)
        if (length === NOT_PLAIN) continue
        const bytes = scratch.subarray(0, length)
        const header = plainHeader(bytes)
        if (header === undefined) continue
        records.writeUInt32LE(FORMATS.indexOf(header.format), i * RECORD)
        records.writeUInt32LE(header.width, i * RECORD + 4)
        records.writeUInt32LE(header.height, i * RECORD + 8)
        records.set(sha256(bytes), i * RECORD + 12)
      }
      return records
    },
    fetch(batch, bytes = new ArrayBuffer(FETCH_BYTES)) {
      read(batch)
      const count = batch.spans.length / 2
      const target = Buffer.from(bytes)
      const lengths = new Uint32Array(count)
      let at = 0
      for (let i = 0; i < count; i++) {
        const length = decode(batch.spans, i, target, at)
        lengths[i] = length
        if (length !== NOT_PLAIN) at += length
      }
      return { bytes, lengths }
    },
    close() {
      close()
      text = Buffer.alloc(0)
      scratch = Buffer.alloc(0)
    },
  }
}

/** What `look` saw of the i-th place; undefined for a picture that is not plain. */
export function lookedAt(records: Uint8Array, i: number): PlainPicture | undefined {
  const view = new DataView(records.buffer, records.byteOffset + i * RECORD, RECORD)
  const format = FORMATS[view.getUint32(0, true)]!
  if (format === '') return undefined
  const start = i * RECORD + 12
  const [width, height] = [view.getUint32(4, true), view.getUint32(8, true)]
  return { format, width, height, sha256: records.subarray(start, start + 32) }
}

/** The bytes of each place that `fetch` brought; undefined for a picture that is not plain. */
export function fetched({ bytes, lengths }: FetchedBatch): (Uint8Array | undefined)[] {
  let at = 0
  return Array.from(lengths, (length) => {
    if (length === NOT_PLAIN) return undefined
    at += length
    return new Uint8Array(bytes, at - length, length)
  })
}

/** Cuts runs of places into batches; `place` tells an item's, and an item without one, or with one that is too long, stands alone. */
export async function* batchesOf<T>(
  runs: AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
  place: (item: T) => PicturePlace | undefined,
): AsyncGenerator<{ readonly items: readonly T[]; readonly batch: PlaceBatch | undefined }> {
  let held: T[] = []
  let spans: number[] = []
  let [path, start, end] = ['', 0, 0]
  const taken = () => {
    const made = { items: held, batch: { path, offset: start, length: end - start, spans: Uint32Array.from(spans) } }
    held = []
    spans = []
    return made
  }
  for await (const run of runs) {
    for (const item of run) {
      const at = place(item)
      const isPlaced = at !== undefined && at.length <= BATCH_BYTES
      const joins = isPlaced && at.path === path && at.offset >= end && at.offset + at.length - start <= BATCH_BYTES
      if (held.length > 0 && (!joins || held.length >= MOST_PICTURES)) yield taken()
      if (!isPlaced) {
        yield { items: [item], batch: undefined }
        continue
      }
      if (held.length === 0) {
        path = at.path
        start = at.offset
      }
      spans.push(at.offset - start, at.length)
      held.push(item)
      end = at.offset + at.length
    }
  }
  if (held.length > 0) yield taken()
}

/** Pictures of a batch: what is noted of tiny ones takes more memory than their bytes. */
const MOST_PICTURES = 1024
