// What the first pass found out of each picture, on the disk: records of one size, and the ids in a file beside them.
import type { Scratch } from '../../io/spill.js'
import type { PicturePlace } from '../placed/batch.js'
import type { SeenFacts } from '../source.js'
import { textHash } from './hash-table.js'

/** A picture that was looked at. */
export interface SeenPicture {
  readonly id: string
  /** Number of its source. */
  readonly source: number
  /** Undefined for one that is none. */
  readonly found: SeenFacts | undefined
  /** Where it can be fetched; undefined for one that comes with its source only. */
  readonly place: PicturePlace | undefined
}

/** Pictures by number, in the order in which they were added. */
export interface PictureFactsFile {
  readonly count: number
  add(picture: SeenPicture): void
  at(n: number): SeenPicture
  /** Parts of it, which cost less than all. */
  hashOf(n: number): readonly [high: number, low: number]
  sourceOf(n: number): number
  /** The SHA-256 of its bytes, valid until the next call; undefined for one that is none. */
  contentOf(n: number): Buffer | undefined
}

/**
 * SHA-256; width, height; source, format (0 = none); place and length of the id, its hash; number of the file (0 = none),
 * offset and length of the place.
 */
const RECORD = 32 + 8 + 4 + 12 + 8 + 2 + 8 + 4

/** Starts empty. */
export function createPictureFacts(scratch: Scratch): PictureFactsFile {
  const records = scratch.spill('pictures')
  const ids = scratch.spill('picture-ids')
  const formats = ['']
  const paths = ['']
  const record = Buffer.alloc(RECORD)
  let count = 0
  const numberIn = (list: string[], text: string) => {
    const found = list.indexOf(text)
    return found >= 0 ? found : list.push(text) - 1
  }
  const recordOf = (n: number) => records.read(n * RECORD, RECORD)
  return {
    get count() {
      return count
    },
    add({ id, source, found, place }) {
      const text = Buffer.from(id, 'utf8')
      const [high, low] = textHash(id)
      record.fill(0)
      if (found !== undefined) record.set(found.sha256, 0)
      record.writeUInt32LE(found?.width ?? 0, 32)
      record.writeUInt32LE(found?.height ?? 0, 36)
      record.writeUInt16LE(source, 40)
      record.writeUInt16LE(found === undefined ? 0 : numberIn(formats, found.format), 42)
      record.writeDoubleLE(ids.add(text), 44)
      record.writeUInt32LE(text.byteLength, 52)
      record.writeUInt32LE(high, 56)
      record.writeUInt32LE(low, 60)
      record.writeUInt16LE(place === undefined ? 0 : numberIn(paths, place.path), 64)
      record.writeDoubleLE(place?.offset ?? 0, 66)
      record.writeUInt32LE(place?.length ?? 0, 74)
      records.add(record)
      count++
    },
    at(n) {
      const read = recordOf(n)
      const format = formats[read.readUInt16LE(42)]!
      const found = {
        format,
        width: read.readUInt32LE(32),
        height: read.readUInt32LE(36),
        // Out of the memory that small buffers share: one of its own costs ten times as much as the bytes.
        sha256: Buffer.from(read.subarray(0, 32)),
      }
      const path = paths[read.readUInt16LE(64)]!
      return {
        id: ids.read(read.readDoubleLE(44), read.readUInt32LE(52)).toString('utf8'),
        source: read.readUInt16LE(40),
        found: format === '' ? undefined : found,
        place: path === '' ? undefined : { path, offset: read.readDoubleLE(66), length: read.readUInt32LE(74) },
      }
    },
    hashOf(n) {
      const read = recordOf(n)
      return [read.readUInt32LE(56), read.readUInt32LE(60)]
    },
    sourceOf: (n) => recordOf(n).readUInt16LE(40),
    contentOf(n) {
      const read = recordOf(n)
      return read.readUInt16LE(42) === 0 ? undefined : read.subarray(0, 32)
    },
  }
}
