// What the first pass found out of each picture, on the disk: records of one size, and the ids in a file beside them.
import type { Scratch } from '../../io/spill.js'
import type { PictureFacts } from '../../vision/probe.js'

/** A picture that was looked at. */
export interface SeenPicture {
  readonly id: string
  /** Number of its source. */
  readonly source: number
  /** Undefined for one that is none. */
  readonly found: (PictureFacts & { readonly sha256: Uint8Array }) | undefined
}

/** Pictures by number, in the order in which they were added. */
export interface PictureFactsFile {
  readonly count: number
  add(picture: SeenPicture): void
  at(n: number): SeenPicture
}

/** SHA-256, width, height, source and format (0 = none) of a picture, place and length of its id. */
const RECORD = 32 + 4 + 4 + 2 + 2 + 8 + 4

/** Starts empty. */
export function createPictureFacts(scratch: Scratch): PictureFactsFile {
  const records = scratch.spill('pictures')
  const ids = scratch.spill('picture-ids')
  const formats = ['']
  const record = Buffer.alloc(RECORD)
  let count = 0
  const formatNumber = (format: string) => {
    const found = formats.indexOf(format)
    return found >= 0 ? found : formats.push(format) - 1
  }
  return {
    get count() {
      return count
    },
    add({ id, source, found }) {
      const text = Buffer.from(id, 'utf8')
      record.fill(0)
      if (found !== undefined) record.set(found.sha256, 0)
      record.writeUInt32LE(found?.width ?? 0, 32)
      record.writeUInt32LE(found?.height ?? 0, 36)
      record.writeUInt16LE(source, 40)
      record.writeUInt16LE(found === undefined ? 0 : formatNumber(found.format), 42)
      record.writeDoubleLE(ids.add(text), 44)
      record.writeUInt32LE(text.byteLength, 52)
      records.add(record)
      count++
    },
    at(n) {
      const read = records.read(n * RECORD, RECORD)
      const format = formats[read.readUInt16LE(42)]!
      const found = {
        format,
        width: read.readUInt32LE(32),
        height: read.readUInt32LE(36),
        sha256: new Uint8Array(read.subarray(0, 32)),
      }
      return {
        id: ids.read(read.readDoubleLE(44), read.readUInt32LE(52)).toString('utf8'),
        source: read.readUInt16LE(40),
        found: format === '' ? undefined : found,
      }
    },
  }
}
