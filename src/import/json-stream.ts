// Reads the entries of a JSON object of any size as a stream: the file is never parsed as a whole, memory is the longest
// single entry. The scanner only finds where each key and value begins and ends; values come out as raw bytes for the
// caller to parse.
import { MimicitError, show } from '../base/errors.js'
import type { ReadableFile } from '../io/store.js'
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  describe,
  type JsonEntry,
  JsonWindow,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
} from './json-window.js'

export type { JsonEntry }

const CHUNK = 1 << 20
const decoder = new TextDecoder('utf-8', { fatal: true })
/** Entries of a run at most, so that little of a file of tiny ones is held. */
const RUN = 512

/**
 * The entries of the object at `path` of a file (`[]` = the top level), in file order. Everything after that object is
 * checked to be well-formed as far as its brackets go, so that a file which is cut short is never taken for a whole one.
 * @param chunkBytes bytes read at a time; longer entries are read in longer pieces
 * @param longest values to hold, in bytes; longer ones are measured and come empty. @default all are held, giants refused
 * @throws MimicitError MIMICIT_BAD_JSON with the byte offset
 */
export async function* jsonEntries(
  file: ReadableFile,
  path: readonly string[] = [],
  chunkBytes = CHUNK,
  longest?: number,
): AsyncGenerator<JsonEntry> {
  for await (const run of jsonEntryRuns(file, path, chunkBytes, entriesHere, longest))
    for (const entry of run) yield entry
}

/** Entries that follow each other, as an array of them is. */
export interface EntryRun {
  readonly length: number
  at(index: number): { readonly key: string } | undefined
}

/** Takes entries that follow each other in the window; what comes after the last one is not taken. None if the next is not whole. */
export type TakeRun<R extends EntryRun> = (feed: JsonWindow) => R

/**
 * As `jsonEntries`, those together that are at hand together: a turn of the event loop costs more than a small entry.
 * @param takeRun for entries of a known shape
 * @param longest as of `jsonEntries`
 */
export async function* jsonEntryRuns<R extends EntryRun = readonly JsonEntry[]>(
  file: ReadableFile,
  path: readonly string[] = [],
  chunkBytes = CHUNK,
  takeRun: TakeRun<R | readonly JsonEntry[]> = entriesHere,
  longest?: number,
): AsyncGenerator<R | readonly JsonEntry[]> {
  const feed = new JsonWindow(file, chunkBytes, longest)
  await feed.skipByteOrderMark()
  yield* entriesOf(feed, path, false, takeRun)
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
  const feed = new JsonWindow(file, chunkBytes)
  await feed.skipByteOrderMark()
  for await (const run of entriesOf(feed, path, true)) for (const entry of run) yield entry
  if ((await feed.peek()) >= 0) throw feed.error('the end of the file', 'more bytes after the array')
}

/**
 * The values of a file of JSON lines; the key of a value is its number.
 * @throws MimicitError MIMICIT_BAD_JSON with the byte offset
 */
export async function* jsonSequence(file: ReadableFile, chunkBytes = CHUNK): AsyncGenerator<JsonEntry> {
  const feed = new JsonWindow(file, chunkBytes)
  await feed.skipByteOrderMark()
  for (let index = 0; (await feed.peek()) >= 0; index++) {
    const start = await feed.value()
    yield feed.entry(String(index), start)
  }
}

async function* itemsOf(feed: JsonWindow): AsyncGenerator<readonly JsonEntry[]> {
  await feed.take(OPEN_ARRAY, 'an array, "["')
  if ((await feed.peek()) === CLOSE_ARRAY) {
    feed.position++
    return
  }
  for (let index = 0; ; index++) {
    const start = await feed.value()
    yield [feed.entry(String(index), start)]
    const next = await feed.peek()
    if (next !== COMMA && next !== CLOSE_ARRAY)
      throw feed.error('"," or "]" after an item', await received(feed), String(index))
    feed.position++
    if (next === CLOSE_ARRAY) return
  }
}

/** The next entry if the window holds all of it; else nothing is taken. */
function entryHere(feed: JsonWindow): JsonEntry | undefined {
  const before = feed.position
  const whole = () => {
    if (feed.peekHere() !== QUOTE) return undefined
    const name = feed.valueHere()
    if (name < 0) return undefined
    const nameEnd = feed.position
    if (feed.peekHere() !== COLON) return undefined
    feed.position++
    if (feed.peekHere() < 0) return undefined
    const start = feed.valueHere()
    return start < 0 ? undefined : feed.entry(keyOf(feed, name, nameEnd), start)
  }
  const entry = whole()
  if (entry === undefined) feed.position = before
  return entry
}

/** Takes entries of any shape. @param most that are taken */
export function entriesHere(feed: JsonWindow, most = RUN): readonly JsonEntry[] {
  const run: JsonEntry[] = []
  for (let before = feed.position; run.length < most; before = feed.position) {
    if (run.length > 0) {
      if (feed.peekHere() !== COMMA) break
      feed.position++
    }
    const entry = entryHere(feed)
    if (entry === undefined) {
      feed.position = before
      break
    }
    run.push(entry)
  }
  return run
}

const NO_RUN: readonly JsonEntry[] = []

/** @param items whether an array is at the path, and not an object */
async function* entriesOf<R extends EntryRun = readonly JsonEntry[]>(
  feed: JsonWindow,
  path: readonly string[],
  items: boolean,
  takeRun: TakeRun<R | readonly JsonEntry[]> = entriesHere,
): AsyncGenerator<R | readonly JsonEntry[]> {
  if (items && path.length === 0) return yield* itemsOf(feed)
  await feed.take(OPEN_OBJECT, 'an object, "{"')
  const [wanted, ...deeper] = path
  let found = wanted === undefined
  if ((await feed.peek()) === CLOSE_OBJECT) {
    feed.position++
  } else {
    for (;;) {
      const run = wanted === undefined ? takeRun(feed) : NO_RUN
      let key = run.at(-1)?.key
      if (run.length > 0) {
        yield run
      } else {
        if ((await feed.peek()) !== QUOTE) throw feed.error('a key in double quotes', await received(feed))
        const start = await feed.value()
        key = keyOf(feed, start, feed.position)
        await feed.take(COLON, '":" after a key')
        if (wanted === undefined) {
          yield [await feed.nextEntry(key)]
        } else if (key === wanted) {
          found = true
          yield* entriesOf(feed, deeper, items, takeRun)
        } else {
          await feed.skip()
        }
      }
      const next = await feed.peek()
      if (next !== COMMA && next !== CLOSE_OBJECT)
        throw feed.error('"," or "}" after an entry', await received(feed), key)
      feed.position++
      if (next === CLOSE_OBJECT) break
    }
  }
  if (!found) throw feed.error(`a key ${show(wanted)}`, 'an object without it')
}

async function received(feed: JsonWindow): Promise<string> {
  const byte = await feed.peek()
  return byte < 0 ? 'the end of the file' : describe(byte)
}

/** The key at a place of the window; most are plain ASCII, whose bytes are their text. */
function keyOf(feed: JsonWindow, start: number, end: number): string {
  const { window } = feed
  let at = start + 1
  for (; at < end - 1; at++) {
    const byte = window[at]!
    if (byte < 0x20 || byte >= 0x7f || byte === BACKSLASH) break
  }
  if (at === end - 1) return window.toString('latin1', start + 1, at)
  try {
    return JSON.parse(decoder.decode(window.subarray(start, end))) as string
  } catch (error) {
    throw feed.error('valid JSON', (error as Error).message)
  }
}

/**
 * Parses the value of an entry.
 * @param parse `parseExact` where integers may be longer than JavaScript holds
 * @throws MimicitError MIMICIT_BAD_JSON with file, offset and key
 */
export function parseEntry(
  file: ReadableFile,
  entry: Omit<JsonEntry, 'length'>,
  parse: (json: string) => unknown = JSON.parse,
): unknown {
  try {
    return parse(decoder.decode(entry.value))
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
