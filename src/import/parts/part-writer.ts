// The files of one part of an import: lines about its pictures, a file of them for each source, and the bytes of those that
// cannot be had again at once. They appear under their name when they are whole.
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { asIoError } from '../../io/directory.js'
import { createSink, type FileSink } from '../../io/sink.js'
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

/** The lines about the pictures of a source. */
export const linesPath = (part: string, source: number): string => join(part, `pictures-${source}.jsonl`)

/** The bytes of pictures. */
export const bytesPath = (part: string): string => join(part, 'bytes.bin')

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
  /** Begins the lines of the next source. */
  source(): Promise<void>
  /** @param bytes to keep; none where the record has a place */
  add(record: PictureRecord, bytes: Uint8Array | undefined): Promise<void>
  /** Gives the whole its name, in the place of one that may be there. */
  finish(head: Omit<PartHead, 'digests'>): Promise<void>
  /** Removes what was written. */
  abort(): Promise<void>
}

const BUFFER = 1 << 18

/** Begins one. @param path that it gets when it is whole @throws MimicitError MIMICIT_IO */
export async function createPartWriter(path: string): Promise<PartWriter> {
  // A worker that was taken for dead may still be at it; each has a place of its own.
  const mine = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.new`
  await mkdir(mine, { recursive: true }).catch((error) => {
    throw asIoError(error, mine)
  })
  const bytesFile = await createSink(bytesPath(mine))
  const digests: string[] = []
  let lines: FileSink | undefined
  let sources = 0
  let pending = ''
  let at = 0
  const flush = async () => {
    const text = pending
    pending = ''
    if (text !== '') await lines!.write(Buffer.from(text, 'utf8'))
  }
  const endLines = async () => {
    if (lines === undefined) return
    await flush()
    digests.push((await lines.finish()).sha256)
    lines = undefined
  }
  return {
    async source() {
      await endLines()
      lines = await createSink(linesPath(mine, sources++))
    },
    async add(record, bytes) {
      const where = bytes === undefined || bytes.byteLength === 0 ? {} : { at, length: bytes.byteLength }
      pending += `${JSON.stringify({ ...record, ...where })}\n`
      if (bytes !== undefined) {
        await bytesFile.write(bytes)
        at += bytes.byteLength
      }
      if (pending.length > BUFFER) await flush()
    },
    async finish(facts) {
      await endLines()
      digests.push((await bytesFile.finish()).sha256)
      try {
        await writeFile(join(mine, HEAD), JSON.stringify({ ...facts, digests } satisfies PartHead))
        await rm(path, { recursive: true, force: true })
        await rename(mine, path)
      } catch (error) {
        throw asIoError(error, path)
      }
    },
    async abort() {
      await lines?.abort().catch(() => undefined)
      await bytesFile.abort().catch(() => undefined)
      await rm(mine, { recursive: true, force: true })
    },
  }
}
