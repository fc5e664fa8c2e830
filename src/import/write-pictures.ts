// The second pass over the pictures: those that get a row are written, in row order, made smaller where that was asked for.
import { sha256 } from '../base/hash.js'
import { mapInOrder } from '../base/map-in-order.js'
import type { OnProgress } from '../base/progress.js'
import type { DatasetWriter } from '../shards/dataset-writer.js'
import type { Media } from '../tuple/tuple.js'
import type { PictureFacts } from '../vision/picture-header.js'
import { shrinkPicture } from '../vision/shrink.js'
import type { ImportSettings } from './options.js'
import { batchesOf, fetched } from './placed/batch.js'
import type { BatchThreads } from './placed/threads.js'
import { type ImportSource, oneByOne, type SmallPicture } from './source.js'
import { fetchedPicture } from './survey/looked.js'
import type { PictureSurvey, StoredPicture } from './survey/pictures.js'

/** What became of the pictures that were larger than `maxSide`. */
export interface ShrunkSummary {
  readonly pictures: number
  readonly bytesBefore: number
  readonly bytesAfter: number
}

/** Pictures that are encoded at the same time. */
const AT_ONCE = 4

/** Pictures whose facts are read from the disk together. */
const RUN = 256

/** Whether a picture is one that is made smaller. */
export const isLarger = ({ width, height }: PictureFacts, maxSide: number | undefined) =>
  maxSide !== undefined && Math.max(width, height) > maxSide

interface Found {
  /** The file or folder. */
  readonly where: string
  readonly media: Media
  /** Its bytes are small ones already. */
  readonly small?: SmallPicture | undefined
}

/** Pictures that were brought together. */
interface FoundRun {
  readonly pictures: readonly Found[]
  /** To be called by whoever uses none of their bytes any more. */
  readonly done?: () => void
}

/** Writes them. @returns what `maxSide` did, or null without it */
export async function writePictures(
  writer: DatasetWriter,
  sources: readonly ImportSource[],
  survey: PictureSurvey,
  { maxSide, maxPixels }: Pick<ImportSettings, 'maxSide' | 'maxPixels'>,
  threads: BatchThreads,
  onProgress: OnProgress,
): Promise<ShrunkSummary | null> {
  const shrunk = { pictures: 0, bytesBefore: 0, bytesAfter: 0 }
  let written = 0
  const write = async (media: Media) => {
    await writer.addMedia(media)
    onProgress({ stage: 'writing pictures', done: ++written, total: survey.rows, unit: 'pictures' })
  }
  const runs = storedPictures(sources, survey, threads)
  if (maxSide === undefined) {
    for await (const { pictures, done } of runs) {
      for (const { media } of pictures) await write(media)
      done?.()
    }
    return null
  }
  async function* each() {
    for await (const { pictures } of runs) yield* pictures
  }
  const made = mapInOrder(each(), AT_ONCE, async ({ where, media, small: known }): Promise<Media> => {
    if (!isLarger(media, maxSide)) return media
    const at = `${where}, picture ${JSON.stringify(media.ids[0])}`
    const { bytesBefore, ...small } =
      known === undefined
        ? { bytesBefore: media.bytes.byteLength, ...(await shrinkPicture(media.bytes, maxSide, at, maxPixels)) }
        : { ...known, bytes: media.bytes }
    shrunk.pictures++
    shrunk.bytesBefore += bytesBefore
    shrunk.bytesAfter += small.bytes.byteLength
    return { ...media, ...small, sha256: sha256(small.bytes) }
  })
  for await (const media of made) await write(media)
  return shrunk
}

/** The pictures that get a row, with their bytes. */
async function* storedPictures(
  sources: readonly ImportSource[],
  survey: PictureSurvey,
  threads: BatchThreads,
): AsyncGenerator<FoundRun> {
  for (const [number, source] of sources.entries()) {
    const { from, to, placed } = survey.ofSources[number]!
    if (placed) {
      yield* placedPictures(source, survey, from, to, threads)
      continue
    }
    let n = from
    for await (const picture of oneByOne(source.pictures())) {
      const stored = survey.stored(n++)
      if (stored === undefined) continue
      const { bytes, clip = null, frameTime = null, small } = await fetchedPicture(source, picture)
      yield { pictures: [{ where: source.picturesFrom, media: mediaOf(stored, bytes, clip, frameTime), small }] }
    }
  }
}

/** Where the first pass noted the places, nothing is scanned again. */
async function* placedPictures(
  source: ImportSource,
  survey: PictureSurvey,
  from: number,
  to: number,
  threads: BatchThreads,
): AsyncGenerator<FoundRun> {
  function* stored() {
    for (let n = from; n < to; ) {
      const run: StoredPicture[] = []
      for (; n < to && run.length < RUN; n++) {
        const picture = survey.stored(n)
        if (picture !== undefined) run.push(picture)
      }
      yield run
    }
  }
  const batches = mapInOrder(
    batchesOf(stored(), ({ place }) => place),
    threads.atOnce,
    async ({ items, batch }) => ({ items, brought: batch && (await threads.fetch(batch)) }),
  )
  for await (const { items, brought } of batches) {
    const plain = brought && fetched(brought)
    const found: Found[] = []
    for (const [i, picture] of items.entries()) {
      const { ids, place } = picture
      const bytes = plain?.[i] ?? (await source.picture!(ids[0]!, place!)).bytes
      found.push({ where: source.picturesFrom, media: mediaOf(picture, bytes, null, null) })
    }
    yield { pictures: found, ...(brought && { done: () => threads.release(brought) }) }
  }
}

/** A place is none of a data set's business. */
function mediaOf(
  { ids, format, width, height, sha256 }: StoredPicture,
  bytes: Uint8Array,
  clip: string | null,
  frameTime: number | null,
): Media {
  return { ids, bytes, format, width, height, clip, frameTime, sha256 }
}
