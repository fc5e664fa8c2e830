// How far a part of an import was when it was last safe on the disk. A run of the part that was killed leaves its files under
// a name of its own; the next run copies what was safe and goes on behind it. It takes nothing away from there, since one that
// was taken for dead may still be writing.
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { isRunning } from '../../base/is-running.js'
import { asIoError } from '../../io/directory.js'
import { type FileSink, writeWhole } from '../../io/sink.js'
import { bytesPath, linesPath } from './part-paths.js'

const whole = z.int().nonnegative()
const progress = {
  /** Groups of pictures in each source that was done, those of other parts included. */
  groups: z.array(whole),
  /** Groups of the next source before which everything is recorded. */
  done: whole,
  pictures: whole,
  shrunk: whole,
}
const schema = z.strictObject({
  ...progress,
  /** Of the sources and of everything that decides what is found. */
  fingerprint: z.string(),
  /** Bytes that are safe, of the files of lines and of the one of bytes. */
  lines: z.array(whole),
  bytes: whole,
})

/** How far a part is. */
export type PartProgress = z.output<z.ZodObject<typeof progress>>

/** The same with what is safe of its files. */
export type Checkpoint = z.output<typeof schema>

/** Before anything was done. */
export const NOTHING_DONE: PartProgress = { groups: [], done: 0, pictures: 0, shrunk: 0 }

const CHECKPOINT = 'checkpoint.json'

/** Writes down how far a part is, when its files were synced. */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const path = join(directory, CHECKPOINT)
  try {
    await rm(`${path}.new`, { force: true })
    await writeWhole(`${path}.new`, Buffer.from(JSON.stringify(checkpoint)))
    await rename(`${path}.new`, path)
  } catch (error) {
    throw asIoError(error, path)
  }
}

/** A part that is whole has none. */
export const removeCheckpoint = (directory: string): Promise<void> => rm(join(directory, CHECKPOINT), { force: true })

const HOST = hostname().replace(/[^\w-]/g, '_')

/** A directory for a run of a part that nobody else has. */
export const runDirectory = (path: string): string =>
  `${path}.${HOST}-${process.pid}-${randomBytes(4).toString('hex')}.new`

/** The directories of runs of a part that have not ended. */
async function unendedRuns(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch(() => [])
  const isOne = (name: string) => name.startsWith(`${basename(path)}.`) && name.endsWith('.new')
  return names.filter(isOne).map((name) => join(dirname(path), name))
}

/** Removes what runs have left that are certainly over; of those of other machines nobody knows. */
export async function removeEndedRuns(path: string): Promise<void> {
  for (const directory of await unendedRuns(path)) {
    const [, host, pid] = /\.([\w-]+)-(\d+)-[\da-f]{8}\.new$/.exec(directory) ?? []
    if (host === HOST && !isRunning(Number(pid))) await rm(directory, { recursive: true, force: true })
  }
}

/** A run that did not end. */
export interface UnendedRun {
  readonly directory: string
  readonly checkpoint: Checkpoint
}

/** The one with this fingerprint that came furthest; undefined if there is none. */
export async function furthestRun(path: string, fingerprint: string): Promise<UnendedRun | undefined> {
  let best: UnendedRun | undefined
  for (const directory of await unendedRuns(path)) {
    const checkpoint = await readCheckpoint(directory)
    if (checkpoint?.fingerprint !== fingerprint) continue
    if (checkpoint.pictures > (best?.checkpoint.pictures ?? 0)) best = { directory, checkpoint }
  }
  return best
}

/** @returns undefined for none, one that is damaged, or one whose files are shorter than it says */
async function readCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  try {
    const checkpoint = schema.parse(JSON.parse(await readFile(join(directory, CHECKPOINT), 'utf8')))
    const files = checkpoint.lines.map((bytes, source) => [linesPath(directory, source), bytes] as const)
    for (const [path, bytes] of [...files, [bytesPath(directory), checkpoint.bytes] as const]) {
      if ((await stat(path)).size < bytes) return undefined
    }
    return checkpoint
  } catch {
    return undefined
  }
}

/** Copies the beginning of a file. */
export async function copyBeginning(path: string, bytes: number, sink: FileSink): Promise<void> {
  if (bytes === 0) return
  try {
    for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 1 << 20 })) {
      await sink.write(chunk as Uint8Array)
    }
  } catch (error) {
    throw asIoError(error, path)
  }
}
