// Records of an instructions file as places, found by a scan in WebAssembly. Almost all records are plain: their texts stay
// in the file until somebody encodes them. The others come as entries, to be parsed as JSON.
import { growTo } from '../../base/wasm.js'
import type { PlacedSpans } from '../../shards/placed-texts.js'
import type { TextPlace } from '../../shards/text-place.js'
import { entriesHere, type JsonEntry, type TakeRun } from '../json-stream.js'
import type { JsonWindow } from '../json-window.js'
import { hashSeeds } from '../survey/hash-table.js'
import { importKernels } from '../wasm.js'

/** Numbers of a record of the kernel, by their places in it. */
const KEY = 0
const VALUE = 2
const INSTRUCTION = 3
const ANSWER = 6
const IMAGES = 9
const RELATED = 11
const NUMBERS = 13

/** Texts of a record. */
const TEXTS = { instruction: INSTRUCTION, answer: ANSWER } as const

/** Records of a run at most, and ids of their lists. */
const MOST_RECORDS = 2048
const MOST_IDS = 1 << 15
/** A window that is longer holds entries that are longer than any plain record is. */
const MOST_BYTES = 8 << 20
/** What the kernel reads beyond the end. */
const SLACK = 16
/** What notes and rows take beside the ids that are in them, at most. */
const AN_ID = 12
const A_RECORD = 64
/** The highest bit of a length in UTF-16: something in the text is escaped. */
const ESCAPED = 0x80000000

/** A record that is plain; valid until the next run is taken. */
export class PlainRecord {
  readonly key: string
  /** Of its value in the file. */
  readonly offset: number
  readonly instruction: TextPlace
  readonly answer: TextPlace
  readonly #run: PlainRun
  readonly #index: number

  constructor(run: PlainRun, index: number) {
    this.key = run.keyOf(index)
    this.offset = run.offsetOf(index)
    this.instruction = run.textOf('instruction', index)
    this.answer = run.textOf('answer', index)
    this.#run = run
    this.#index = index
  }

  get imageIds(): readonly string[] {
    return this.#run.imageIds(this.#index)
  }

  get relatedIds(): readonly string[] {
    return this.#run.relatedIds(this.#index)
  }
}

const NONE: readonly string[] = []

/** Plain records that follow each other; valid until the next run is taken. */
export class PlainRun implements Iterable<PlainRecord> {
  /** Where they lie. */
  readonly path: string
  readonly length: number
  readonly #kernels: Kernel
  /** Offset in the file that places count from, and the bytes there. */
  readonly #base: number
  readonly #window: Buffer
  readonly #at: number
  readonly #numbers: Uint32Array
  readonly #ids: Uint32Array
  #hashes: Uint32Array | undefined
  #keys: PlacedSpans | undefined
  readonly #texts: Partial<Record<keyof typeof TEXTS, PlacedSpans>> = {}

  /** @param at of the window, where the scan began */
  constructor(path: string, kernel: Kernel, length: number, { window, base }: JsonWindow, at: number) {
    this.path = path
    this.length = length
    this.#kernels = kernel
    this.#base = base + at
    this.#window = window
    this.#at = at
    this.#numbers = kernel.numbers(kernel.places.records, length * NUMBERS)
    this.#ids = kernel.numbers(kernel.places.ids, 2 * kernel.idCount())
  }

  *[Symbol.iterator](): Generator<PlainRecord> {
    for (let i = 0; i < this.length; i++) yield new PlainRecord(this, i)
  }

  /** As of an array. */
  at(index: number): PlainRecord | undefined {
    const i = index < 0 ? this.length + index : index
    return i >= 0 && i < this.length ? new PlainRecord(this, i) : undefined
  }

  keyOf(i: number): string {
    return this.#text(this.#numbers[i * NUMBERS + KEY]!, this.#numbers[i * NUMBERS + KEY + 1]!)
  }

  /** Whether a key begins with this and goes on. */
  keyBegins(i: number, head: Uint8Array): boolean {
    const [from, end] = [this.#numbers[i * NUMBERS + KEY]!, this.#numbers[i * NUMBERS + KEY + 1]!]
    if (end - from <= head.byteLength) return false
    for (let n = 0, at = this.#at + from; n < head.byteLength; n++, at++) if (this.#window[at] !== head[n]) return false
    return true
  }

  offsetOf(i: number): number {
    return this.#base + this.#numbers[i * NUMBERS + VALUE]!
  }

  textOf(text: keyof typeof TEXTS, i: number): TextPlace {
    const at = i * NUMBERS + TEXTS[text]
    const [from, byteLength, units] = [this.#numbers[at]!, this.#numbers[at + 1]!, this.#numbers[at + 2]!]
    const isPlain = units < ESCAPED
    return { path: this.path, offset: this.#base + from, byteLength, units: isPlain ? units : units - ESCAPED, isPlain }
  }

  /** Where the ids of records lie, from one to the one before another. */
  keySpans(from: number, to: number): PlacedSpans {
    this.#keys ??= this.#keySpans()
    return someOf(this.#keys, from, to)
  }

  /** Where texts of records lie. */
  textSpans(text: keyof typeof TEXTS, from: number, to: number): PlacedSpans {
    this.#texts[text] ??= this.#textSpans(TEXTS[text])
    return someOf(this.#texts[text], from, to)
  }

  /** Of all records at once: who asks for some of them asks for the others too. */
  #keySpans(): PlacedSpans {
    const spans = spansOf(this.length)
    for (let i = 0, at = KEY; i < this.length; i++, at += NUMBERS) {
      spans.offsets[i] = this.#base + this.#numbers[at]!
      spans.lengths[i] = this.#numbers[at + 1]! - this.#numbers[at]!
    }
    spans.units.set(spans.lengths)
    spans.isPlain.fill(1)
    return spans
  }

  #textSpans(first: number): PlacedSpans {
    const spans = spansOf(this.length)
    for (let i = 0, at = first; i < this.length; i++, at += NUMBERS) {
      const units = this.#numbers[at + 2]!
      spans.offsets[i] = this.#base + this.#numbers[at]!
      spans.lengths[i] = this.#numbers[at + 1]!
      spans.units[i] = units < ESCAPED ? units : units - ESCAPED
      spans.isPlain[i] = units < ESCAPED ? 1 : 0
    }
    return spans
  }

  /** Where the ids of the images of records lie, one behind the other. */
  imageSpans(from: number, to: number): PlacedSpans {
    let count = 0
    for (let i = from; i < to; i++) count += this.imageCount(i)
    const spans = spansOf(count)
    let n = 0
    for (let i = from; i < to; i++) {
      const first = this.#numbers[i * NUMBERS + IMAGES]!
      for (let at = first; at < first + this.imageCount(i); at++, n++) {
        const [start, end] = [this.#ids[2 * at]!, this.#ids[2 * at + 1]!]
        spans.offsets[n] = this.#base + start
        spans.lengths[n] = end - start
      }
    }
    spans.units.set(spans.lengths)
    spans.isPlain.fill(1)
    return spans
  }

  imageCount(i: number): number {
    return this.#numbers[i * NUMBERS + IMAGES + 1]!
  }

  imageIds(i: number): readonly string[] {
    return this.#listed(i * NUMBERS + IMAGES)
  }

  relatedIds(i: number): readonly string[] {
    return this.#listed(i * NUMBERS + RELATED)
  }

  get hasRelated(): boolean {
    for (let at = RELATED + 1; at < this.#numbers.length; at += NUMBERS) if (this.#numbers[at]! > 0) return true
    return false
  }

  /** `textHash` of the n-th image of a record. */
  imageHash(i: number, n: number): readonly [high: number, low: number] {
    const at = 2 * (this.#numbers[i * NUMBERS + IMAGES]! + n)
    const hashes = this.#hashed()
    return [hashes[at]!, hashes[at + 1]!]
  }

  /** Notes of all records (survey/pair-notes.ts). They are valid until the next call. */
  notes(place: number, source: number, table: number): { readonly records: Uint8Array; readonly texts: Uint8Array } {
    this.#hashed()
    const { kernels, places, idCount } = this.#kernels
    const texts = kernels.noteRecords(
      places.source + this.#at,
      places.records,
      this.length,
      places.ids,
      idCount(),
      places.hashes,
      place,
      source,
      table,
      places.notes,
      places.out,
    )
    const bytes = (at: number, length: number) => new Uint8Array(kernels.memory.buffer, at, length)
    return { records: bytes(places.notes, this.length * NOTE), texts: bytes(places.out, texts) }
  }

  /** What the writer needs of the ids of records (shards/pair-run.ts). They are valid until the next call. */
  keys(from: number, to: number): { readonly hashes: Uint32Array; readonly rows: Uint8Array } {
    const { kernels, places } = this.#kernels
    const records = places.records + 4 * NUMBERS * from
    const length = kernels.keyRecords(places.source + this.#at, records, to - from, places.notes, places.out)
    return {
      hashes: new Uint32Array(kernels.memory.buffer, places.notes, 2 * (to - from)),
      rows: new Uint8Array(kernels.memory.buffer, places.out, length),
    }
  }

  #hashed(): Uint32Array {
    if (this.#hashes !== undefined) return this.#hashes
    const { kernels, places, idCount, numbers } = this.#kernels
    kernels.hashIds(places.source + this.#at, places.records, this.length, places.ids, idCount(), places.hashes)
    this.#hashes = numbers(places.hashes, 2 * (idCount() + this.length))
    return this.#hashes
  }

  #text(from: number, end: number): string {
    return this.#window.toString('latin1', this.#at + from, this.#at + end)
  }

  #listed(at: number): readonly string[] {
    const [from, count] = [this.#numbers[at]!, this.#numbers[at + 1]!]
    if (count === 0) return NONE
    const listed: string[] = []
    for (let i = from; i < from + count; i++) listed.push(this.#text(this.#ids[2 * i]!, this.#ids[2 * i + 1]!))
    return listed
  }
}

/** Bytes of a note. */
const NOTE = 27

/** Room for so many, in one piece: each piece of memory is something for V8 to look after. */
function spansOf(count: number) {
  const memory = new ArrayBuffer((8 + 4 + 4 + 1) * count)
  return {
    offsets: new Float64Array(memory, 0, count),
    lengths: new Uint32Array(memory, 8 * count, count),
    units: new Uint32Array(memory, 12 * count, count),
    isPlain: new Uint8Array(memory, 16 * count, count),
  }
}

const someOf = ({ offsets, lengths, units, isPlain }: PlacedSpans, from: number, to: number): PlacedSpans => ({
  offsets: offsets.subarray(from, to),
  lengths: lengths.subarray(from, to),
  units: units.subarray(from, to),
  isPlain: isPlain.subarray(from, to),
})

/** The module with its memory laid out. */
function createKernel() {
  const kernels = importKernels()
  kernels.seedHashes(...hashSeeds)
  const records = kernels.heapBase()
  const ids = records + 4 * NUMBERS * MOST_RECORDS
  const hashes = ids + 8 * MOST_IDS
  // Those of the SHA-256 take no more.
  const notes = hashes + 8 * (MOST_IDS + MOST_RECORDS)
  const source = notes + 4 * Math.ceil((NOTE * MOST_RECORDS) / 4)
  const places = { records, ids, hashes, notes, source, out: source }
  let held: { readonly base: number; readonly byteLength: number } | undefined
  return {
    kernels,
    places: places as Readonly<typeof places>,
    idCount: () => kernels.idCount(),
    numbers: (at: number, count: number) => new Uint32Array(kernels.memory.buffer, at, count),
    /** Takes a window into the memory, unless it is there. */
    hold({ window, base }: JsonWindow) {
      const { byteLength } = window
      if (held?.base === base && held.byteLength === byteLength) return
      places.out = source + 8 * Math.ceil((byteLength + SLACK) / 8)
      growTo(kernels.memory, places.out + byteLength + AN_ID * MOST_IDS + A_RECORD * MOST_RECORDS)
      new Uint8Array(kernels.memory.buffer, source, byteLength).set(window)
      held = { base, byteLength }
    },
  }
}
type Kernel = ReturnType<typeof createKernel>

/**
 * Takes runs of records from windows of one file.
 * @param path where it lies, for those who fetch the texts
 */
export function plainRecords(path: string): TakeRun<PlainRun | readonly JsonEntry[]> {
  const kernel = createKernel()
  const { kernels, places } = kernel
  /** Entries that are taken one by one where a record is not plain: more and more, if none is. */
  let odd = 1
  const scan = (feed: JsonWindow): PlainRun | undefined => {
    const { window, position } = feed
    if (window.byteLength > MOST_BYTES) return undefined
    kernel.hold(feed)
    const [start, end] = [places.source + position, places.source + window.byteLength]
    const count = kernels.scanRecords(start, end, places.records, MOST_RECORDS, places.ids, MOST_IDS)
    feed.position = kernels.stoppedAt() - places.source
    return count === 0 ? undefined : new PlainRun(path, kernel, count, feed, position)
  }
  return (feed) => {
    const plain = scan(feed)
    odd = plain === undefined ? Math.min(2 * odd, MOST_RECORDS) : 1
    return plain ?? entriesHere(feed, odd)
  }
}
