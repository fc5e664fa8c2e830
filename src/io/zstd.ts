// The one zstd wrapper. Writing always goes through one pinned encoder (zstd 1.5.6 in WebAssembly, level 1, which is Arrow's
// default too), so that the same input gives the same bytes on every machine; it is given pieces of at most 1 MiB, so that its
// memory does not grow, and each piece becomes a frame of its own. Reading uses node:zlib where Node has zstd (>= 22.15),
// elsewhere zstddec: zstd's own decoder alone, which has read the texts of a first batch before the codec is loaded. Whoever
// reads, frames are told apart here first: no decoder promises to go on after the end of a frame, and the sizes that frames
// claim are checked before anything is allocated by them.
import zlib from 'node:zlib'
import { MimicitError } from '../base/errors.js'

type Codec = typeof import('@cloudpss/zstd/wasm')

const LEVEL = 1
const PIECE = 1 << 20
/** Content of a block at most (RFC 8878, section 3.1.1.2.4). */
const MOST_BLOCK = 1 << 17
/** An empty frame, as data sets have had it from the first on. */
const EMPTY_FRAME = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00)

type DecodeFrame = (frame: Uint8Array, contentSize: number) => Uint8Array

const nodeDecompress = (
  zlib as { zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer }
).zstdDecompressSync

/** Node's own decoder of one frame, where this Node has one. */
const nativeDecodeFrame: DecodeFrame | undefined =
  nodeDecompress && ((frame, contentSize) => nodeDecompress(frame, { maxOutputLength: contentSize }))

let codec: Promise<Codec> | undefined
let decoder: Promise<DecodeFrame> | undefined

/** Compression and decompression, both synchronous once loaded. */
export interface Zstd {
  compress(bytes: Uint8Array): Uint8Array
  /** @throws MimicitError MIMICIT_CORRUPT if the bytes are no zstd frames or give another length than expected */
  decompress(bytes: Uint8Array, expectedLength: number): Uint8Array
}

/** Decompresses frames that have to give so many bytes. @throws MimicitError MIMICIT_CORRUPT as `Zstd.decompress` does */
export type Decompress = Zstd['decompress']

/** Loads what writes and what reads; the second call is free. @param native as for `loadDecompress` */
export async function loadZstd(native = true): Promise<Zstd> {
  codec ??= import('@cloudpss/zstd/wasm')
  const [{ compress }, decompress] = await Promise.all([codec, loadDecompress(native)])
  return { compress: (bytes) => compressPieces(compress, bytes), decompress }
}

/** Loads what reads; the second call is free. @param native whether node:zlib reads where it can */
export async function loadDecompress(native = true): Promise<Decompress> {
  if (native && nativeDecodeFrame !== undefined) return decompressWith(nativeDecodeFrame)
  decoder ??= startDecoder()
  return decompressWith(await decoder)
}

async function startDecoder(): Promise<DecodeFrame> {
  const { ZSTDDecoder } = await import('zstddec')
  const decoder = new ZSTDDecoder()
  await withoutFetch(() => decoder.init())
  return (frame, contentSize) => decoder.decode(frame, contentSize)
}

/** It would fetch bytes that it has in a text, for which Node loads what speaks HTTP: four times what it takes itself. */
function withoutFetch<T>(start: () => T): T {
  const { fetch } = globalThis
  try {
    Object.assign(globalThis, { fetch: undefined })
    return start()
  } finally {
    globalThis.fetch = fetch
  }
}

function decompressWith(decodeFrame: DecodeFrame): Decompress {
  return (bytes, expectedLength) => decompressFrames(decodeFrame, bytes, expectedLength)
}

function compressPieces(compress: Codec['compress'], bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === 0) return EMPTY_FRAME
  const frames: Uint8Array[] = []
  for (let at = 0; at < bytes.byteLength; at += PIECE) frames.push(compress(bytes.subarray(at, at + PIECE), LEVEL))
  return frames.length === 1 ? frames[0]! : Buffer.concat(frames)
}

interface Frame {
  readonly start: number
  readonly end: number
  readonly contentSize: number
}

function framesOf(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = []
  for (let start = 0; start < bytes.byteLength; start = frames.at(-1)!.end) {
    frames.push({ start, ...frameExtent(bytes, start) })
  }
  return frames
}

const contentSizeOf = (frames: readonly Frame[]) => frames.reduce((sum, frame) => sum + frame.contentSize, 0)

/**
 * Bytes that zstd frames hold, for those who are not told.
 * @throws MimicitError MIMICIT_CORRUPT if they are no whole frames
 */
export const zstdContentSize = (bytes: Uint8Array): number => contentSizeOf(framesOf(bytes))

function decompressFrames(decodeFrame: DecodeFrame, bytes: Uint8Array, expectedLength: number): Uint8Array {
  const frames = framesOf(bytes)
  const total = contentSizeOf(frames)
  if (total !== expectedLength) throw corrupt(`${expectedLength} bytes of zstd content`, `${total} bytes`)
  const out = new Uint8Array(expectedLength)
  let filled = 0
  for (const { start, end, contentSize } of frames) {
    if (contentSize === 0) continue
    const piece = decodeWhole(decodeFrame, bytes.subarray(start, end), contentSize)
    if (frames.length === 1) return piece
    out.set(piece, filled)
    filled += contentSize
  }
  return out
}

function decodeWhole(decodeFrame: DecodeFrame, frame: Uint8Array, contentSize: number): Uint8Array {
  let piece: Uint8Array
  try {
    piece = decodeFrame(frame, contentSize)
  } catch (error) {
    throw corrupt('a whole zstd frame', 'a damaged one', error)
  }
  if (piece.byteLength !== contentSize) throw corrupt('a whole zstd frame', 'a damaged one')
  return piece
}

/** Where a frame ends and how much it holds (RFC 8878, sections 3.1.1 and 3.1.1.2), read without decompressing it. */
function frameExtent(bytes: Uint8Array, start: number): { readonly end: number; readonly contentSize: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const need = (offset: number, length: number) => {
    if (offset + length > bytes.byteLength) throw corrupt('a whole zstd frame', 'one that is cut short')
  }
  need(start, 6)
  if (view.getUint32(start, true) !== 0xfd2fb528) throw corrupt('a zstd frame', 'other bytes')
  const descriptor = bytes[start + 4]!
  const singleSegment = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!
  const sizeAt = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes
  need(sizeAt, sizeBytes)
  let contentSize: number
  if (sizeBytes === 1) contentSize = bytes[sizeAt]!
  else if (sizeBytes === 2) contentSize = view.getUint16(sizeAt, true) + 256
  else if (sizeBytes === 4) contentSize = view.getUint32(sizeAt, true)
  else if (sizeBytes === 8) contentSize = Number(view.getBigUint64(sizeAt, true))
  else throw corrupt('a zstd frame that names its content size', 'one that does not')
  let at = sizeAt + sizeBytes
  let most = 0
  for (let last = false; !last; most += MOST_BLOCK) {
    need(at, 3)
    const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16)
    last = (header & 1) === 1
    const isRunLength = ((header >> 1) & 3) === 1
    at += 3 + (isRunLength ? 1 : header >> 3)
  }
  if ((descriptor & 4) !== 0) at += 4
  need(at, 0)
  // A block takes three bytes at least, so what a frame claims is bounded by the bytes that are there.
  if (contentSize > most) throw corrupt(`a zstd frame of at most ${most} bytes`, `one that claims ${contentSize}`)
  return { end: at, contentSize }
}

function corrupt(expected: string, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected,
    where: 'compressed text',
    received,
    hint: 'The file is damaged; run `mimicit verify`.',
    cause,
  })
}
