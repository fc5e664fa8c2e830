// A window that slides over a JSON file: it knows where values begin and end, and nothing of what is in them.
import { MimicitError, show } from '../base/errors.js'
import type { ReadableFile } from '../io/store.js'

/** One entry of an object. */
export interface JsonEntry {
  readonly key: string
  /** The value's JSON text; valid until the next entry, or the next run of entries, is taken. Empty if it is too long to be held. */
  readonly value: Uint8Array
  /** Byte offset of the value in the file, and its length. */
  readonly offset: number
  readonly length: number
}

/** An entry whose bytes are cut out of the window when somebody asks for them. */
class WindowEntry implements JsonEntry {
  readonly key: string
  readonly offset: number
  readonly length: number
  readonly #window: Buffer
  readonly #start: number

  constructor(key: string, offset: number, window: Buffer, start: number, end: number) {
    this.key = key
    this.offset = offset
    this.length = end - start
    this.#window = window
    this.#start = start
  }

  get value(): Uint8Array {
    return this.#window.subarray(this.#start, this.#start + this.length)
  }
}

export const QUOTE = 0x22
export const BACKSLASH = 0x5c
export const COMMA = 0x2c
export const COLON = 0x3a
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d
export const OPEN_ARRAY = 0x5b
export const CLOSE_ARRAY = 0x5d
const MAX_DEPTH = 256
/** One entry longer than this is refused, where nobody says that longer ones are passed over. */
const MAX_ENTRY_BYTES = 512e6

const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

const NO_MEMORY = Buffer.alloc(0)

/** A chunk on its way. */
interface ReadAhead {
  readonly from: number
  readonly length: number
  /** The chunk lies behind the room in front. */
  readonly memory: Buffer
  /** What went wrong, or undefined. */
  readonly done: Promise<unknown>
}

/** A window that slides over the file; its memory is used again and again. */
export class JsonWindow {
  readonly #file: ReadableFile
  readonly #chunkBytes: number
  readonly #longest: number
  /** Bytes of a window that may be left when the next chunk is taken. */
  readonly #room: number
  #memory: Buffer = NO_MEMORY
  #spare: Buffer = NO_MEMORY
  #ahead: ReadAhead | undefined
  /** Bytes at hand; they start at `base` in the file. */
  window: Buffer = this.#memory
  base = 0
  position = 0

  /** @param longest values to hold, in bytes; longer ones are measured and not held. @default all are held, giants refused */
  constructor(file: ReadableFile, chunkBytes: number, longest = Number.POSITIVE_INFINITY) {
    this.#file = file
    this.#chunkBytes = chunkBytes
    this.#longest = longest
    this.#room = Math.ceil(chunkBytes / 4)
  }

  get atEnd(): boolean {
    return this.base + this.window.byteLength >= this.#file.byteLength
  }

  get offset(): number {
    return this.base + this.position
  }

  /** Drops what is behind `position` and reads on; the window doubles, so that a long entry is copied a few times only. */
  async more(): Promise<void> {
    const rest = this.window.byteLength - this.position
    const from = this.base + this.window.byteLength
    if (from >= this.#file.byteLength) throw this.error('more JSON', 'the end of the file')
    if (rest > MAX_ENTRY_BYTES) throw this.error(`an entry below ${MAX_ENTRY_BYTES} bytes`, 'a longer one')
    if (!(await this.#moreFromAhead(rest, from))) await this.#moreFromFile(rest, from)
    this.base += this.position
    this.position = 0
    this.#readAhead()
  }

  /** Takes what was read ahead, with the rest of the window in front of it. @returns whether that could be */
  async #moreFromAhead(rest: number, from: number): Promise<boolean> {
    const ahead = this.#ahead
    if (ahead === undefined) return false
    this.#ahead = undefined
    const error = await ahead.done
    if (rest > this.#room || ahead.from !== from) return false
    if (error !== undefined) throw error
    this.window.copy(ahead.memory, this.#room - rest, this.position)
    this.#spare = this.#memory
    this.#memory = ahead.memory
    this.window = ahead.memory.subarray(this.#room - rest, this.#room + ahead.length)
    return true
  }

  async #moreFromFile(rest: number, from: number): Promise<void> {
    const length = Math.min(Math.max(this.#chunkBytes, rest), this.#file.byteLength - from)
    if (rest + length > this.#memory.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(rest + length, this.#room + this.#chunkBytes))
      this.window.copy(larger, 0, this.position)
      this.#memory = larger
    } else {
      this.window.copy(this.#memory, 0, this.position)
    }
    if (this.#file.readInto === undefined) this.#memory.set(await this.#file.read(from, length), rest)
    else await this.#file.readInto(this.#memory.subarray(rest, rest + length), from)
    this.window = this.#memory.subarray(0, rest + length)
  }

  /** Reads the next chunk while this one is looked at, into memory that has room in front for what will be left of it. */
  #readAhead(): void {
    const from = this.base + this.window.byteLength
    const length = Math.min(this.#chunkBytes, this.#file.byteLength - from)
    // An entry that does not end in one chunk needs longer ones.
    if (this.#file.readInto === undefined || length === 0 || this.window.byteLength > this.#room + this.#chunkBytes)
      return
    const needed = this.#room + this.#chunkBytes
    const memory = this.#spare.byteLength === needed ? this.#spare : Buffer.allocUnsafeSlow(needed)
    this.#spare = NO_MEMORY
    const done = this.#file.readInto(memory.subarray(this.#room, this.#room + length), from).then(
      () => undefined,
      (error: unknown) => error,
    )
    this.#ahead = { from, length, memory, done }
  }

  /** Steps over the byte order mark that some editors put in front of UTF-8. */
  async skipByteOrderMark(): Promise<void> {
    while (this.window.byteLength < 3 && !this.atEnd) await this.more()
    if (this.window[0] === 0xef && this.window[1] === 0xbb && this.window[2] === 0xbf) this.position = 3
  }

  /** As `peek`, if the window holds that byte; -1 if it does not. Waiting for nothing would cost more than the scanning. */
  peekHere(): number {
    while (this.position < this.window.byteLength) {
      const byte = this.window[this.position]!
      if (!isBlank(byte)) return byte
      this.position++
    }
    return -1
  }

  /** The next byte that is not white space, without taking it; -1 at the end of the file. */
  async peek(): Promise<number> {
    for (;;) {
      const byte = this.peekHere()
      if (byte >= 0 || this.atEnd) return byte
      await this.more()
    }
  }

  async take(byte: number, expected: string): Promise<void> {
    const found = await this.peek()
    if (found !== byte) throw this.error(expected, found < 0 ? 'the end of the file' : describe(found))
    this.position++
  }

  /** Steps over a value that begins here, if the window holds it. @returns where it begins in the window, or -1 */
  valueHere(): number {
    const start = this.position
    const end = valueEnd(this, start)
    if (end < 0) return -1
    this.position = end
    return start
  }

  /** Steps over a whole value. @returns where it begins in the window */
  async value(): Promise<number> {
    if ((await this.peek()) < 0) throw this.error('a JSON value', 'the end of the file')
    for (;;) {
      const start = this.valueHere()
      if (start >= 0) return start
      await this.more()
    }
  }

  /** The value that begins at a place of the window and ends here. */
  entry(key: string, start: number): JsonEntry {
    return new WindowEntry(key, this.base + start, this.window, start, this.position)
  }

  /** The next value, whole, as an entry. */
  async nextEntry(key: string): Promise<JsonEntry> {
    if ((await this.peek()) < 0) throw this.error('a JSON value', 'the end of the file')
    for (;;) {
      const start = this.valueHere()
      if (start >= 0) return this.entry(key, start)
      if (this.window.byteLength - this.position > this.#longest) break
      await this.more()
    }
    const { offset } = this
    await this.skip()
    return { key, offset, length: this.offset - offset, value: NO_MEMORY }
  }

  /** Takes a whole value of whatever size and forgets it: what is not asked for may be most of the file. */
  async skip(): Promise<void> {
    const first = await this.peek()
    if (first === QUOTE) return this.#skipString()
    if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
      await this.value()
      return
    }
    for (let depth = 0; ; this.position++) {
      if (this.position >= this.window.byteLength) await this.more()
      const byte = this.window[this.position]!
      if (byte === QUOTE) {
        await this.#skipString()
        this.position--
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > MAX_DEPTH) throw this.error(`JSON nested at most ${MAX_DEPTH} deep`, 'deeper nesting')
      } else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) {
        this.position++
        return
      }
    }
  }

  /** Takes the string that begins here and forgets it, window by window. */
  async #skipString(): Promise<void> {
    for (let from = this.position + 1; ; from = this.position) {
      const end = stringEnd(this.window, from)
      if (end >= 0) {
        this.position = end
        return
      }
      // A backslash that escapes what the next window begins with goes there with it.
      const { byteLength } = this.window
      this.position = Math.max(from, byteLength - (slashesBefore(this.window, byteLength, from) % 2))
      await this.more()
    }
  }

  error(expected: string, received: string, key?: string): MimicitError {
    return new MimicitError('MIMICIT_BAD_JSON', {
      expected,
      where: `${this.#file.path}, byte ${this.offset}${key === undefined ? '' : `, entry ${show(key)}`}`,
      received,
      hint: 'The file is cut short or is not JSON; download or write it again.',
    })
  }
}

/** A byte, for messages. */
export const describe = (byte: number) =>
  byte > 0x20 && byte < 0x7f ? show(String.fromCharCode(byte)) : `byte ${byte}`

/** Index after the string whose content goes on at `from`, or -1 if it does not end inside the window. */
function stringEnd(window: Buffer, from: number): number {
  for (let at = from; ; at++) {
    at = window.indexOf(QUOTE, at)
    if (at < 0) return -1
    if (slashesBefore(window, at, from) % 2 === 0) return at + 1
  }
}

/** How many backslashes stand in front of a place, down to `from`. */
function slashesBefore(window: Buffer, at: number, from: number): number {
  let slashes = 0
  while (at - slashes > from && window[at - 1 - slashes] === BACKSLASH) slashes++
  return slashes
}

/** Index after the value that starts at `start`, or -1 if the window ends first. */
function valueEnd(feed: JsonWindow, start: number): number {
  const { window } = feed
  const first = window[start]!
  if (first === QUOTE) return stringEnd(window, start + 1)
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    let at = start
    while (at < window.byteLength) {
      const byte = window[at]!
      if (byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY || isBlank(byte)) return at
      at++
    }
    return feed.atEnd ? at : -1
  }
  let depth = 0
  for (let at = start; at < window.byteLength; at++) {
    const byte = window[at]!
    if (byte === QUOTE) {
      const end = stringEnd(window, at + 1)
      if (end < 0) return -1
      at = end - 1
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > MAX_DEPTH) throw feed.error(`JSON nested at most ${MAX_DEPTH} deep`, 'deeper nesting')
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (--depth === 0) return at + 1
    }
  }
  return -1
}
