// A file of annotations as it is published: plain, or gzipped. What is gzipped is unpacked into a file without a name, since
// its readers go back and forth.
import { tmpdir } from 'node:os'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isMimicitError, MimicitError } from '../../base/errors.js'
import { openFile } from '../../io/directory.js'
import { namelessSpill } from '../../io/spill.js'
import type { ReadableFile } from '../../io/store.js'

/** No set is as large; a gzip of a few megabytes can claim a hundred gigabytes. */
const MOST_BYTES = 8 * 2 ** 30
const CHUNK = 1 << 20

/**
 * Opens such a file.
 * @param directory for what is unpacked
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO, MIMICIT_CORRUPT if it does not unpack or has no end
 */
export async function openUnzipped(
  path: string,
  directory: string = tmpdir(),
  mostBytes = MOST_BYTES,
): Promise<ReadableFile> {
  const file = await openFile(path)
  const start = await file.read(0, Math.min(2, file.byteLength))
  if (start[0] !== 0x1f || start[1] !== 0x8b) return file
  const spill = namelessSpill(directory)
  try {
    // What goes wrong on the way arrives at the end of it.
    const plain = pipeline(Readable.from(chunksOf(file)), createGunzip(), () => undefined)
    for await (const piece of plain as AsyncIterable<Uint8Array>) {
      spill.add(piece)
      if (spill.byteLength > mostBytes) throw damaged(path, `more than ${mostBytes} bytes when unpacked`)
    }
  } catch (error) {
    spill.close()
    throw isMimicitError(error) ? error : damaged(path, (error as Error).message, error)
  } finally {
    await file.close()
  }
  return {
    path,
    byteLength: spill.byteLength,
    read: async (offset, length) => Buffer.from(spill.read(offset, length)),
    close: async () => spill.close(),
  }
}

async function* chunksOf(file: ReadableFile) {
  for (let at = 0; at < file.byteLength; at += CHUNK) yield await file.read(at, Math.min(CHUNK, file.byteLength - at))
}

function damaged(where: string, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: 'a whole gzipped file',
    where,
    received,
    hint: 'Download it again.',
    cause,
  })
}
