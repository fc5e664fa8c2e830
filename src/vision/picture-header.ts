// What the header of an ordinary JPEG or PNG says, read without the decoder: it costs a microsecond, the decoder seventy,
// and it runs in a thread that has no decoder. It knows plain headers only and is sure of what it says; whatever is odd,
// cut short, turned by EXIF or merely unusual is left to the decoder, which has the last word.
/** Facts of a picture's header. */
export interface PictureFacts {
  /** `jpeg`, `png`, `webp`, `gif`, `tiff`, ... */
  readonly format: string
  /** Pixels, EXIF orientation applied. */
  readonly width: number
  readonly height: number
}

/** Larger sides are left to the decoder. */
const MOST_SIDE = 32767

/** Format and size of a picture, or undefined if the decoder has to be asked. */
export function plainHeader(bytes: Uint8Array): PictureFacts | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.byteLength < 64) return undefined
  const first = buffer.readUInt16BE(0)
  return first === 0xffd8 ? jpegHeader(buffer) : first === 0x8950 ? pngHeader(buffer) : undefined
}

const facts = (format: string, width: number, height: number): PictureFacts | undefined =>
  width >= 1 && height >= 1 && width <= MOST_SIDE && height <= MOST_SIDE ? { format, width, height } : undefined

const SOF0 = 0xc0
const SOF2 = 0xc2
const DHT = 0xc4
const SOS = 0xda
const DQT = 0xdb
const DRI = 0xdd
const APP0 = 0xe0
const COM = 0xfe

/**
 * The segments up to the first scan. Only those that a camera-less encoder writes: an APP1 may turn the picture, an APP2
 * or APP14 change its colours.
 */
function jpegHeader(bytes: Buffer): PictureFacts | undefined {
  let frame: Frame | undefined
  for (let at = 2; at + 4 <= bytes.byteLength; ) {
    const marker = bytes[at + 1]!
    const end = at + 2 + bytes.readUInt16BE(at + 2)
    if (bytes[at] !== 0xff || end > bytes.byteLength || end < at + 4) return undefined
    const body = bytes.subarray(at + 4, end)
    if (marker === SOS) {
      const sound = frame !== undefined && isScan(body, frame) && endsBehindScan(bytes, end)
      return sound ? facts('jpeg', frame!.width, frame!.height) : undefined
    }
    if (marker === SOF0 || marker === SOF0 + 1 || marker === SOF2) {
      if (frame !== undefined) return undefined
      frame = frameOf(body)
      if (frame === undefined) return undefined
    } else if (marker === DHT) {
      if (!areHuffmanTables(body)) return undefined
    } else if (marker === DQT) {
      if (!areQuantizationTables(body)) return undefined
    } else if (marker === DRI) {
      if (body.byteLength !== 2) return undefined
    } else if (marker === APP0) {
      if (body.byteLength < 14 || body.toString('latin1', 0, 5) !== 'JFIF\0') return undefined
    } else if (marker !== COM) {
      return undefined
    }
    at = end
  }
  return undefined
}

interface Frame {
  readonly width: number
  readonly height: number
  readonly components: readonly number[]
}

/** Grey or three colours of 8 bits. */
function frameOf(body: Buffer): Frame | undefined {
  const count = body[5]
  if (body[0] !== 8 || (count !== 1 && count !== 3) || body.byteLength !== 6 + 3 * count) return undefined
  const components: number[] = []
  for (let i = 6; i < body.byteLength; i += 3) {
    const [id, sampling, table] = [body[i]!, body[i + 1]!, body[i + 2]!]
    const [across, down] = [sampling >> 4, sampling & 15]
    // An encoder of ours or of anybody's uses 1 and 2; the others are legal, and rare.
    if (across < 1 || across > 2 || down < 1 || down > 2 || table > 3 || components.includes(id)) return undefined
    components.push(id)
  }
  return { height: body.readUInt16BE(1), width: body.readUInt16BE(3), components }
}

function isScan(body: Buffer, { components }: Frame): boolean {
  const count = body[0]
  if (count === undefined || count < 1 || count > components.length || body.byteLength !== 4 + 2 * count) return false
  const named: number[] = []
  for (let i = 1; i <= 2 * count; i += 2) {
    if (!components.includes(body[i]!) || named.includes(body[i]!) || (body[i + 1]! & 0xcc) !== 0) return false
    named.push(body[i]!)
  }
  return true
}

function areHuffmanTables(body: Buffer): boolean {
  let at = 0
  while (at < body.byteLength) {
    if (at + 17 > body.byteLength || (body[at]! & 0xec) !== 0) return false
    let codes = 0
    for (let i = 1; i <= 16; i++) codes += body[at + i]!
    if (codes > 256) return false
    at += 17 + codes
  }
  return at === body.byteLength && at > 0
}

function areQuantizationTables(body: Buffer): boolean {
  let at = 0
  while (at < body.byteLength) {
    if ((body[at]! & 0xfc) !== 0) return false
    at += 65
  }
  return at === body.byteLength && at > 0
}

const START_OF_SCAN = Buffer.of(0xff, SOS)
const END_OF_IMAGE = Buffer.of(0xff, 0xd9)

/** Whether the end mark comes behind the last scan: one that does not may be cut short. */
function endsBehindScan(bytes: Buffer, from: number): boolean {
  const end = bytes.lastIndexOf(END_OF_IMAGE)
  return end >= from && bytes.indexOf(START_OF_SCAN, end) < 0
}

const SIGNATURE = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
/** Bit depths by colour type; palettes need a look at their palette. */
const DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  4: [8, 16],
  6: [8, 16],
}
/** Chunks before the pixels that change neither size nor validity, and their lengths. */
const PLAIN_CHUNKS: ReadonlyMap<string, number> = new Map([
  ['gAMA', 4],
  ['sRGB', 1],
  ['pHYs', 9],
  ['cHRM', 32],
])

function pngHeader(bytes: Buffer): PictureFacts | undefined {
  if (SIGNATURE.compare(bytes, 0, 8) !== 0 || bytes.readUInt32BE(8) !== 13) return undefined
  if (bytes.toString('latin1', 12, 16) !== 'IHDR' || !hasChecksum(bytes, 12, 29)) return undefined
  const [depth, colour, compression, filter, interlace] = bytes.subarray(24, 29)
  if (DEPTHS[colour!]?.includes(depth!) !== true || compression !== 0 || filter !== 0 || interlace! > 1)
    return undefined
  const seen = new Set<string>()
  for (let at = 33; at + 12 <= bytes.byteLength; ) {
    const length = bytes.readUInt32BE(at)
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (at + 12 + length > bytes.byteLength) return undefined
    if (type === 'IDAT') {
      // EXIF may stand behind the pixels too, and turn them.
      const ends = bytes.indexOf('IEND', bytes.byteLength - 64, 'latin1') >= 0
      return ends && length > 0 && !bytes.includes('eXIf', 0, 'latin1')
        ? facts('png', bytes.readUInt32BE(16), bytes.readUInt32BE(20))
        : undefined
    }
    if (PLAIN_CHUNKS.get(type) !== length || seen.has(type)) return undefined
    if (!hasChecksum(bytes, at + 4, at + 8 + length)) return undefined
    seen.add(type)
    at += 12 + length
  }
  return undefined
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
  return n
})

function hasChecksum(bytes: Buffer, from: number, to: number): boolean {
  let crc = 0xffffffff
  for (let i = from; i < to; i++) crc = CRC[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return to + 4 <= bytes.byteLength && (crc ^ 0xffffffff) >>> 0 === bytes.readUInt32BE(to)
}
