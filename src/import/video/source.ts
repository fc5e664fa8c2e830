// Movies and pairs about them as a source: a line of JSON for each pair, with the fields of JSONL and `video`, the path of a
// movie. Each movie is decoded once; its frames lie on the disk until the second pass has written them.
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { isMimicitError, MimicitError, show } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { namelessSpill, type Scratch } from '../../io/spill.js'
import { encodeFrame } from '../../vision/encode-frame.js'
import { encoderVersions } from '../../vision/shrink.js'
import { type RecordPlace, recordOr } from '../broken-record.js'
import { unreadLines } from '../json-lines.js'
import { neededText, parseOwnRecord, texts } from '../own-record.js'
import type { ImportSource, SourceFile, TellLeftOut } from '../source.js'
import { openSourceFiles, sourceFile } from '../source-files.js'
import type { KnownFrame, OpenOptions } from '../source-form.js'
import { badVideo, type Ffmpeg } from './ffmpeg.js'
import { type FrameRate, pickFrames } from './pick-frames.js'

/** How frames are taken. */
export interface VideoOptions extends Pick<OpenOptions, 'isMine' | 'isDone' | 'framesOf'> {
  readonly rate: FrameRate
  /** Pixels of the longer side of a frame at most. */
  readonly maxSide: number
  /** Where the names of movies start. @default beside the file that names them */
  readonly root?: string | undefined
}

/** A frame on the disk. */
interface Frame extends KnownFrame {
  readonly at: number
  readonly length: number
}

interface Movie {
  readonly clip: string
  readonly path: string
  readonly bytes: number
  readonly fault?: MimicitError
}

type Taken = readonly Frame[] | MimicitError

/** Opens such a file; a line that cannot be read is a pair with a fault. @throws MimicitError MIMICIT_NOT_FOUND */
export async function openVideos(
  name: string,
  path: string,
  { rate, maxSide, root, isMine, isDone, framesOf: takenBefore }: VideoOptions,
  ffmpeg: Ffmpeg,
  scratch: Scratch,
): Promise<ImportSource> {
  const opened = await openSourceFiles({ pairs: [path] })
  const file = opened.groups.pairs[0]!
  const folder = resolve(root ?? dirname(path))
  try {
    const movies = new Map<string, Movie>()
    const clips = new Set<string>()
    const listed: SourceFile[] = [...opened.files]
    for await (const record of records()) {
      if (record.fault !== undefined || movies.has(record.video)) continue
      const { video } = record
      const movie = await findMovie(video, folder, clips)
      movies.set(video, movie)
      if (movie.fault === undefined) listed.push(await sourceFile(movie.path))
    }
    const spill = namelessSpill(scratch.path)
    const taken = new Map<Movie, Promise<Taken>>()
    const framesOf = (movie: Movie): Promise<Taken> => {
      const found = taken.get(movie) ?? takeFrames(movie)
      taken.set(movie, found)
      return found
    }
    const takeFrames = async (movie: Movie): Promise<Taken> => {
      if (movie.fault !== undefined) return movie.fault
      try {
        const { stamps, unit } = await ffmpeg.timeStamps(movie.path)
        const chosen = pickFrames(
          stamps.map((stamp) => stamp * unit),
          rate,
        ).map((index) => stamps[index]!)
        if (chosen.length === 0) return badVideo(movie.path, 'a video without frames')
        const frames: Frame[] = []
        for await (const raw of ffmpeg.frames(movie.path, chosen)) {
          const bytes = await encodeFrame(raw, maxSide)
          const id = `${movie.clip}_${String(frames.length).padStart(4, '0')}`
          const time = ((chosen[frames.length] ?? 0) - stamps[0]!) * unit
          frames.push({ id, time, at: spill.add(bytes), length: bytes.byteLength })
        }
        // A frame that does not decode would give the time of one to another.
        if (frames.length === chosen.length) return frames
        return badVideo(movie.path, `${frames.length} of ${chosen.length} frames, the others do not decode`)
      } catch (error) {
        if (isMimicitError(error, 'MIMICIT_BAD_PICTURE')) return error
        throw error
      }
    }

    async function* records(tell?: TellLeftOut) {
      for await (const { line, read, offset, where } of unreadLines(file, { tell })) {
        const place = { id: `${name}_${line}`, where, done: offset }
        yield recordOr(
          () => ({ ...movieRecord(read(), place), fault: undefined }),
          () => place,
        )
      }
    }

    return {
      name,
      files: listed,
      picturesFrom: `videos of ${file.path}`,
      pairsFrom: file.path,
      pictureBytes: [...movies.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      pairBytes: file.byteLength,
      provenance: { ffmpeg: ffmpeg.version, ...rate, longerSide: maxSide, encoder: encoderVersions() },
      async *pictures() {
        let done = 0
        for (const movie of movies.values()) {
          const { clip, path: where } = movie
          if (isMine?.(clip) === false || isDone?.(file.path, clip)) {
            done += movie.bytes
            yield { id: `${clip}_0000`, bytes: new Uint8Array(0), where, done, clip }
            continue
          }
          const frames = await framesOf(movie)
          done += movie.bytes
          if (frames instanceof MimicitError) {
            yield { id: `${clip}_0000`, bytes: new Uint8Array(0), fault: frames, where, done, clip }
            continue
          }
          for (const { id, time, at, length } of frames) {
            yield { id, bytes: new Uint8Array(spill.read(at, length)), where, done, clip, frameTime: time }
          }
        }
      },
      async *pairs(tell) {
        for await (const record of records(tell)) {
          if (record.fault !== undefined) {
            yield record
            continue
          }
          const { video, context, contexts, related, ...known } = record
          const movie = movies.get(video)!
          const frames = takenBefore?.(file.path, movie.clip) ?? (await framesOf(movie))
          const faulty = frames instanceof MimicitError
          yield {
            ...known,
            mediaIds: faulty ? [`${movie.clip}_0000`] : frames.map((frame) => frame.id),
            mediaTimes: faulty ? null : frames.map(({ time }) => time),
            mediaKind: 'video',
            related,
            contexts: context.length === 0 ? contexts : { ...contexts, context },
          }
        }
      },
      async close() {
        spill.close()
        await opened.close()
      },
    }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** A line that names a movie. @param place with the id of a line that has none @throws MimicitError MIMICIT_BAD_RECORD */
function movieRecord(value: unknown, place: RecordPlace) {
  const { where } = place
  const { id = place.id, instruction, response, rest, ...known } = parseOwnRecord(value, where)
  const { video, rel_ins_ids, ...metadata } = rest
  if (video === undefined && (rest.images ?? rest.image) !== undefined) throw hasPictures(where)
  return {
    ...place,
    ...known,
    id,
    video: neededText(video, `field video of ${where}`),
    instruction: neededText(instruction, `field instruction of ${where}`),
    response: neededText(response, `field response of ${where}`),
    related: texts(rel_ins_ids, `field rel_ins_ids of ${where}`),
    metadata,
  }
}

function hasPictures(where: string): MimicitError {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a movie in the field video',
    where,
    received: 'pictures',
    hint: 'Put lines about pictures into a file of their own; one import takes both files.',
  })
}

async function findMovie(video: string, folder: string, clips: Set<string>): Promise<Movie> {
  const path = resolve(folder, video)
  const stem = video.replace(/\.[^./\\]*$/, '')
  const clip = clips.has(stem) ? video : stem
  clips.add(clip)
  const fault = (error: MimicitError): Movie => ({ clip, path, bytes: 0, fault: error })
  try {
    const [real, base] = [await realpath(path), await realpath(folder)]
    const inside = relative(base, real)
    if (isAbsolute(video) || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      return fault(badVideo(path, `${show(video)}, which leads out of ${folder}`))
    }
    return { clip, path, bytes: (await sourceFile(path)).bytes }
  } catch (error) {
    return fault(asIoError(error, path))
  }
}
