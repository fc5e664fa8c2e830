// A file that is read by range requests. Reads that are asked for in the same turn of the event loop and lie near each
// other become one request: the columns of a row group, or the pictures of neighbouring contexts.
import { MimicitError } from '../../base/errors.js'
import { type ByteRange, coalesce, FAR_JOIN } from '../coalesce.js'
import { describeUrl } from '../location.js'
import type { ReadableFile } from '../readable.js'
import type { RemoteFacts } from './judge.js'
import type { RangeClient } from './range-client.js'

interface Waiting extends ByteRange {
  readonly resolve: (bytes: Uint8Array) => void
  readonly reject: (error: unknown) => void
}

/** Opens a file whose length and version are known. */
export function openRemoteFile(client: RangeClient, url: URL, path: string, facts: RemoteFacts): ReadableFile {
  let waiting: Waiting[] = []

  const flush = () => {
    const ranges = waiting
    waiting = []
    for (const { offset, length, parts } of coalesce(ranges, FAR_JOIN)) {
      const members = parts.map((part) => ranges[part]!)
      client.read(url, offset, length, facts).then(
        (bytes) => {
          const [only] = members
          if (members.length === 1 && only !== undefined) only.resolve(bytes)
          // A copy each: a small range that somebody keeps must not hold the whole of the joined one.
          else
            for (const one of members) one.resolve(bytes.slice(one.offset - offset, one.offset - offset + one.length))
        },
        (error: unknown) => {
          for (const one of members) one.reject(error)
        },
      )
    }
  }
  const read = async (offset: number, length: number) => {
    // The bound comes before the allocation: a lying length must not make us reserve what the file cannot hold.
    if (!(offset >= 0 && length >= 0 && offset + length <= facts.byteLength)) {
      throw new MimicitError('MIMICIT_CORRUPT', {
        expected: `${length} bytes at offset ${offset}`,
        where: describeUrl(url),
        received: `a file of ${facts.byteLength} bytes`,
        hint: 'The file is shorter than its index says; run `mimicit verify`.',
      })
    }
    if (length === 0) return new Uint8Array(0)
    return new Promise<Uint8Array>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push({ offset, length, resolve, reject })
    })
  }

  return {
    path,
    byteLength: facts.byteLength,
    ...(facts.version === null ? {} : { version: facts.version }),
    read,
    readAgain: read,
    readMany: (ranges) => Promise.all(ranges.map(({ offset, length }) => read(offset, length))),
    close: async () => undefined,
  }
}
