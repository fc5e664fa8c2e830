// The files of one part of an import: lines about its pictures, a file of them for each source, and the bytes of those that
// cannot be had again at once. They appear under their name when they are whole; a run that is stopped or killed before leaves
// what was safe to the next one.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { asIoError, openFile } from '../../io/directory.js'
import { createSink, type FileSink } from '../../io/sink.js'
import { jsonLines } from '../json-lines.js'
import { bytesPath, linesPath } from './part-paths.js'
import {
  copyBeginning,
  furthestRun,
  NOTHING_DONE,
  type PartProgress,
  removeCheckpoint,
  removeEndedRuns,
  runDirectory,
  writeCheckpoint,
} from './part-progress.js'
import type { PictureRecord } from './picture-record.js'

/** What is said of a part as a whole. */
export interface PartHead {
  /** Of the sources and of everything that decides what was found. */
  readonly fingerprint: string
  /** Groups of pictures in each source, those of other parts included. */
  readonly groups: readonly number[]
  /** SHA-256 of what was written. */
  readonly digests: readonly string[]
}

const head = z.strictObject({
  fingerprint: z.string(),
  groups: z.array(z.int().nonnegative()),
  digests: z.array(z.string()),
})

const HEAD = 'head.json'

/** Reads what is said of a part; undefined if there is none that is whole. */
export async function readPartHead(path: string): Promise<PartHead | undefined> {
  const text = await readFile(join(path, HEAD), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw asIoError(error, path)
  })
  if (text === undefined) return undefined
  try {
    return head.parse(JSON.parse(text))
  } catch {
    // Whoever joins the parts does it anew.
    return undefined
  }
}

/** Writes a part. */
export interface PartWriter {
  /** What an earlier run had done that did not end. */
  readonly resumed: PartProgress
  /** Begins the lines of a source, in their order, unless they were begun. */
  source(number: number): Promise<void>
  /** Clips that have records in the lines of a source. */
  clips(number: number): Promise<ReadonlySet<string>>
  /** @param bytes to keep; none where the record has a place */
  add(record: PictureRecord, bytes: Uint8Array | undefined): Promise<void>
  /** Makes everything so far safe: a run after this one, if it does not end, begins behind it. */
  checkpoint(progress: PartProgress): Promise<void>
  /** Gives the whole its name, in the place of one that may be there. */
  finish(groups: readonly number[]): Promise<void>
  /** Closes what was written; what is safe of it stays. */
  abort(): Promise<void>
}

const BUFFER = 1 << 18

/**
 * Begins one, or goes on with one.
 * @param path that it gets when it is whole
 * @param fingerprint of the sources and of everything that decides what is found
 * @throws MimicitError MIMICIT_IO
 */
export async function createPartWriter(path: string, fingerprint: string): Promise<PartWriter> {
  // A worker that was taken for dead may still be at it; each has a place of its own.
  const mine = runDirectory(path)
  await mkdir(mine, { recursive: true }).catch((error) => {
    throw asIoError(error, mine)
  })
  const bytesFile = await createSink(bytesPath(mine))
  const digests: string[] = []
  const lengths: number[] = []
  let lines: FileSink | undefined
  let pending = ''
  let at = 0
  let isSafe = false
  const flush = async () => {
    const bytes = Buffer.from(pending, 'utf8')
    pending = ''
    if (bytes.byteLength === 0) return
    await lines!.write(bytes)
    lengths[lengths.length - 1]! += bytes.byteLength
  }
  const endLines = async () => {
    if (lines === undefined) return
    await flush()
    digests.push((await lines.finish()).sha256)
    lines = undefined
  }
  const beginLines = async () => {
    await endLines()
    lines = await createSink(linesPath(mine, lengths.length))
    lengths.push(0)
  }
  const abort = async () => {
    await lines?.abort().catch(() => undefined)
    await bytesFile.abort().catch(() => undefined)
    if (!isSafe) await rm(mine, { recursive: true, force: true })
  }
  const checkpoint = async ({ groups, done, pictures, shrunk }: PartProgress) => {
    await flush()
    await lines?.sync()
    await bytesFile.sync()
    await writeCheckpoint(mine, {
      ...{ fingerprint, groups: [...groups], done, pictures, shrunk },
      ...{ lines: lengths, bytes: at },
    })
    isSafe = true
  }
  const resume = async (): Promise<PartProgress> => {
    const run = await furthestRun(path, fingerprint)
    if (run === undefined) return NOTHING_DONE
    const { directory, checkpoint: before } = run
    for (const [source, bytes] of before.lines.entries()) {
      await beginLines()
      await copyBeginning(linesPath(directory, source), bytes, lines!)
      lengths[source] = bytes
    }
    await copyBeginning(bytesPath(directory), before.bytes, bytesFile)
    at = before.bytes
    await checkpoint(before)
    await removeEndedRuns(path)
    return before
  }
  const resumed = await resume().catch(async (error) => {
    await abort()
    throw error
  })
  return {
    resumed,
    async source(number) {
      if (number >= lengths.length) await beginLines()
    },
    clips: (number) => clipsIn(linesPath(mine, number)),
    async add(record, bytes) {
      const where = bytes === undefined || bytes.byteLength === 0 ? {} : { at, length: bytes.byteLength }
      pending += `${JSON.stringify({ ...record, ...where })}\n`
      if (bytes !== undefined) {
        await bytesFile.write(bytes)
        at += bytes.byteLength
      }
      if (pending.length > BUFFER) await flush()
    },
    checkpoint,
    async finish(groups) {
      await endLines()
      digests.push((await bytesFile.finish()).sha256)
      try {
        await writeFile(join(mine, HEAD), JSON.stringify({ fingerprint, groups, digests } satisfies PartHead))
        await removeCheckpoint(mine)
        await rm(path, { recursive: true, force: true })
        await rename(mine, path)
        await removeEndedRuns(path)
      } catch (error) {
        throw asIoError(error, path)
      }
    },
    abort,
  }
}

async function clipsIn(path: string): Promise<ReadonlySet<string>> {
  const clips = new Set<string>()
  const file = await openFile(path)
  try {
    for await (const { value } of jsonLines(file)) {
      const { clip } = value as PictureRecord
      if (clip != null) clips.add(clip)
    }
  } finally {
    await file.close()
  }
  return clips
}
