// The header of a plain JPEG: Huffman-coded, baseline or extended sequential, 8 bits, one scan, upright, grey or YCbCr with
// chroma whole or halved. That is nearly every photograph. Anything else, and anything that does not look sound, is not
// plain: sharp decodes such a file, or says why it cannot.
import { MAX_PIXELS } from '../probe.js'

/** A Huffman table as it stands in the file. */
export interface HuffmanTable {
  /** Number of codes of each length, 16 bytes. */
  readonly counts: Uint8Array
  /** Values in the order of the codes. */
  readonly values: Uint8Array
}

/** One component of the picture. */
export interface JpegComponent {
  readonly id: number
  /** Index of its quantisation table, and of its Huffman tables. */
  readonly quants: number
  readonly dc: number
  readonly ac: number
}

/** A plain JPEG. */
export interface PlainJpeg {
  readonly width: number
  readonly height: number
  /** Luma samples for each chroma sample, 1 or 2; 1 for grey. */
  readonly across: number
  readonly down: number
  /** One (grey) or three (Y, Cb, Cr). */
  readonly components: readonly JpegComponent[]
  /** By index: 64 values of at most 255, in zigzag order. */
  readonly quants: readonly (Uint8Array | undefined)[]
  readonly dc: readonly (HuffmanTable | undefined)[]
  readonly ac: readonly (HuffmanTable | undefined)[]
  /** MCUs between restart markers; 0 = none. */
  readonly restartInterval: number
  /** Where the entropy-coded bytes begin. */
  readonly scanStart: number
}

interface Frame {
  readonly width: number
  readonly height: number
  readonly parts: readonly { readonly id: number; readonly h: number; readonly v: number; readonly quants: number }[]
}

/** Reads the header of a plain JPEG; undefined for everything else. */
export function readPlainJpeg(bytes: Uint8Array): PlainJpeg | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.length < 4 || file.readUInt16BE(0) !== 0xffd8) return undefined
  const quants: Uint8Array[] = []
  const dc: HuffmanTable[] = []
  const ac: HuffmanTable[] = []
  let frame: Frame | undefined
  let restartInterval = 0
  let isJfif = false
  let isAdobe = false
  let at = 2
  for (;;) {
    if (at + 4 > file.length || file[at] !== 0xff) return undefined
    const marker = file[at + 1]!
    if (marker === 0xff) {
      at++
      continue
    }
    const length = file.readUInt16BE(at + 2)
    const end = at + 2 + length
    if (length < 2 || end > file.length) return undefined
    const segment = file.subarray(at + 4, end)
    switch (marker) {
      case 0xc0:
      case 0xc1:
        if (frame !== undefined) return undefined
        frame = frameOf(segment)
        if (frame === undefined) return undefined
        break
      case 0xc4:
        if (!readHuffman(segment, dc, ac)) return undefined
        break
      case 0xdb:
        if (!readQuants(segment, quants)) return undefined
        break
      case 0xdd:
        if (segment.length !== 2) return undefined
        restartInterval = segment.readUInt16BE(0)
        break
      case 0xe0:
        isJfif ||= startsWith(segment, 'JFIF\0')
        break
      case 0xe1:
        if (startsWith(segment, 'Exif\0\0') && !isUpright(segment.subarray(6))) return undefined
        break
      case 0xee:
        if (startsWith(segment, 'Adobe')) {
          // Anything but YCbCr is another colour space.
          if (segment.length < 12 || segment[11] !== 1) return undefined
          isAdobe = true
        }
        break
      case 0xda: {
        if (frame === undefined) return undefined
        const scan = { quants, dc, ac, restartInterval, scanStart: end }
        const plain = plainJpeg(frame, segment, scan, isJfif || isAdobe)
        return plain !== undefined && blocksOf(plain) <= (file.length - end) * 4 ? plain : undefined
      }
      default:
        // Other application data and comments are passed over; other frames, lossless or arithmetic, are not plain.
        if (!((marker >= 0xe2 && marker <= 0xef) || marker === 0xfe)) return undefined
    }
    at = end
  }
}

/**
 * Blocks of 8 x 8 samples. Each takes two bits at least, so that a file tells by its length that it cannot hold what its
 * header claims.
 */
function blocksOf({ width, height, across, down, components }: PlainJpeg): number {
  const mcus = Math.ceil(width / (8 * across)) * Math.ceil(height / (8 * down))
  return mcus * (components.length === 1 ? 1 : across * down + 2)
}

function plainJpeg(
  { width, height, parts }: Frame,
  segment: Buffer,
  scan: Pick<PlainJpeg, 'quants' | 'dc' | 'ac' | 'restartInterval' | 'scanStart'>,
  isMarked: boolean,
): PlainJpeg | undefined {
  const count = parts.length
  if (segment.length !== 4 + 2 * count || segment[0] !== count) return undefined
  // The whole spectrum at once, as a sequential scan has it.
  if (segment.readUIntBE(1 + 2 * count, 3) !== 0x003f00) return undefined
  const components: JpegComponent[] = []
  for (const [i, { id, quants }] of parts.entries()) {
    const tables = segment[2 + 2 * i]!
    const component = { id, quants, dc: tables >> 4, ac: tables & 15 }
    if (segment[1 + 2 * i] !== id || scan.quants[quants] === undefined) return undefined
    if (scan.dc[component.dc] === undefined || scan.ac[component.ac] === undefined) return undefined
    components.push(component)
  }
  if (count === 1) return { ...scan, width, height, components, across: 1, down: 1 }
  const [luma, blue, red] = parts
  if (count !== 3 || luma === undefined || blue === undefined || red === undefined) return undefined
  // Without a mark of what the components are, their names tell.
  if (!isMarked && !(luma.id === 1 && blue.id === 2 && red.id === 3)) return undefined
  if ([blue.h, blue.v, red.h, red.v].some((factor) => factor !== 1) || luma.h > 2 || luma.v > 2) return undefined
  // Rows of two chroma samples are filtered in another way.
  if (luma.h === 2 && width < 5) return undefined
  return { ...scan, width, height, components, across: luma.h, down: luma.v }
}

function frameOf(segment: Buffer): Frame | undefined {
  const count = segment[5] ?? 0
  if (segment.length !== 6 + 3 * count || segment[0] !== 8) return undefined
  const height = segment.readUInt16BE(1)
  const width = segment.readUInt16BE(3)
  if (width === 0 || height === 0 || width * height > MAX_PIXELS) return undefined
  const parts = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0, quants = 0] = segment.subarray(6 + 3 * i, 9 + 3 * i)
    return { id, h: factors >> 4, v: factors & 15, quants }
  })
  if (parts.some(({ h, v, quants }) => h < 1 || v < 1 || h > 4 || v > 4 || quants > 3)) return undefined
  return { width, height, parts }
}

function readQuants(segment: Buffer, quants: Uint8Array[]): boolean {
  if (segment.length % 65 !== 0) return false
  for (let at = 0; at < segment.length; at += 65) {
    if (segment[at]! > 3) return false
    quants[segment[at]!] = segment.subarray(at + 1, at + 65)
  }
  return true
}

function readHuffman(segment: Buffer, dc: HuffmanTable[], ac: HuffmanTable[]): boolean {
  for (let at = 0; at < segment.length; ) {
    const kind = segment[at]!
    const counts = segment.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, codes) => sum + codes, 0)
    const values = segment.subarray(at + 17, at + 17 + total)
    at += 17 + total
    if ((kind & 0xef) > 3 || counts.length < 16 || values.length < total || total > 256 || !isPrefixCode(counts))
      return false
    if (kind >> 4 === 0) {
      if (values.some((size) => size > 11)) return false
      dc[kind & 15] = { counts, values }
    } else ac[kind & 15] = { counts, values }
  }
  return true
}

/** Whether so many codes of each length fit, the code of ones alone left out, as the format asks for. */
function isPrefixCode(counts: Uint8Array): boolean {
  let code = 0
  return counts.every((codes, i) => {
    code = (code << 1) + codes
    return code < 1 << (i + 1) || codes === 0
  })
}

/** Whether a block of EXIF says that the picture is to be shown as it is stored. */
function isUpright(tiff: Buffer): boolean {
  const order = tiff.subarray(0, 2).toString('latin1')
  if (tiff.length < 14 || (order !== 'II' && order !== 'MM')) return false
  const u16 = (at: number) => (order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  if (directory + 2 > tiff.length) return false
  const entries = u16(directory)
  if (directory + 2 + 12 * entries > tiff.length) return false
  for (let i = 0; i < entries; i++) {
    const at = directory + 2 + 12 * i
    if (u16(at) === 0x0112) return u16(at + 2) === 3 && u16(at + 8) === 1
  }
  return true
}

const startsWith = (segment: Buffer, text: string) => segment.subarray(0, text.length).toString('latin1') === text
