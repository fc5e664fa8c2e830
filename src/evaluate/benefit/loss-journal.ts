// Losses on the disk as soon as they are computed, so that a run that was killed goes on where it was. A line names by a
// digest everything that its loss depends on: another model, prompt, question or example has another name. What a kill has
// cut short is dropped, and computed again.
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { lockFile } from '../../io/lock-file.js'
import { appender } from '../../llm/journal-append.js'
import { decodeLine, encodeLine } from '../../llm/journal-lines.js'
import type { AnswerLoss } from './answer-loss.js'

/** Losses that are kept; one process at a time has them. */
export interface LossJournal {
  /** Losses of earlier runs. */
  readonly found: number
  /** Lines that were cut or damaged, and are left out. */
  readonly damaged: number
  get(key: string): AnswerLoss | undefined
  /** Writes a loss; it is on the disk when this returns. */
  add(key: string, loss: AnswerLoss): Promise<void>
  close(): Promise<void>
}

const line = z.object({
  ...{ type: z.literal('loss'), key: z.string() },
  ...{ loss: z.number(), tokens: z.int(), fitted: z.int() },
})

/**
 * Opens the losses of a file, or makes it.
 * @throws MimicitError MIMICIT_BUSY if another process has it, MIMICIT_BAD_RECORD if it is something else, MIMICIT_IO
 */
export async function openLossJournal(path: string): Promise<LossJournal> {
  let unlock = async () => {}
  let handle: FileHandle | undefined
  try {
    await mkdir(dirname(path), { recursive: true })
    unlock = await lockFile(
      `${path}.lock`,
      ({ pid, host }) =>
        new MimicitError('MIMICIT_BUSY', {
          expected: 'losses that nobody else writes',
          where: path,
          received: `some that process ${pid} on ${host} writes`,
          hint: `Run again when it is done; if that process is gone, remove ${path}.lock.`,
        }),
    )
    handle = await open(path, 'a+')
    return await journalOf(handle, path, unlock)
  } catch (error) {
    await handle?.close()
    await unlock()
    throw asIoError(error, path)
  }
}

async function journalOf(handle: FileHandle, path: string, unlock: () => Promise<void>): Promise<LossJournal> {
  const { losses, whole, damaged } = readLosses((await handle.readFile()).toString('utf8'), path)
  await handle.truncate(whole)
  const { append, settled } = appender(handle, path)
  return {
    found: losses.size,
    damaged,
    get: (key) => losses.get(key),
    async add(key, loss) {
      await append(Buffer.from(encodeLine({ type: 'loss', key, ...loss })))
      losses.set(key, loss)
    },
    async close() {
      await settled()
      await handle.close()
      await unlock()
    },
  }
}

/** @returns with the bytes up to the end of the last line that has one */
function readLosses(text: string, path: string) {
  const losses = new Map<string, AnswerLoss>()
  const end = text.lastIndexOf('\n') + 1
  const lines = text.slice(0, end).split('\n').slice(0, -1)
  let damaged = end < text.length ? 1 : 0
  // A first line that a kill has cut short begins like any other.
  if (end === 0 && text !== '' && !START.startsWith(text.slice(0, START.length))) throw somethingElse(path)
  for (const [i, one] of lines.entries()) {
    const read = line.safeParse(decodeLine(one))
    if (read.success) {
      const { key, loss, tokens, fitted } = read.data
      losses.set(key, { loss, tokens, fitted })
    } else if (i === 0 && !one.startsWith(START)) throw somethingElse(path)
    else damaged++
  }
  return { losses, whole: Buffer.byteLength(text.slice(0, end)), damaged }
}

const START = '{"type":"loss",'

const somethingElse = (path: string) =>
  new MimicitError('MIMICIT_BAD_RECORD', {
    ...{ expected: 'losses of an earlier run', where: `${path}, line 1`, received: 'something else' },
    hint: 'Name another directory with --out.',
  })
