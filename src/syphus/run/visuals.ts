// The pictures of an annotation in a folder: files that bear its ids, or folders of frames that do.
import { readdir } from 'node:fs/promises'
import { MimicitError } from '../../base/errors.js'
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { byName, openGuardedFolder, pathInside } from '../../import/guarded-path.js'
import { asIoError } from '../../io/directory.js'
import { withoutPictureEnding } from '../../vision/picture-names.js'
import { pictureIdOf } from '../relation.js'
import type { Task } from '../task.js'

/** Pictures of an annotation, in its order: ids in the data set, and paths in the folder. */
export interface Visuals {
  readonly mediaIds: readonly string[]
  readonly paths: readonly string[]
  /** The clip whose frames they are. */
  readonly clip?: string
}

/** A folder of pictures. */
export interface VisualFolder {
  /** Reads a picture that was found. @throws MimicitError as `GuardedFolder.read` */
  read(path: string): Promise<Uint8Array>
  /** What an annotation is about, or the names that are not there. */
  find(
    annotation: Pick<VisualAnnotation, 'mediaIds' | 'mediaKind' | 'span'>,
  ): Promise<Visuals | { readonly missing: readonly string[] }>
}

/**
 * Opens a folder; the names in it are read once.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO
 */
export async function openVisuals(path: string, task: Task): Promise<VisualFolder> {
  const folder = await openGuardedFolder(path)
  const files = new Map<string, string>()
  const folders = new Set<string>()
  const entries = await readdir(path, { withFileTypes: true }).catch((error) => {
    throw asIoError(error, path)
  })
  for (const entry of entries.sort((a, b) => byName(a.name, b.name))) {
    const stem = withoutPictureEnding(entry.name)
    if (stem !== entry.name && stem !== '' && !entry.isDirectory()) files.set(stem, entry.name)
    else folders.add(entry.name)
  }
  const framesOf = async (name: string) => {
    if (!folders.has(name.split('/')[0]!)) return undefined
    const where = `the frames of ${JSON.stringify(name)}`
    const frames = await folder.pictures(pathInside(name, where), where)
    return frames === undefined || frames.length === 0 ? undefined : frames
  }
  /** What lies there for one id. */
  const look = async (id: string): Promise<Visuals | undefined> => {
    for (const name of [id, ...(task.pictureFiles?.(id) ?? [])]) {
      const file = files.get(name)
      if (file !== undefined) return { mediaIds: [pictureIdOf(task, id)], paths: [file] }
      const frames = await framesOf(name)
      if (frames !== undefined)
        return { mediaIds: frames.map((frame) => pictureIdOf(task, frameId(id, frame))), paths: frames, clip: id }
    }
    return undefined
  }
  return {
    read: async (path) => (await folder.read(path, path)).bytes,
    async find({ mediaIds, mediaKind, span }) {
      const found = await Promise.all(mediaIds.map(look))
      const missing = mediaIds.filter((_, n) => found[n] === undefined || partOf(found[n], span).paths.length === 0)
      if (missing.length > 0) return { missing }
      const all = found.map((each) => partOf(each!, span))
      const clip = mediaKind === 'video' && all.length === 1 ? all[0]!.clip : undefined
      return {
        mediaIds: all.flatMap((each) => each.mediaIds),
        paths: all.flatMap((each) => each.paths),
        ...(clip !== undefined && { clip }),
      }
    },
  }
}

/** Of a part of a video the frames of that part: they are cut at one a second. */
function partOf(visuals: Visuals, span: VisualAnnotation['span']): Visuals {
  if (span === undefined || visuals.clip === undefined) return visuals
  const [from, to] = [Math.floor(span[0]), Math.ceil(span[1])]
  const { clip, mediaIds, paths } = visuals
  return { clip, mediaIds: mediaIds.slice(from, to), paths: paths.slice(from, to) }
}

/** `v_abc_0001` of the file `v_abc/0001.jpg` as well as of `v_abc/v_abc_0001.jpg`. */
function frameId(id: string, path: string): string {
  const stem = path.slice(path.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '')
  return stem.startsWith(`${id}_`) ? stem : `${id}_${stem}`
}

/** The error for pictures that are not there. */
export function missingPictures(annotation: VisualAnnotation, missing: readonly string[], where: string): MimicitError {
  return new MimicitError('MIMICIT_NOT_FOUND', {
    expected: `a picture, or a folder of frames, for each of ${annotation.mediaIds.length} visuals`,
    where: `annotation ${JSON.stringify(annotation.id)} in ${where}`,
    received: `none for ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ' and others' : ''}`,
    hint: 'Name the folder with --images; a movie has to be cut into frames first (ffmpeg -i clip.mp4 -vf fps=1 clip/%05d.jpg).',
  })
}
