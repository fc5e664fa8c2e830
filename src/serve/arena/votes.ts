// The file of votes: what earlier sittings left, and lines that are added. A vote never stands in the line of another, and nothing
// is added to what would not be readable with it. One arena at a time has it: a second one would ask again what the first has
// been told, and both would count a question twice.
import { appendFile, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { type Battle, readBattles } from '../../evaluate/elo/battles.js'
import { startOf } from '../../import/json-records.js'
import { asIoError, openFile } from '../../io/directory.js'
import { lockFile } from '../../io/lock-file.js'

/** An open file of votes. */
export interface Votes {
  /** Those of earlier sittings. */
  readonly earlier: readonly Battle[]
  /**
   * Adds one; it is on the disk then. One after another.
   * @throws MimicitError MIMICIT_IO
   */
  add(battle: Battle & Readonly<Record<string, unknown>>): Promise<void>
  /** Lets another arena have the file. */
  close(): Promise<void>
}

/**
 * Opens a file that `mimicit eval elo` reads, or begins one; its directory is made.
 * @throws MimicitError those of reading battles; MIMICIT_BUSY while another arena has it; MIMICIT_IO; MIMICIT_BAD_VALUE for a
 * file of one JSON list
 */
export async function openVotes(path: string): Promise<Votes> {
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw asIoError(error, path)
  })
  const close = await lockFile(
    `${path}.lock`,
    ({ pid, host }) =>
      new MimicitError('MIMICIT_BUSY', {
        expected: 'a file of votes that no other arena writes to',
        where: path,
        received: `one that process ${pid} on ${host} writes to`,
        hint: `Vote in that one, or name another file: \`mimicit eval elo\` reads several together. If that process is gone, remove ${path}.lock.`,
      }),
  )
  try {
    return { ...(await votesOf(path)), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function votesOf(path: string): Promise<Omit<Votes, 'close'>> {
  const begun = await stat(path).then(
    ({ size }) => size > 0,
    () => false,
  )
  // The last line of a file that somebody has edited may have no end.
  let before = begun && !(await endsItsLines(path)) ? '\n' : ''
  return {
    earlier: begun ? (await readBattles([path])).battles : [],
    async add(battle) {
      try {
        await appendFile(path, `${before}${JSON.stringify(battle)}\n`)
      } catch (error) {
        throw asIoError(error, path)
      }
      before = ''
    },
  }
}

/** Whether a line can be added as it is. */
async function endsItsLines(path: string): Promise<boolean> {
  const file = await openFile(path)
  try {
    if ((await startOf(file))[0] === '[') {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a file of JSON lines, to which votes are added',
        where: path,
        received: 'a list',
        hint: 'Name another file for the votes; `mimicit eval elo` reads several together.',
      })
    }
    return (await file.read(file.byteLength - 1, 1))[0] === '\n'.charCodeAt(0)
  } finally {
    await file.close()
  }
}
