// Captions and answers in the files that people have: results and annotations of COCO and VQA, objects from id to captions,
// JSON Lines, and plain texts with one caption a line. The form is told by what a file holds, not by what it is called. One
// by one, each with the place it comes from; nothing is merged or left out here, so that an id that comes twice is seen by
// whoever asks.
import { MimicitError, show } from '../../base/errors.js'
import { jsonLines } from '../../import/json-lines.js'
import { listedRecords, startOf } from '../../import/json-records.js'
import { type JsonEntry, jsonEntries, parseEntry } from '../../import/json-stream.js'
import { openFile } from '../../io/directory.js'
import type { ReadableFile } from '../../io/store.js'

/** What a file says of one picture at one place. */
export interface StatedCaptions {
  readonly id: string
  readonly texts: readonly string[]
  /** Names the statement itself, where something does: the key of an object, the `id` of an annotation, the id of a list. Not twice in a file. */
  readonly own?: string
  /** Everything that a record says; nothing of the other forms. */
  readonly record?: Readonly<Record<string, unknown>>
  /** File and place, for messages. */
  readonly where: string
}

const IDS = ['question_id', 'image_id', 'id', 'picture']
const TEXTS = ['caption', 'prediction', 'answers', 'answer', 'response', 'text', 'captions', 'references']
const MOST_TEXT_BYTES = 256 * 2 ** 20

/**
 * Reads captions.
 * @param path a file; texts are called `.txt`, everything else is some JSON
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO, MIMICIT_BAD_JSON (no JSON, or not UTF-8), MIMICIT_BAD_RECORD
 */
export async function* readCaptions(path: string): AsyncGenerator<StatedCaptions> {
  const file = await openFile(path)
  try {
    if (/\.txt$/i.test(path)) return yield* textLines(file)
    const start = await startOf(file)
    if (start[0] === '[') for await (const { value, where } of listedRecords(file, [])) yield ofRecord(value, where)
    else if (start === '' || /\.(jsonl|ndjson)$/i.test(path) || isLines(start)) {
      for await (const { value, where } of jsonLines(file)) yield ofRecord(value, where)
    } else if (await isCoco(file)) {
      for await (const { value, where } of listedRecords(file, ['annotations'])) yield ofRecord(value, where)
    } else {
      for await (const entry of jsonEntries(file)) {
        const where = `${path}, entry ${show(entry.key)}`
        yield { id: entry.key, own: entry.key, texts: textsOf(parseEntry(file, entry), where), where }
      }
    }
  } finally {
    await file.close()
  }
}

function ofRecord(value: unknown, where: string): StatedCaptions {
  const record = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
  const idKey = IDS.find((key) => typeof record[key] === 'string' || typeof record[key] === 'number')
  const textKey = TEXTS.find((key) => record[key] !== undefined)
  if (idKey === undefined || textKey === undefined) {
    const expected = `an object with an id (${IDS.join(', ')}) and a text (${TEXTS.join(', ')})`
    throw badRecord(expected, where, value)
  }
  const { id } = record
  // A list has all that is said of an id; single ones may follow each other.
  const named = idKey !== 'id' ? id : undefined
  const own = typeof named === 'string' || typeof named === 'number' ? named : undefined
  const list = Array.isArray(record[textKey]) ? record[idKey] : undefined
  return {
    ...{ id: String(record[idKey]), texts: textsOf(record[textKey], where), record, where },
    ...((own ?? list) !== undefined && { own: String(own ?? list) }),
  }
}

function textsOf(value: unknown, where: string): readonly string[] {
  if (typeof value === 'string') return [value]
  // Ten people's answers to a visual question are objects.
  const texts = Array.isArray(value) ? value.map((one: unknown) => (isAnswer(one) ? one.answer : one)) : []
  if (Array.isArray(value) && texts.every((text) => typeof text === 'string')) return texts
  throw badRecord('a caption, or a list of captions', where, value)
}

const isAnswer = (value: unknown): value is { readonly answer: unknown } =>
  typeof value === 'object' && value !== null && 'answer' in value

const badRecord = (expected: string, where: string, value: unknown) =>
  new MimicitError('MIMICIT_BAD_RECORD', {
    ...{ expected, where, received: show(value) },
    hint: 'Take COCO results or annotations, an object from id to captions, JSON Lines, or a text with a caption a line.',
  })

/** Whether JSON is one value a line: the first line is an object by itself. */
function isLines(start: string): boolean {
  const end = start.indexOf('\n')
  const line = end < 0 ? start : start.slice(0, end)
  try {
    const value = JSON.parse(line) as Readonly<Record<string, unknown>>
    // One line alone could also be an object from id to captions.
    const isRecord = IDS.some((key) => key in value) && TEXTS.some((key) => key in value)
    return isRecord || start.slice(line.length).trim() !== ''
  } catch {
    // Of an object over many lines the first is no JSON.
    return false
  }
}

/** Whether a file is of COCO's annotations: its captions are a list of objects under that name. */
async function isCoco(file: ReadableFile): Promise<boolean> {
  for await (const entry of jsonEntries(file)) if (entry.key === 'annotations') return isListOfObjects(entry)
  return false
}

const isListOfObjects = ({ value }: JsonEntry) =>
  /^\[\s*[{\]]/.test(Buffer.from(value.subarray(0, 64)).toString('latin1'))

async function* textLines(file: ReadableFile): AsyncGenerator<StatedCaptions> {
  if (file.byteLength > MOST_TEXT_BYTES) {
    throw badRecord(`a text of at most ${MOST_TEXT_BYTES} bytes`, file.path, `${file.byteLength} bytes`)
  }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.read(0, file.byteLength))
  } catch (cause) {
    throw new MimicitError('MIMICIT_BAD_RECORD', {
      expected: 'text in UTF-8',
      where: file.path,
      received: 'other bytes',
      hint: 'Write the file again in UTF-8.',
      cause,
    })
  }
  if (text === '') return
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  for (const [i, line] of lines.entries()) {
    yield { id: String(i + 1), texts: [line], where: `${file.path}, line ${i + 1}` }
  }
}
