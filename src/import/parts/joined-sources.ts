// The sources of an import whose pictures were looked at in parts: the same pictures in the same order, with what is known of
// them, from the files of the parts; everything else is read from the sources themselves.
import { type FileHandle, open } from 'node:fs/promises'
import { MimicitError } from '../../base/errors.js'
import { fingerprint } from '../../base/hash.js'
import { asIoError, openFile } from '../../io/directory.js'
import { jsonLines } from '../json-lines.js'
import type { ImportSource, SourcePicture } from '../source.js'
import type { KnownFrame } from '../source-form.js'
import { bytesPath, linesPath } from './part-paths.js'
import type { PartHead } from './part-writer.js'
import { type PictureRecord, recordedPicture } from './picture-record.js'

/** A part that is done. */
export interface DonePart extends PartHead {
  readonly path: string
}

/** Frames of clips by the file that names them and the name of the clip. */
export interface ClipFrames {
  of(file: string, clip: string): readonly KnownFrame[] | MimicitError | undefined
  add(file: string, picture: SourcePicture): void
}

/** Starts empty; filled when the pictures are read. */
export function createClipFrames(): ClipFrames {
  const files = new Map<string, Map<string, KnownFrame[] | MimicitError>>()
  return {
    of: (file, clip) => files.get(file)?.get(clip),
    add(file, { id, clip, frameTime, fault }) {
      if (clip == null) return
      const clips = files.get(file) ?? new Map<string, KnownFrame[] | MimicitError>()
      files.set(file, clips)
      const frames = clips.get(clip)
      if (fault !== undefined) clips.set(clip, fault)
      else if (frameTime != null && Array.isArray(frames)) frames.push({ id, time: frameTime })
      else if (frameTime != null) clips.set(clip, [{ id, time: frameTime }])
    },
  }
}

const CHUNK = 1 << 16

/** @param parts all of them, done with these very sources */
export function joinedSources(
  sources: readonly ImportSource[],
  parts: readonly DonePart[],
  clips: ClipFrames,
): readonly ImportSource[] {
  const beyondFiles = fingerprint(parts.map(({ digests }) => digests))
  return sources.map((source, number) => {
    let isFirst = true
    async function* pictures(): AsyncGenerator<SourcePicture> {
      const first = isFirst
      isFirst = false
      for await (const picture of joined(parts, number)) {
        if (first) clips.add(source.pairsFrom, picture)
        yield picture
      }
    }
    return Object.create(source, {
      pictures: { value: pictures },
      beyondFiles: { value: beyondFiles },
    }) as ImportSource
  })
}

/** The pictures of a source from all parts, in the order of their groups. */
async function* joined(parts: readonly DonePart[], source: number): AsyncGenerator<SourcePicture> {
  const readers: PartReader[] = []
  try {
    for (const { path } of parts) readers.push(await openPart(path, source))
    /** The reader that is at a group; each group is in one part. */
    const at = new Map<number, PartReader>()
    const enlist = (reader: PartReader) => {
      if (reader.next !== undefined) at.set(reader.next.n, reader)
    }
    readers.forEach(enlist)
    const groups = parts[0]?.groups[source] ?? 0
    for (let n = 0; n < groups; n++) {
      const reader = at.get(n)
      if (reader === undefined) throw lost(parts, source, n)
      at.delete(n)
      while (reader.next?.n === n) {
        yield recordedPicture(reader.next, await reader.bytes(reader.next))
        await reader.step()
      }
      enlist(reader)
    }
  } finally {
    for (const reader of readers) await reader.close()
  }
}

interface PartReader {
  readonly next: PictureRecord | undefined
  bytes(record: PictureRecord): Promise<Uint8Array>
  step(): Promise<void>
  close(): Promise<void>
}

async function openPart(path: string, source: number): Promise<PartReader> {
  const lines = await openFile(linesPath(path, source))
  const records = jsonLines(lines, { chunkBytes: CHUNK })
  let next: PictureRecord | undefined
  let handle: FileHandle
  // It was written by us and appeared whole.
  const step = async () => {
    const { value } = (await records.next()) as { value?: { value: unknown } }
    next = value?.value as PictureRecord | undefined
  }
  try {
    handle = await open(bytesPath(path), 'r')
  } catch (error) {
    await lines.close()
    throw asIoError(error, path)
  }
  await step()
  return {
    get next() {
      return next
    },
    step,
    async bytes({ at, length = 0 }) {
      const bytes = Buffer.allocUnsafeSlow(length)
      if (at === undefined) return bytes
      const { bytesRead } = await handle.read(bytes, 0, length, at)
      if (bytesRead === length) return bytes
      throw new MimicitError('MIMICIT_CORRUPT', {
        expected: `${length} bytes of a picture from byte ${at} on`,
        where: bytesPath(path),
        received: `${bytesRead}`,
        hint: 'Remove that part; what joins the parts does it anew.',
      })
    },
    async close() {
      await records.return(undefined)
      await handle.close()
      await lines.close()
    },
  }
}

function lost(parts: readonly DonePart[], source: number, n: number): MimicitError {
  return new MimicitError('MIMICIT_CORRUPT', {
    expected: `every picture in one of ${parts.length} parts`,
    where: parts[0]?.path ?? 'the parts',
    received: `none with group ${n} of source ${source}`,
    hint: 'Remove the directory of the parts and begin anew.',
  })
}
