// Records of an instructions file as places, found by a scan in WebAssembly. Almost all records are plain: their texts stay
// in the file until somebody encodes them. The others come as entries, to be parsed as JSON.
import { growTo } from '../../base/wasm.js'
import type { TextPlace } from '../../shards/text-place.js'
import { entriesHere, type JsonEntry, type TakeRun } from '../json-stream.js'
import type { JsonWindow } from '../json-window.js'
import { importKernels } from '../wasm.js'

/** Numbers of a record of the kernel, by their places in it. */
const KEY = 0
const VALUE = 2
const INSTRUCTION = 3
const ANSWER = 6
const IMAGES = 9
const RELATED = 11
const NUMBERS = 13

/** Records of a run at most, and ids of their lists. */
const MOST_RECORDS = 2048
const MOST_IDS = 1 << 15
/** A window that is longer holds entries that are longer than any plain record is. */
const MOST_BYTES = 8 << 20
/** What the kernel reads beyond the end. */
const SLACK = 16
/** The highest bit of a length in UTF-16: something in the text is escaped. */
const ESCAPED = 0x80000000

/** A record that is plain; valid until the next run is taken. */
export class PlainRecord {
  readonly key: string
  /** Of its value in the file. */
  readonly offset: number
  readonly instruction: TextPlace
  readonly answer: TextPlace
  readonly #scan: Scan
  readonly #at: number

  constructor(scan: Scan, index: number) {
    const { numbers, base, path } = scan
    const at = index * NUMBERS
    const place = (field: number): TextPlace => {
      const [from, byteLength, units] = [numbers[at + field]!, numbers[at + field + 1]!, numbers[at + field + 2]!]
      const isPlain = units < ESCAPED
      return { path, offset: base + from, byteLength, units: isPlain ? units : units - ESCAPED, isPlain }
    }
    this.key = scan.text(numbers[at + KEY]!, numbers[at + KEY + 1]!)
    this.offset = base + numbers[at + VALUE]!
    this.instruction = place(INSTRUCTION)
    this.answer = place(ANSWER)
    this.#scan = scan
    this.#at = at
  }

  get imageIds(): readonly string[] {
    return this.#ids(IMAGES)
  }

  get relatedIds(): readonly string[] {
    return this.#ids(RELATED)
  }

  #ids(field: number): readonly string[] {
    const { numbers, ids, text } = this.#scan
    const count = numbers[this.#at + field + 1]!
    if (count === 0) return NONE
    const from = numbers[this.#at + field]!
    const listed: string[] = []
    for (let i = from; i < from + count; i++) listed.push(text(ids[2 * i]!, ids[2 * i + 1]!))
    return listed
  }
}

const NONE: readonly string[] = []

/** What the kernel found. */
interface Scan {
  readonly path: string
  readonly numbers: Uint32Array
  readonly ids: Uint32Array
  /** Offset in the file that its places count from. */
  readonly base: number
  readonly text: (from: number, end: number) => string
}

/**
 * Takes runs of records from windows of one file.
 * @param path where it lies, for those who fetch the texts
 */
export function plainRecords(path: string): TakeRun<PlainRecord | JsonEntry> {
  const kernels = importKernels()
  const records = kernels.heapBase()
  const ids = records + 4 * NUMBERS * MOST_RECORDS
  const source = ids + 8 * MOST_IDS
  const { memory } = kernels
  /** The window that lies in the kernel's memory. */
  let held: { readonly base: number; readonly byteLength: number } | undefined
  /** Entries that are taken one by one where a record is not plain: more and more, if none is. */
  let odd = 1
  const hold = ({ window, base }: JsonWindow) => {
    const { byteLength } = window
    if (held?.base === base && held.byteLength === byteLength) return
    growTo(memory, source + byteLength + SLACK)
    new Uint8Array(memory.buffer, source, byteLength).set(window)
    held = { base, byteLength }
  }
  const scan = (feed: JsonWindow): PlainRecord[] => {
    const { window, base, position } = feed
    if (window.byteLength > MOST_BYTES) return []
    hold(feed)
    const end = source + window.byteLength
    const count = kernels.scanRecords(source + position, end, records, MOST_RECORDS, ids, MOST_IDS)
    feed.position = kernels.stoppedAt() - source
    const found: Scan = {
      path,
      numbers: new Uint32Array(memory.buffer, records, count * NUMBERS),
      ids: new Uint32Array(memory.buffer, ids, 2 * MOST_IDS),
      base: base + position,
      text: (from, to) => window.toString('latin1', position + from, position + to),
    }
    return Array.from({ length: count }, (_, i) => new PlainRecord(found, i))
  }
  return (feed) => {
    const plain = scan(feed)
    odd = plain.length > 0 ? 1 : Math.min(2 * odd, MOST_RECORDS)
    return plain.length > 0 ? plain : entriesHere(feed, odd)
  }
}
