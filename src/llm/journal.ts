// Everything that was asked of a language model and what it answered, on the disk before anybody acts on it. A request is
// recorded before it goes out and its answer before it is used, so a kill at any moment loses at most the answers of calls
// in flight, and those are known. Whoever opens the journal again never asks what it has an answer to.
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { asIoError } from '../io/directory.js'
import { lockFile } from '../io/lock-file.js'
import type { Budget } from './budget.js'
import type { ChatReply } from './chat.js'
import { appender } from './journal-append.js'
import { decodeLine, encodeLine } from './journal-lines.js'
import { readJournal } from './journal-read.js'
import type { BatchRecord, GivenUpRecord, JournalRecord, ReplyRecord, SendRecord } from './journal-records.js'
import { type JournalFound, JournalState } from './journal-state.js'

export type { JournalFound } from './journal-state.js'

/** A journal open for writing; one process at a time has it. */
export interface Journal {
  readonly path: string
  /** What earlier runs left. */
  readonly found: JournalFound
  /** Answers that it holds. */
  readonly replies: number
  /** The answer to a request, if there is one. */
  reply(key: string): Promise<ChatReply | undefined>
  /** Whether this request was answered in this run or an earlier one. */
  hasReply(key: string): boolean
  /** Why a request was given up, if it was. */
  givenUp(key: string): GivenUpRecord | undefined
  /** Whether a request was sent before. */
  wasAsked(key: string): boolean
  /** Batches that were sent and have not brought everything yet. */
  batches(): readonly BatchRecord[]
  /** The send of a call that has no end yet. */
  openSend(key: string): SendRecord | undefined
  /** Records something; it is on the disk when this returns. */
  add(record: Exclude<JournalRecord, { readonly type: 'journal' }>): Promise<void>
  /** Whether the last verdict about an ask's answer is this one. */
  hasVerdict(key: string, id: string, verdict: unknown): boolean
  /** Counts what earlier runs used. */
  charge(budget: Budget): void
  /** Waits until everything is on the disk, and lets others have it. */
  close(): Promise<void>
}

/** How to open a journal. */
export interface OpenJournalOptions {
  /** Journals of parts of the same job, whose answers are taken too. Nothing is written to them. @default none */
  readonly joins?: readonly string[] | undefined
}

/** A file of a journal, held. */
interface Held {
  readonly handle: FileHandle
  release(): Promise<void>
}

/**
 * Opens a journal, or makes it.
 * @throws MimicitError MIMICIT_BUSY if another process has it, MIMICIT_BAD_RECORD if the file is no journal, MIMICIT_IO,
 * MIMICIT_NOT_FOUND for a journal to join that is not there
 */
export async function openJournal(path: string, { joins = [] }: OpenJournalOptions = {}): Promise<Journal> {
  const held: Held[] = []
  const release = async () => {
    for (const one of held.splice(0)) await one.release()
  }
  try {
    await mkdir(dirname(path), { recursive: true })
    held.push(await hold(path, 'a+'))
    for (const other of joins) held.push(await hold(other, 'r+'))
    const state = new JournalState()
    let bytes = 0
    let damaged = 0
    let repaired = false
    // The own one comes last: what it says is the latest.
    for (const [file, { handle }] of [...held.entries()].reverse()) {
      const read = await readJournal(handle, [path, ...joins][file]!, state, file)
      if (file === 0) bytes = read.bytes
      damaged += read.damaged
      repaired ||= read.repaired
    }
    const handles = held.map(({ handle }) => handle)
    const journal = journalOf(path, handles, release, state, bytes, { damaged, repaired })
    if (bytes === 0) await journal.begin()
    return journal
  } catch (error) {
    await release()
    throw asIoError(error, path)
  }
}

/** Opens a file that nobody else may have meanwhile. */
async function hold(path: string, flags: 'a+' | 'r+'): Promise<Held> {
  const unlock = await lockFile(
    `${path}.lock`,
    ({ pid, host }) =>
      new MimicitError('MIMICIT_BUSY', {
        expected: 'a journal that nobody else writes to',
        where: path,
        received: `one that process ${pid} on ${host} writes to`,
        hint: `Run again when it is done; if that process is gone, remove ${path}.lock.`,
      }),
  )
  try {
    const handle = await open(path, flags)
    return {
      handle,
      async release() {
        await handle.close()
        await unlock()
      },
    }
  } catch (error) {
    await unlock()
    throw asIoError(error, path)
  }
}

function journalOf(
  path: string,
  handles: readonly FileHandle[],
  release: () => Promise<void>,
  state: JournalState,
  size: number,
  { damaged, repaired }: Pick<JournalFound, 'damaged' | 'repaired'>,
): Journal & { begin(): Promise<void> } {
  const { append, settled } = appender(handles[0]!, path)
  const inFlight = [...state.open.values()].flat()
  // Their batch is still to be had, so they are not lost.
  const inBatches = new Set([...state.batches.values()].flatMap(({ keys }) => keys ?? []))
  const lost = inFlight.filter(({ key }) => !inBatches.has(key))
  const found = { replies: state.replies.size, givenUp: state.givenUp.size, inFlight: lost.length, damaged, repaired }
  const usedBefore = [...state.used].map(([discount, usage]) => ({ discount, usage: { ...usage } }))
  const excessBefore = state.excess
  const maybeBefore = [...state.maybe, ...lost.map(({ most, discount = 1 }) => ({ usage: most, discount }))]
  let at = size
  const write = async (record: JournalRecord) => {
    const line = Buffer.from(encodeLine(record))
    const place = { file: 0, at, bytes: line.byteLength }
    at += line.byteLength
    await append(line)
    state.add(record, place)
  }
  return {
    path,
    found,
    get replies() {
      return state.replies.size
    },
    begin: () => write({ type: 'journal', v: 1 }),
    async reply(key) {
      const place = state.replies.get(key)
      if (place === undefined) return undefined
      const target = Buffer.alloc(place.bytes)
      const { buffer } = await handles[place.file]!.read(target, 0, place.bytes, place.at).catch((error) => {
        throw asIoError(error, path)
      })
      const record = decodeLine(buffer.toString('utf8', 0, place.bytes - 1)) as ReplyRecord | undefined
      if (record?.key !== key) {
        throw new MimicitError('MIMICIT_CORRUPT', {
          expected: 'the record that was read when the journal was opened',
          where: `${path}, byte ${place.at}`,
          received: 'another one',
          hint: 'Something else wrote to the journal meanwhile.',
        })
      }
      const { text, finish, usage } = record
      return { text, finish, usage }
    },
    hasReply: (key) => state.replies.has(key),
    givenUp: (key) => state.givenUp.get(key),
    wasAsked: (key) => state.asked.has(key),
    batches: () => [...state.batches.values()],
    openSend: (key) => state.open.get(key)?.at(-1),
    add: write,
    hasVerdict: (key, id, verdict) => state.verdicts.get(`${key} ${id}`) === JSON.stringify(verdict),
    charge(budget) {
      budget.learn(excessBefore)
      for (const { usage, discount } of usedBefore) budget.add(usage, discount)
      for (const { usage, discount } of maybeBefore) budget.addMaybe(usage, discount)
    },
    async close() {
      await settled()
      await release()
    },
  }
}
