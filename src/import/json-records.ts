// Records in JSON as people have them: one a line, or all in a list. Which of both is told by what a file holds.

import type { ReadableFile } from '../io/store.js'
import { parseExact } from './exact-json.js'
import { jsonLines } from './json-lines.js'
import { jsonItems, parseEntry } from './json-stream.js'

/** A record with the place it comes from. */
export interface JsonRecord {
  readonly value: unknown
  /** Line or item, from 1. */
  readonly number: number
  /** File and place, for messages. */
  readonly where: string
}

const MOST_START_BYTES = 2 ** 20

/** What a file begins with (as far as 1 MiB), without white space and a byte order mark in front. */
export async function startOf(file: ReadableFile): Promise<string> {
  const head = Buffer.from(await file.read(0, Math.min(MOST_START_BYTES, file.byteLength))).toString('utf8')
  return head.replace(/^\ufeff/, '').trimStart()
}

/**
 * The records of a file, integers of any length kept as texts.
 * @throws MimicitError MIMICIT_BAD_JSON with the line or the byte
 */
export async function* jsonRecords(file: ReadableFile): AsyncGenerator<JsonRecord> {
  if ((await startOf(file))[0] !== '[') {
    for await (const { value, line, where } of jsonLines(file)) yield { value, number: line, where }
    return
  }
  yield* listedRecords(file, [])
}

/** The records of the list at a path of a file. @throws MimicitError MIMICIT_BAD_JSON */
export async function* listedRecords(file: ReadableFile, path: readonly string[]): AsyncGenerator<JsonRecord> {
  for await (const entry of jsonItems(file, path)) {
    const number = Number(entry.key) + 1
    yield { value: parseEntry(file, entry, parseExact), number, where: `${file.path}, item ${entry.key}` }
  }
}
