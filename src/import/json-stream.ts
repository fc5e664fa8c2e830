// Reads the entries of a JSON object of any size as a stream: the file is never parsed as a whole, memory is the longest
// single entry. The scanner only finds where each key and value begins and ends; values come out as raw bytes for the
// caller to parse.
import { MimicitError, show } from '../base/errors.js'
import type { ReadableFile } from '../io/store.js'

/** One entry of an object. */
export interface JsonEntry {
  readonly key: string
  /** The value's JSON text; valid until the next entry is taken. */
  readonly value: Uint8Array
  /** Byte offset of the value in the file. */
  readonly offset: number
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const CHUNK = 1 << 20
const MAX_DEPTH = 256
/** One entry longer than this is refused: no instruction and no picture is. */
const MAX_ENTRY_BYTES = 512e6

const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A window that slides over the file; its memory is used again and again. */
class Feed {
  readonly #file: ReadableFile
  readonly #chunkBytes: number
  #memory: Buffer = Buffer.alloc(0)
  /** Bytes at hand; they start at `base` in the file. */
  window: Buffer = this.#memory
  base = 0
  position = 0

  constructor(file: ReadableFile, chunkBytes: number) {
    this.#file = file
    this.#chunkBytes = chunkBytes
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
    const length = Math.min(Math.max(this.#chunkBytes, rest), this.#file.byteLength - from)
    if (length === 0) throw this.error('more JSON', 'the end of the file')
    if (rest > MAX_ENTRY_BYTES) throw this.error(`an entry below ${MAX_ENTRY_BYTES} bytes`, 'a longer one')
    if (rest + length > this.#memory.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(rest + length, 2 * this.#chunkBytes))
      this.window.copy(larger, 0, this.position)
      this.#memory = larger
    } else {
      this.window.copy(this.#memory, 0, this.position)
    }
    if (this.#file.readInto === undefined) this.#memory.set(await this.#file.read(from, length), rest)
    else await this.#file.readInto(this.#memory.subarray(rest, rest + length), from)
    this.window = this.#memory.subarray(0, rest + length)
    this.base += this.position
    this.position = 0
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

  /** Takes a whole value that begins here, if the window holds it. */
  valueHere(): Buffer | undefined {
    const end = valueEnd(this, this.position)
    if (end < 0) return undefined
    const bytes = this.window.subarray(this.position, end)
    this.position = end
    return bytes
  }

  /** Takes a whole value and gives its bytes. */
  async value(): Promise<Buffer> {
    if ((await this.peek()) < 0) throw this.error('a JSON value', 'the end of the file')
    for (;;) {
      const bytes = this.valueHere()
      if (bytes !== undefined) return bytes
      await this.more()
    }
  }

  /** Takes a whole value of whatever size and forgets it: what is not asked for may be most of the file. */
  async skip(): Promise<void> {
    const first = await this.peek()
    if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
      await this.value()
      return
    }
    for (let depth = 0; ; this.position++) {
      if (this.position >= this.window.byteLength) await this.more()
      const byte = this.window[this.position]!
      if (byte === QUOTE) {
        let end = stringEnd(this.window, this.position)
        for (; end < 0; end = stringEnd(this.window, this.position)) await this.more()
        this.position = end - 1
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > MAX_DEPTH) throw this.error(`JSON nested at most ${MAX_DEPTH} deep`, 'deeper nesting')
      } else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) {
        this.position++
        return
      }
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

const describe = (byte: number) => (byte > 0x20 && byte < 0x7f ? show(String.fromCharCode(byte)) : `byte ${byte}`)

/** Index after the string that starts at `start`, or -1 if it does not end inside the window. */
function stringEnd(window: Buffer, start: number): number {
  for (let at = start + 1; ; at++) {
    at = window.indexOf(QUOTE, at)
    if (at < 0) return -1
    let slashes = 0
    while (window[at - 1 - slashes] === BACKSLASH) slashes++
    if (slashes % 2 === 0) return at + 1
  }
}

/** Index after the value that starts at `start`, or -1 if the window ends first. */
function valueEnd(feed: Feed, start: number): number {
  const { window } = feed
  const first = window[start]!
  if (first === QUOTE) return stringEnd(window, start)
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
      const end = stringEnd(window, at)
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

/**
 * The entries of the object at `path` of a file (`[]` = the top level), in file order. Everything after that object is
 * checked to be well-formed as far as its brackets go, so that a file which is cut short is never taken for a whole one.
 * @param chunkBytes bytes read at a time; longer entries are read in longer pieces
 * @throws MimicitError MIMICIT_BAD_JSON with the byte offset
 */
export async function* jsonEntries(
  file: ReadableFile,
  path: readonly string[] = [],
  chunkBytes = CHUNK,
): AsyncGenerator<JsonEntry> {
  const feed = new Feed(file, chunkBytes)
  await feed.skipByteOrderMark()
  yield* entriesOf(feed, path, false)
  if ((await feed.peek()) >= 0) throw feed.error('the end of the file', 'more bytes after the object')
}

/**
 * The elements of the array at `path` of a file, as `jsonEntries` gives the entries of an object; the key of an element
 * is its index.
 * @throws MimicitError MIMICIT_BAD_JSON with the byte offset
 */
export async function* jsonItems(
  file: ReadableFile,
  path: readonly string[] = [],
  chunkBytes = CHUNK,
): AsyncGenerator<JsonEntry> {
  const feed = new Feed(file, chunkBytes)
  await feed.skipByteOrderMark()
  yield* entriesOf(feed, path, true)
  if ((await feed.peek()) >= 0) throw feed.error('the end of the file', 'more bytes after the array')
}

/**
 * The values of a file of JSON lines; the key of a value is its number.
 * @throws MimicitError MIMICIT_BAD_JSON with the byte offset
 */
export async function* jsonSequence(file: ReadableFile, chunkBytes = CHUNK): AsyncGenerator<JsonEntry> {
  const feed = new Feed(file, chunkBytes)
  await feed.skipByteOrderMark()
  for (let index = 0; (await feed.peek()) >= 0; index++) {
    const offset = feed.offset
    yield { key: String(index), value: await feed.value(), offset }
  }
}

async function* itemsOf(feed: Feed): AsyncGenerator<JsonEntry> {
  await feed.take(OPEN_ARRAY, 'an array, "["')
  if ((await feed.peek()) === CLOSE_ARRAY) {
    feed.position++
    return
  }
  for (let index = 0; ; index++) {
    await feed.peek()
    const offset = feed.offset
    yield { key: String(index), value: await feed.value(), offset }
    const next = await feed.peek()
    if (next !== COMMA && next !== CLOSE_ARRAY)
      throw feed.error('"," or "]" after an item', await received(feed), String(index))
    feed.position++
    if (next === CLOSE_ARRAY) return
  }
}

/** The next entry if the window holds all of it; else nothing is taken. */
function entryHere(feed: Feed): JsonEntry | undefined {
  const start = feed.position
  const whole = () => {
    if (feed.peekHere() !== QUOTE) return undefined
    const name = feed.valueHere()
    if (name === undefined || feed.peekHere() !== COLON) return undefined
    feed.position++
    if (feed.peekHere() < 0) return undefined
    const { offset } = feed
    const value = feed.valueHere()
    return value && { key: keyOf(name, feed), value, offset }
  }
  const entry = whole()
  if (entry === undefined) feed.position = start
  return entry
}

/** @param items whether an array is at the path, and not an object */
async function* entriesOf(feed: Feed, path: readonly string[], items: boolean): AsyncGenerator<JsonEntry> {
  if (items && path.length === 0) return yield* itemsOf(feed)
  await feed.take(OPEN_OBJECT, 'an object, "{"')
  const [wanted, ...deeper] = path
  let found = wanted === undefined
  if ((await feed.peek()) === CLOSE_OBJECT) {
    feed.position++
  } else {
    for (;;) {
      const entry = wanted === undefined ? entryHere(feed) : undefined
      let key: string
      if (entry !== undefined) {
        key = entry.key
        yield entry
      } else {
        if ((await feed.peek()) !== QUOTE) throw feed.error('a key in double quotes', await received(feed))
        key = keyOf(await feed.value(), feed)
        await feed.take(COLON, '":" after a key')
        if (wanted === undefined) {
          await feed.peek()
          const offset = feed.offset
          const value = await feed.value()
          yield { key, value, offset }
        } else if (key === wanted) {
          found = true
          yield* entriesOf(feed, deeper, items)
        } else {
          await feed.skip()
        }
      }
      const here = feed.peekHere()
      const next = here >= 0 ? here : await feed.peek()
      if (next !== COMMA && next !== CLOSE_OBJECT)
        throw feed.error('"," or "}" after an entry', await received(feed), key)
      feed.position++
      if (next === CLOSE_OBJECT) break
    }
  }
  if (!found) throw feed.error(`a key ${show(wanted)}`, 'an object without it')
}

async function received(feed: Feed): Promise<string> {
  const byte = await feed.peek()
  return byte < 0 ? 'the end of the file' : describe(byte)
}

/** A key; most are plain ASCII, whose bytes are their text. */
function keyOf(bytes: Buffer, feed: Feed): string {
  let at = 1
  for (const end = bytes.byteLength - 1; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) break
  }
  if (at === bytes.byteLength - 1) return bytes.toString('latin1', 1, at)
  try {
    return JSON.parse(decoder.decode(bytes)) as string
  } catch (error) {
    throw feed.error('valid JSON', (error as Error).message)
  }
}

/**
 * Parses the value of an entry.
 * @throws MimicitError MIMICIT_BAD_JSON with file, offset and key
 */
export function parseEntry(file: ReadableFile, entry: JsonEntry): unknown {
  try {
    return JSON.parse(decoder.decode(entry.value))
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_JSON', {
      expected: 'valid JSON in UTF-8',
      where: `${file.path}, byte ${entry.offset}, entry ${show(entry.key)}`,
      received: (error as Error).message,
      hint: 'Mend the entry, or write the file again.',
      cause: error,
    })
  }
}
