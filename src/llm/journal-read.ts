// Reading a journal from its beginning, line by line. A kill can cut the last line only, which is removed; a line in the
// middle that is damaged is left out and counted, since those behind it may be worth money.
import type { FileHandle } from 'node:fs/promises'
import { MimicitError, show } from '../base/errors.js'
import { decodeLine } from './journal-lines.js'
import type { JournalRecord } from './journal-records.js'
import type { JournalState } from './journal-state.js'

const CHUNK = 1 << 20
const NEWLINE = 0x0a

/** What the file was like. */
export interface ReadResult {
  /** Its length, when it had been repaired. */
  readonly bytes: number
  readonly damaged: number
  readonly repaired: boolean
}

/**
 * Reads all records into a state.
 * @param file its number among those that are read together
 * @throws MimicitError MIMICIT_BAD_RECORD if the file is no journal
 */
export async function readJournal(
  handle: FileHandle,
  path: string,
  state: JournalState,
  file: number,
): Promise<ReadResult> {
  const { size } = await handle.stat()
  let at = 0
  let damaged = 0
  let isFirst = true
  let rest: Buffer = Buffer.alloc(0)
  for (let read = 0; read < size; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size - read))
    const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, read)
    if (bytesRead === 0) break
    read += bytesRead
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
    let from = 0
    for (let end = bytes.indexOf(NEWLINE, from); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      const record = decodeLine(bytes.toString('utf8', from, end)) as JournalRecord | undefined
      if (isFirst) checkHead(record, path, bytes.toString('utf8', from, Math.min(end, from + 60)))
      isFirst = false
      if (record === undefined) damaged++
      else state.add(record, { file, at, bytes: end + 1 - from })
      at += end + 1 - from
      from = end + 1
    }
    rest = bytes.subarray(from)
  }
  // Whatever has no whole first line was never a journal of ours, unless it is the beginning of one.
  if (isFirst && !'{"type":"journal"'.startsWith(rest.toString('utf8').slice(0, 17)))
    checkHead(undefined, path, rest.toString('utf8', 0, 60))
  if (rest.byteLength > 0) {
    await handle.truncate(at)
    await handle.datasync()
  }
  return { bytes: at, damaged, repaired: rest.byteLength > 0 }
}

function checkHead(record: JournalRecord | undefined, path: string, line: string): void {
  if (record?.type === 'journal' && record.v === 1) return
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a journal of calls (version 1)',
    where: path,
    received: `a file that begins with ${show(line)}`,
    hint: 'Name another file; this one is not touched.',
  })
}
