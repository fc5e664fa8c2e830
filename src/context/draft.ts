// Rows of a context table that were chosen already, on the disk beside the data set: a build that is killed goes on after
// them. A draft is of one build only: of the same options, data and version.
import { appendFile, mkdir, open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { isRunning } from '../base/is-running.js'
import { asIoError } from '../io/directory.js'
import type { ContextRow } from '../tuple/tuple.js'
import type { GuardCounts } from './guards.js'

/** What is noted of a draft after each block. */
interface Noted {
  readonly fingerprint: string
  readonly owner: { readonly pid: number; readonly host: string }
  /** Rows that are whole, and the bytes they take. */
  readonly rows: number
  readonly bytes: number
  readonly keptOut?: GuardCounts
  /** Fingerprint of the function that chose the rows, vectors included. */
  readonly chosenBy?: string
}

/** A draft that is open. */
export interface Draft {
  /** Where it lies; what else a build keeps on the disk may lie there too. */
  readonly directory: string
  /** Rows that are in it. */
  readonly count: number
  /** What the guards kept out of them. */
  readonly keptOut: GuardCounts | undefined
  /** Says what chooses from here on; rows that something else chose (other vectors under the same name) are thrown away. */
  begin(chosenBy: string): Promise<void>
  add(rows: readonly ContextRow[], keptOut: GuardCounts): Promise<void>
  /** All rows, in their order. */
  rows(): AsyncGenerator<ContextRow>
  /** When the table is written. */
  remove(): Promise<void>
  /** When a build fails: what holds neither rows nor anything else that took time is not left behind. */
  leave(): Promise<void>
}

const ROWS = 'rows.bin'
const NOTE = 'note.json'
const READ_AT_ONCE = 1 << 20

/** Where the draft of a table is. @param root directory of the data set */
export const draftPath = (root: string, name: string): string =>
  join(dirname(root), `${basename(root)}.context-${name}`)

/**
 * Opens a draft, or begins one; what is left of another build there is thrown away.
 * @throws MimicitError MIMICIT_BUSY if another process is at it, MIMICIT_IO
 */
export async function openDraft(directory: string, fingerprint: string): Promise<Draft> {
  const [rowsPath, notePath] = [join(directory, ROWS), join(directory, NOTE)]
  let noted: Noted = { fingerprint, owner: { pid: process.pid, host: hostname() }, rows: 0, bytes: 0 }
  const note = async () => {
    await writeFile(`${notePath}.new`, JSON.stringify(noted))
    await rename(`${notePath}.new`, notePath)
  }
  try {
    const found = await readNote(notePath)
    if (found !== undefined && isHeld(found)) throw busy(directory)
    if (found?.fingerprint === fingerprint) noted = { ...noted, ...found, owner: noted.owner }
    else await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    const file = await open(rowsPath, 'a+')
    // What came after the last note is half a block.
    await file.truncate(noted.bytes).finally(() => file.close())
    await note()
  } catch (error) {
    throw error instanceof MimicitError ? error : asIoError(error, directory)
  }
  return {
    directory,
    get count() {
      return noted.rows
    },
    get keptOut() {
      return noted.keptOut
    },
    async begin(chosenBy) {
      try {
        if (noted.chosenBy !== undefined && noted.chosenBy !== chosenBy) {
          await truncate(rowsPath, 0)
          const { keptOut: _, ...fresh } = noted
          noted = { ...fresh, rows: 0, bytes: 0 }
        }
        noted = { ...noted, chosenBy }
        await note()
      } catch (error) {
        throw asIoError(error, directory)
      }
    },
    async add(rows, keptOut) {
      const bytes = encode(rows)
      try {
        await appendFile(rowsPath, bytes)
        noted = { ...noted, rows: noted.rows + rows.length, bytes: noted.bytes + bytes.byteLength, keptOut }
        await note()
      } catch (error) {
        throw asIoError(error, directory)
      }
    },
    rows: () => readRows(rowsPath, noted.bytes),
    remove: () => rm(directory, { recursive: true, force: true }),
    async leave() {
      if (noted.rows > 0) return
      const kept = (await readdir(directory)).filter((name) => name !== ROWS && name !== NOTE)
      if (kept.length === 0) await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A draft that somebody else has finished. */
export type FinishedDraft = Pick<Draft, 'count' | 'keptOut' | 'rows'>

/** Reads one, of so many rows that were chosen by the same function; undefined if there is none. */
export async function finishedDraft(
  directory: string,
  fingerprint: string,
  chosenBy: string,
  count: number,
): Promise<FinishedDraft | undefined> {
  const noted = await readNote(join(directory, NOTE))
  const isSame = noted?.fingerprint === fingerprint && noted.chosenBy === chosenBy && noted.rows === count
  if (!isSame) return undefined
  return { count, keptOut: noted.keptOut, rows: () => readRows(join(directory, ROWS), noted.bytes) }
}

/** The rows that lie in the first bytes of a file. */
async function* readRows(path: string, end: number): AsyncGenerator<ContextRow> {
  const file = await open(path, 'r')
  try {
    let rest = Buffer.alloc(0)
    for (let at = 0; at < end; at += READ_AT_ONCE) {
      const more = Buffer.alloc(Math.min(READ_AT_ONCE, end - at))
      await file.read(more, 0, more.byteLength, at)
      const bytes = Buffer.concat([rest, more])
      let from = 0
      for (;;) {
        const row = decode(bytes, from)
        if (row === undefined) break
        yield row.row
        from = row.end
      }
      rest = bytes.subarray(from)
    }
  } finally {
    await file.close()
  }
}

async function readNote(path: string): Promise<Noted | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : (JSON.parse(text) as Noted)
}

const isHeld = ({ owner }: Noted) => owner.host === hostname() && owner.pid !== process.pid && isRunning(owner.pid)

/** A row: query, number of contexts, whether there are scores, contexts as int32, scores as float32. */
function encode(rows: readonly ContextRow[]): Buffer {
  return Buffer.concat(
    rows.map(({ query, contexts, scores }) => {
      const buffer = Buffer.alloc(9 + contexts.length * (scores === null ? 4 : 8))
      buffer.writeInt32LE(query, 0)
      buffer.writeInt32LE(contexts.length, 4)
      buffer.writeUInt8(scores === null ? 0 : 1, 8)
      for (const [i, row] of contexts.entries()) buffer.writeInt32LE(row, 9 + i * 4)
      for (const [i, score] of (scores ?? []).entries()) buffer.writeFloatLE(score, 9 + (contexts.length + i) * 4)
      return buffer
    }),
  )
}

function decode(bytes: Buffer, at: number): { readonly row: ContextRow; readonly end: number } | undefined {
  if (bytes.byteLength < at + 9) return undefined
  const count = bytes.readInt32LE(at + 4)
  const scored = bytes.readUInt8(at + 8) === 1
  const end = at + 9 + count * (scored ? 8 : 4)
  if (bytes.byteLength < end) return undefined
  const contexts = Array.from({ length: count }, (_, i) => bytes.readInt32LE(at + 9 + i * 4))
  const scores = Array.from({ length: count }, (_, i) => (scored ? bytes.readFloatLE(at + 9 + (count + i) * 4) : 0))
  return { row: { query: bytes.readInt32LE(at), contexts, scores: scored ? scores : null }, end }
}

function busy(directory: string): MimicitError {
  return new MimicitError('MIMICIT_BUSY', {
    expected: 'a table that nobody else builds',
    where: directory,
    received: 'another process that is at it',
    hint: 'Wait for it, or give the table another name.',
  })
}
