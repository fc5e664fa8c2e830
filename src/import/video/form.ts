// Videos as a form: a file of JSON lines that names them.
import { MimicitError } from '../../base/errors.js'
import { openEach, sourceNames } from '../folder-source.js'
import { firstRecord, readStart } from '../read-start.js'
import type { SourceForm } from '../source-form.js'
import { findFfmpeg } from './ffmpeg.js'
import { openVideos } from './source.js'

const ENDING = '\\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|ts|flv|ogv|wmv|3gp|gif)'
const MOVIE = new RegExp(`${ENDING}$`, 'i')
/** A line that names a movie; a folder or a list of frames is of the form jsonl. */
const LINE = new RegExp(`^\\s*\\{[^\\n]*"video"\\s*:\\s*"[^"\\n]*${ENDING}"`, 'i')
/** As the vision encoder's picture, with room for a crop. */
const LONGER_SIDE = 336

/** `video` */
export const videoForm: SourceForm = {
  title: 'videos: JSON lines {id, video, instruction, response}; frames by ffmpeg with --fps or --frames',
  takes: ['root', 'fps', 'frames'],
  isForm: async (path) => MOVIE.test(path) || namesMovie(await readStart(path)),
  async open({ paths, name, root, fps, frames }, scratch, { maxSide = LONGER_SIDE, isMine, isDone, framesOf } = {}) {
    const movie = paths.find((path) => MOVIE.test(path))
    if (movie !== undefined) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'files of JSON lines, each with id, video, instruction and response',
        where: 'the form video',
        received: `the movie ${movie}`,
        hint: 'A movie has no pairs: write lines such as {"id": "X_INS_1", "video": "a.mp4", "instruction": "...", "response": "..."}.',
      })
    }
    if (fps !== undefined && frames !== undefined) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'either fps or frames',
        where: 'the form video',
        received: 'both',
        hint: 'Leave one of them out.',
      })
    }
    const rate = frames === undefined ? { fps: fps ?? 1 } : { frames }
    const ffmpeg = await findFfmpeg()
    const names = sourceNames(paths, name)
    return openEach(paths, (path, n) =>
      openVideos(names[n]!, path, { rate, maxSide, root, isMine, isDone, framesOf }, ffmpeg, scratch),
    )
  },
}

function namesMovie(start: string): boolean {
  const record = firstRecord(start)
  if (record === undefined) return LINE.test(start)
  return typeof record.video === 'string' && MOVIE.test(record.video)
}
