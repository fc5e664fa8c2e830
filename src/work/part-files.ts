// What the parts of a job leave beside its output: `<out>.parts/` holds the command with `job.json`, and for each part its
// work and a mark when it is done. Whoever joins them reads there what is done and what is missing.
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { stableJson } from '../base/hash.js'
import { asIoError } from '../io/directory.js'
import { type Part, partName, partsOf } from './part.js'

/** A job that is cut into parts. */
export interface PartJob {
  /** The command line that makes the whole, without the name of the program and without what says which part. */
  readonly command: readonly string[]
  /** The directory in which it was given. */
  readonly directory: string
  readonly parts: number
}

const schema = z.strictObject({
  v: z.literal(1),
  command: z.array(z.string()).min(1),
  directory: z.string().min(1),
  parts: z.int().positive(),
})

const JOB = 'job.json'

/** Where the parts of an output are. */
export const partsDirectory = (out: string): string => `${out.replace(/[/\\]+$/, '')}.parts`

/** The work of a part: a file or directory whose name begins so. */
export const partPath = (directory: string, part: Part): string => join(directory, partName(part))

const markOf = (directory: string, part: Part) => `${partPath(directory, part)}.done`

/**
 * Writes down what the job is, or checks that it is the same: parts of different jobs must never be joined.
 * @throws MimicitError MIMICIT_RESUME_MISMATCH, MIMICIT_IO
 */
export async function beginParts(directory: string, job: PartJob): Promise<void> {
  const path = join(directory, JOB)
  const known = await readJob(directory)
  if (known === undefined) {
    try {
      await mkdir(directory, { recursive: true })
      // Parts begin at the same time: each writes the same, and the name appears whole.
      const mine = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`
      await writeFile(mine, `${JSON.stringify({ v: 1, ...job }, null, 2)}\n`)
      await rename(mine, path)
    } catch (error) {
      throw asIoError(error, path)
    }
    return
  }
  if (stableJson(known) === stableJson(job)) return
  throw new MimicitError('MIMICIT_RESUME_MISMATCH', {
    expected: `a part of the job ${JSON.stringify(known.command.join(' '))} in ${known.parts} parts`,
    where: directory,
    received: `one of ${JSON.stringify(job.command.join(' '))} in ${job.parts} parts`,
    hint: 'Give the same command for every part, or remove that directory to begin anew.',
  })
}

/**
 * The job of a directory of parts; undefined if there is none.
 * @throws MimicitError MIMICIT_BAD_RECORD if the file is damaged
 */
export async function readJob(directory: string): Promise<PartJob | undefined> {
  const path = join(directory, JOB)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw asIoError(error, path)
  })
  if (text === undefined) return undefined
  try {
    const { v: _, ...job } = schema.parse(JSON.parse(text))
    return job
  } catch (cause) {
    throw new MimicitError('MIMICIT_BAD_RECORD', {
      ...{ expected: 'the description of a job (version 1)', where: path, received: 'something else', cause },
      hint: 'Remove the directory and begin the parts anew.',
    })
  }
}

/** Marks a part as done. */
export async function finishPart(directory: string, part: Part): Promise<void> {
  await writeFile(markOf(directory, part), '').catch((error) => {
    throw asIoError(error, directory)
  })
}

/** A part that is done over is not done meanwhile. */
export async function reopenPart(directory: string, part: Part): Promise<void> {
  await rm(markOf(directory, part), { force: true })
}

/** Parts that are not done. */
export async function missingParts(directory: string, count: number): Promise<Part[]> {
  const names = new Set(
    await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw asIoError(error, directory)
    }),
  )
  return partsOf(count).filter((part) => !names.has(`${partName(part)}.done`))
}
