// One's own data: a folder of pictures and a JSON Lines file beside it. A line is
// `{id?, instruction, response, images | image | video, language?, split?, subset?, context?}`; `question` and `prompt` stand
// for instruction, `answer` and `output` for response, whatever else there is becomes metadata. Paths start from the folder
// of the file, or from `root`, and are the ids of the pictures. What the export to JSONL writes is read as well: `media_ids`
// (other ids, one for each picture), `positions`, `times` and `metadata`.
import { dirname } from 'node:path'
import { MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { brokenRecord, type RecordPlace } from '../broken-record.js'
import { type FolderPair, isAddress, openEach, openFolderSource, sourceNames } from '../folder-source.js'
import { type GuardedFolder, pathInside } from '../guarded-path.js'
import { unreadLines } from '../json-lines.js'
import { badRecord, neededText, parseOwnRecord, pictureIds, texts } from '../own-record.js'
import type { TellLeftOut } from '../source.js'
import type { SourceForm } from '../source-form.js'

/** `jsonl` */
export const jsonlForm: SourceForm = {
  title: 'JSONL: one pair a line with paths of pictures, in the folder of the file (or --root)',
  takes: ['root'],
  // Documents are JSONL too; their form stands before this one in the list.
  isForm: async (path) => /\.(jsonl|ndjson)$/i.test(path),
  async open({ paths, root, name }, scratch, { isMine } = {}) {
    const names = sourceNames(paths, name)
    return openEach(paths, (path, n) =>
      openFolderSource({
        path,
        name: names[n]!,
        root: root ?? dirname(path),
        scratch,
        isMine,
        relatedTable: 'context',
        read: (file, folder, tell) => jsonlPairs(file, names[n]!, folder, tell),
      }),
    )
  },
}

/** The pairs of a file. A line without an id is called after the file and its number. */
export async function* jsonlPairs(
  file: ReadableFile,
  name: string,
  folder: GuardedFolder,
  tell?: TellLeftOut,
): AsyncGenerator<FolderPair> {
  for await (const { line, read, offset, where } of unreadLines(file, { tell })) {
    const place = { id: `${name}_${line}`, where, done: offset }
    yield await pairOfLine(read, place, folder).catch((error: unknown) => brokenRecord(error, place))
  }
}

/** @param place with the id of a line that has none */
async function pairOfLine(read: () => unknown, place: RecordPlace, folder: GuardedFolder): Promise<FolderPair> {
  const { where, done } = place
  const own = parseOwnRecord(read(), where)
  const id = own.id ?? place.id
  const { images, image, video, media_ids, positions, times, ...others } = own.rest
  if ([images, image, video].filter((field) => field !== undefined && field !== null).length > 1) {
    throw badRecord('one of images, image and video', where, own.rest)
  }
  const visuals: Visuals =
    video === undefined || video === null
      ? { mediaIds: pictureIds(images ?? image, `the pictures of ${where}`), mediaKind: 'images' as const }
      : await framesOf(video, folder, `field video of ${where}`)
  const paths = visuals.mediaIds
  const mediaIds = renamed(paths, media_ids, `field media_ids of ${where}`)
  // Member by member: an object that is spread costs more than to parse the line.
  return {
    id,
    where: `${where}, pair ${JSON.stringify(id)}`,
    done,
    instruction: neededText(own.instruction, `field instruction of ${where}`),
    response: neededText(own.response, `field response of ${where}`),
    mediaIds: mediaIds ?? paths,
    paths: mediaIds && paths,
    mediaKind: visuals.mediaKind,
    clip: visuals.clip,
    mediaPositions: numbers(positions, paths.length, Number.isSafeInteger, `field positions of ${where}`),
    mediaTimes: numbers(times, paths.length, Number.isFinite, `field times of ${where}`),
    related: own.context,
    contexts: own.contexts,
    language: own.language,
    split: own.split,
    subset: own.subset,
    metadata: metadataOf(others),
  }
}

/** Pictures, or frames with the folder that they are. */
type Visuals = Pick<FolderPair, 'mediaIds' | 'mediaKind' | 'clip'>

/** Ids of pictures that are not their paths. */
function renamed(paths: readonly string[], given: unknown, where: string): readonly string[] | undefined {
  if (given === undefined || given === null) return undefined
  const mediaIds = texts(given, where)
  if (mediaIds.length !== paths.length) throw badRecord(`${paths.length} ids, one for each picture`, where, given)
  return mediaIds
}

/** A number for each picture, or nothing. */
function numbers(value: unknown, count: number, isFine: (each: unknown) => boolean, where: string) {
  if (value === undefined || value === null) return null
  if (Array.isArray(value) && value.length === count && value.every(isFine)) return value as readonly number[]
  throw badRecord(`${count} numbers, one for each picture`, where, value)
}

/** A field `metadata` is all of them, unless there are others beside it. */
function metadataOf(others: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const [only, ...more] = Object.entries(others)
  const isAll = only?.[0] === 'metadata' && more.length === 0 && typeof only[1] === 'object' && !Array.isArray(only[1])
  return isAll ? ((only[1] ?? {}) as Readonly<Record<string, unknown>>) : others
}

const MOVIE = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|wmv|flv|ogv|3gp|ts)$/i

/** The frames of a video: a list of them in time order, or a folder of them in the order of their names. */
async function framesOf(video: unknown, folder: GuardedFolder, where: string): Promise<Visuals> {
  if (Array.isArray(video)) return { mediaIds: pictureIds(video, where), mediaKind: 'video' }
  const given = neededText(video, where)
  if (MOVIE.test(given) || isAddress(given)) {
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'a folder of frames',
      where,
      received: show(given),
      hint: 'Take the frames out of the video first (ffmpeg -i clip.mp4 -vf fps=1 clip/%05d.jpg), and name their folder.',
    })
  }
  const clip = pathInside(given, where)
  const frames = await folder.pictures(clip, where)
  // A folder that is not there or is empty is a fault of a picture: what becomes of the pair is for the policy to say.
  return { mediaIds: frames === undefined || frames.length === 0 ? [clip] : frames, mediaKind: 'video', clip }
}
