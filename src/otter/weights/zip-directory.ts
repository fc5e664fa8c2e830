// The directory of a zip file, as PyTorch writes them: entries that are stored, not compressed, so that any of them can be
// read by range; the large sizes of zip64 included. Every offset and size is checked against the file before it is used.
// An unpacker of any zip would be of no use here: it gives streams of entries, not where their bytes lie.
import { show } from '../../base/errors.js'
import { type ReadableFile, readMany } from '../../io/readable.js'
import { badWeights } from './bad-weights.js'

/** One stored file of a zip. */
export interface ZipEntry {
  readonly name: string
  readonly bytes: number
  /** Byte of its local header, behind which its data lie. */
  readonly header: number
  /** Why its bytes cannot be read as they are; undefined for an entry that is stored, as PyTorch stores all of weights. */
  readonly unreadable?: string
}

/** What can be in a zip file. */
export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>
  /** Byte where the directory begins and data end. */
  readonly dataEnd: number
}

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END64 = 0x06064b50
const LOCATOR64 = 0x07064b50
const LOCAL_BYTES = 30
const CENTRAL_BYTES = 46
const END_BYTES = 22
const LOCATOR_BYTES = 20
const END64_BYTES = 56
/** The end of a zip file may be followed by a comment of 65,535 bytes. */
const TAIL_BYTES = END_BYTES + 65_535 + LOCATOR_BYTES
/** A directory of a million entries has some 100 MB; no file of weights comes near. */
const MOST_DIRECTORY_BYTES = 64 << 20
const U32 = 0xffff_ffff
const U16 = 0xffff

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A 64-bit number that must be one that a file can have. */
function u64(at: DataView, offset: number, where: string): number {
  const value = at.getBigUint64(offset, true)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badWeights(where, 'sizes below 2^53', `${value}`)
  return Number(value)
}

interface DirectoryPlace {
  readonly count: number
  readonly offset: number
  readonly bytes: number
}

/** Where the directory lies, as the end of the file says. */
async function findDirectory(file: ReadableFile, where: string): Promise<DirectoryPlace> {
  const length = Math.min(file.byteLength, TAIL_BYTES)
  const tailStart = file.byteLength - length
  const tail = view(await file.read(tailStart, length))
  let at = length - END_BYTES
  while (at >= 0 && !(tail.getUint32(at, true) === END && at + END_BYTES + tail.getUint16(at + 20, true) === length))
    at--
  if (at < 0) throw badWeights(where, 'the directory at the end of a zip file', 'none: the file is cut short')
  const count = tail.getUint16(at + 10, true)
  const bytes = tail.getUint32(at + 12, true)
  const offset = tail.getUint32(at + 16, true)
  const locator = at - LOCATOR_BYTES
  if (count !== U16 && bytes !== U32 && offset !== U32) return { count, offset, bytes }
  if (locator < 0 || tail.getUint32(locator, true) !== LOCATOR64) return { count, offset, bytes }
  const end64 = u64(tail, locator + 8, where)
  if (end64 + END64_BYTES > file.byteLength)
    throw badWeights(where, `a zip64 directory inside ${file.byteLength} bytes`, `one at ${end64}`)
  const large = view(await file.read(end64, END64_BYTES))
  if (large.getUint32(0, true) !== END64) throw badWeights(where, 'a zip64 directory', `other bytes at ${end64}`)
  return { count: u64(large, 32, where), bytes: u64(large, 40, where), offset: u64(large, 48, where) }
}

/** Sizes of an entry that do not fit in 32 bits stand in an extra field, those that need it in this order. */
function zip64Values(extra: DataView, wanted: number, where: string): number[] {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const size = extra.getUint16(at + 2, true)
    if (extra.getUint16(at, true) === 1 && at + 4 + size <= extra.byteLength && size >= 8 * wanted)
      return Array.from({ length: wanted }, (_, i) => u64(extra, at + 4 + 8 * i, where))
    at += 4 + size
  }
  throw badWeights(where, 'the sizes of a large entry', 'none')
}

function parseCentral(bytes: Uint8Array, count: number, dataEnd: number, where: string): Map<string, ZipEntry> {
  const at = view(bytes)
  const entries = new Map<string, ZipEntry>()
  const text = new TextDecoder()
  let next = 0
  for (let i = 0; i < count; i++) {
    if (next + CENTRAL_BYTES > bytes.length || at.getUint32(next, true) !== CENTRAL)
      throw badWeights(where, `${count} entries in the directory of the zip file`, `${i} and then other bytes`)
    const flags = at.getUint16(next + 8, true)
    const method = at.getUint16(next + 10, true)
    const nameStart = next + CENTRAL_BYTES
    const extraStart = nameStart + at.getUint16(next + 28, true)
    const commentStart = extraStart + at.getUint16(next + 30, true)
    const end = commentStart + at.getUint16(next + 32, true)
    if (end > bytes.length) throw badWeights(where, 'a whole entry in the directory', 'one that is cut short')
    const name = text.decode(bytes.subarray(nameStart, extraStart))
    const entryWhere = `${where}, entry ${show(name)}`
    const small = [next + 24, next + 20, next + 42].map((field) => at.getUint32(field, true))
    const extra = view(bytes.subarray(extraStart, commentStart))
    const large = small.includes(U32) ? zip64Values(extra, small.filter((n) => n === U32).length, entryWhere) : []
    const [size, stored, header] = small.map((n) => (n === U32 ? large.shift()! : n)) as [number, number, number]
    const unreadable = (flags & 1) !== 0 ? 'encrypted' : method !== 0 ? `compressed (method ${method})` : undefined
    if (unreadable === undefined && size !== stored) throw badWeights(entryWhere, `${size} bytes`, `${stored}`)
    if (header + LOCAL_BYTES + stored > dataEnd)
      throw badWeights(entryWhere, `data before byte ${dataEnd}`, `${stored} bytes behind ${header}`)
    if (entries.has(name)) throw badWeights(entryWhere, 'one entry of a name', 'two')
    entries.set(name, { name, bytes: size, header, ...(unreadable === undefined ? {} : { unreadable }) })
    next = end
  }
  return entries
}

/**
 * Reads the directory of a zip file.
 * @throws MIMICIT_BAD_WEIGHTS for a file that is cut short or lies about where things are
 */
export async function readZipDirectory(file: ReadableFile, where: string): Promise<ZipDirectory> {
  const { count, offset, bytes } = await findDirectory(file, where)
  if (bytes > MOST_DIRECTORY_BYTES || offset + bytes > file.byteLength || count * CENTRAL_BYTES > bytes)
    throw badWeights(
      where,
      `a directory of at most ${MOST_DIRECTORY_BYTES} bytes inside ${file.byteLength}`,
      `${count} entries in ${bytes} bytes at ${offset}`,
    )
  return { entries: parseCentral(await file.read(offset, bytes), count, offset, where), dataEnd: offset }
}

/**
 * Where the data of entries begin: their local headers have names and padding of a length of their own.
 * @throws MIMICIT_BAD_WEIGHTS also for an entry that is compressed or encrypted
 */
export async function dataStarts(
  file: ReadableFile,
  { dataEnd }: ZipDirectory,
  entries: readonly ZipEntry[],
  where: string,
): Promise<number[]> {
  for (const { name, unreadable } of entries)
    if (unreadable !== undefined)
      throw badWeights(
        `${where}, entry ${show(name)}`,
        'an entry that is stored as it is, as PyTorch writes them',
        `one that is ${unreadable}`,
        'Unpack the file and save it again with torch.save.',
      )
  const headers = await readMany(
    file,
    entries.map(({ header }) => ({ offset: header, length: LOCAL_BYTES })),
  )
  return headers.map((bytes, i) => {
    const { name, header, bytes: size } = entries[i]!
    const at = view(bytes)
    const start = header + LOCAL_BYTES + at.getUint16(26, true) + at.getUint16(28, true)
    if (at.getUint32(0, true) !== LOCAL || start + size > dataEnd)
      throw badWeights(`${where}, entry ${show(name)}`, `a local header at byte ${header}`, 'other bytes')
    return start
  })
}
