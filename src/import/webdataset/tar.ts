// The files in a tar, plain or gzipped, one after the other; of the archive only the file at hand is in memory. Nothing is
// ever written where a tar says, yet names are checked as if it were: they become ids, and ids become paths elsewhere.
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { isMimicitError, MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { pathInside } from '../guarded-path.js'

/** A file in a tar. */
export interface TarEntry {
  /** Path in the tar, without detours. */
  readonly name: string
  readonly size: number
  /** Its bytes, if they were wanted. */
  readonly bytes: Buffer | undefined
  /** Bytes of the tar file that were read by then. */
  readonly done: number
}

const CHUNK = 1 << 18
const BLOCK = 512

/**
 * The files of a tar in its order; folders are passed over.
 * @param wants which files' bytes are kept
 * @param maxBytesOf bytes that a file may have
 * @throws MimicitError MIMICIT_CORRUPT if it is cut short or no tar, MIMICIT_BAD_RECORD for a file that is too large, a
 * link or a device, or a name that leads out of the archive
 */
export async function* tarEntries(
  file: ReadableFile,
  wants: (name: string) => boolean,
  maxBytesOf: (name: string) => number,
): AsyncGenerator<TarEntry> {
  let done = 0
  let last: Uint8Array = new Uint8Array(0)
  async function* raw() {
    while (done < file.byteLength) {
      const chunk = await file.read(done, Math.min(CHUNK, file.byteLength - done))
      done += chunk.byteLength
      yield chunk
    }
  }
  /** Remembers the last block: that it is empty is all that tells a whole tar from one cut between two files. */
  async function* watched(source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      last = chunk.byteLength >= BLOCK ? chunk.subarray(-BLOCK) : Buffer.concat([last, chunk]).subarray(-BLOCK)
      yield chunk
    }
  }
  const start = await file.read(0, Math.min(2, file.byteLength))
  const zipped = start[0] === 0x1f && start[1] === 0x8b
  const entries = extract()
  const source = Readable.from(raw())
  const settled = () => undefined
  // What goes wrong anywhere in it arrives at the entries.
  if (zipped) pipeline(source, createGunzip(), watched, entries, settled)
  else pipeline(source, watched, entries, settled)
  try {
    for await (const entry of entries) {
      const { name: given, type, size = 0 } = entry.header
      const where = `${file.path}, file ${show(given, 200)}`
      if (type === 'directory') {
        if (!/^(\.\/?)+$/.test(given)) pathInside(given, where)
        continue
      }
      if (type !== 'file' && type !== 'contiguous-file') {
        throw refused('a file or a folder', where, `a ${type ?? 'thing of an unknown kind'}`)
      }
      const name = pathInside(given, where)
      const maxBytes = maxBytesOf(name)
      if (size > maxBytes) throw refused(`a file of at most ${maxBytes} bytes`, where, `${size} bytes`)
      const wanted = wants(name)
      const pieces: Buffer[] = []
      for await (const piece of entry) if (wanted) pieces.push(piece as Buffer)
      yield { name, size, bytes: wanted ? Buffer.concat(pieces) : undefined, done }
    }
  } catch (error) {
    throw isMimicitError(error) ? error : damaged(file, (error as Error).message, error)
  } finally {
    source.destroy()
    entries.destroy()
  }
  if (last.byteLength < BLOCK || last.some((byte) => byte !== 0)) throw damaged(file, 'no end of the archive')
}

function refused(expected: string, where: string, received: string): MimicitError {
  const hint = 'Such a thing has no place in a WebDataset; write the tar again without it.'
  return new MimicitError('MIMICIT_BAD_RECORD', { expected, where, received, hint })
}

function damaged(file: ReadableFile, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a whole tar, plain or gzipped',
    where: file.path,
    received,
    hint: 'The file is cut short or is no tar; download or write it again.',
    cause,
  })
}
