// What the commands that can be done in parts share: the flags, what is written down of the job, and the way through a
// queue. The whole is made by the command without `--part`: it takes what parts have done and does what is missing.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { MimicitError } from '../base/errors.js'
import { plural } from '../base/format.js'
import { type Part, parsePart, partName, partsOf } from '../work/part.js'
import {
  beginParts,
  finishPart,
  missingParts,
  type PartJob,
  partPath,
  partsDirectory,
  readJob,
  reopenPart,
} from '../work/part-files.js'
import { EXIT } from './exit.js'
import { LOUDNESS_FLAGS, note } from './loudness.js'
import { integer } from './parse.js'
import type { ProgressBar } from './progress-shown.js'

/** The flags of `addPartFlags`. */
export interface PartFlags {
  readonly part?: Part
  readonly parts?: number
  readonly queue?: string
}

/** The variable that tells a command which queue it was taken from: its rate is shared by all that work for it. */
export const QUEUE_VARIABLE = 'MIMICIT_QUEUE'

/** Adds the flags. */
export function addPartFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--part <i/n>', 'do one of several parts only; the same command without it joins them').argParser(
        parsePart,
      ),
    )
    .option('--queue <url>', 'have workers do the parts (mimicit worker), through Redis or Valkey at redis://host:port')
    .option('--parts <n>', 'with --queue: how many parts (default: 16)', integer(1))
}

const PARTS = 16

/** The words of a command line that say which part, and how many follow each. */
const OF_PARTS = ['--part', '--parts', '--queue']

/** A command line without what says which part. */
function wholeCommand(argv: readonly string[]): string[] {
  const whole: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (OF_PARTS.includes(word)) i++
    else if (!LOUDNESS_FLAGS.includes(word) && !OF_PARTS.some((flag) => word.startsWith(`${flag}=`))) whole.push(word)
  }
  return whole
}

/** One part of a job that this process does. */
export interface PartHere {
  readonly part: Part
  readonly directory: string
  /** Where its work goes: a file or directory whose name begins so. */
  readonly path: string
}

/** The part that flags name, written down; undefined for the whole. */
export async function partHere({ part }: PartFlags, out: string): Promise<PartHere | undefined> {
  if (part === undefined) return undefined
  const directory = partsDirectory(out)
  await beginParts(directory, jobOf(part.count))
  return { part, directory, path: partPath(directory, part) }
}

const jobOf = (parts: number): PartJob => ({
  command: wholeCommand(process.argv.slice(2)),
  directory: process.cwd(),
  parts,
})

/** What parts of an output have left. */
export interface PartsFound {
  readonly directory: string
  readonly parts: readonly Part[]
  /** Parts that are not done. */
  readonly missing: readonly Part[]
}

/**
 * Has workers do the parts where a queue is named, and tells what parts there are.
 * @throws MimicitError MIMICIT_RESUME_MISMATCH if the parts are of another command, and as `runParts`
 */
export async function partsFound(
  { queue, parts: count }: PartFlags,
  out: string,
  bar: ProgressBar,
  signal: AbortSignal,
): Promise<PartsFound | undefined> {
  const directory = partsDirectory(out)
  const known = await readJob(directory)
  if (queue === undefined) {
    if (known === undefined) return undefined
    await beginParts(directory, jobOf(known.parts))
    return { directory, parts: partsOf(known.parts), missing: await missingParts(directory, known.parts) }
  }
  const job = jobOf(count ?? known?.parts ?? PARTS)
  await beginParts(directory, job)
  const missing = await missingParts(directory, job.parts)
  if (missing.length > 0) {
    const { runParts } = await import('../work/queue.js')
    note(`${plural(missing.length, 'part')} for the workers of ${directory}`)
    await runParts(job, missing, { url: queue, signal, onProgress: bar.update })
  }
  return { directory, parts: partsOf(job.parts), missing: await missingParts(directory, job.parts) }
}

/**
 * Does the part that flags name, and marks it as done.
 * @param out what the whole makes
 * @returns what `work` gave; undefined if flags name none
 */
export async function doPart<T>(
  flags: PartFlags,
  out: string,
  work: (here: PartHere) => Promise<T>,
): Promise<{ readonly made: T } | undefined> {
  const here = await partHere(flags, out)
  if (here === undefined) return undefined
  await reopenPart(here.directory, here.part)
  const made = await work(here)
  await finishPart(here.directory, here.part)
  return { made }
}

/**
 * Makes the whole of parts that have left their work, which is no more needed then.
 * @param work is given what parts there are; without any it does everything
 */
export async function joinedParts<T>(
  flags: PartFlags,
  out: string,
  bar: ProgressBar,
  signal: AbortSignal,
  work: (parts: PartsFound | undefined) => Promise<T>,
): Promise<T> {
  const parts = await partsFound(flags, out, bar, signal)
  if (parts !== undefined && parts.missing.length > 0) {
    process.stderr.write(
      `not done yet, and done here: ${plural(parts.missing.length, 'part')} (${parts.missing.map(partName).join(', ')})\n`,
    )
  }
  const made = await work(parts)
  if (parts !== undefined) await rm(parts.directory, { recursive: true, force: true })
  return made
}

/** The files that parts have left under their name with an ending. */
export const partFiles = ({ directory, parts }: PartsFound, ending: string): string[] =>
  parts.map((part) => `${partPath(directory, part)}${ending}`).filter((path) => existsSync(path))

/** A share of a limit for one part, so that all of them together keep it. */
export const shareOf = (limit: number | undefined, { count }: Part): number | undefined =>
  limit === undefined ? undefined : limit / count

/** Parts are asked for where they are of no use. */
export const noParts = (flag: string, why: string) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a job that is worth parts',
    where: flag,
    received: why,
    hint: 'Leave it out.',
  })

/** Runs the command that joins parts, as it was given where they were begun. @returns its exit code */
export async function joinParts({ command, directory }: PartJob): Promise<number> {
  const child = spawn(process.execPath, [process.argv[1]!, ...command], { cwd: directory, stdio: 'inherit' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? EXIT.failed
}
