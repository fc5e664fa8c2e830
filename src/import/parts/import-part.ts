// One part of an import: the pictures of its share are read, looked at and, where that was asked for, made smaller; of movies
// its share is cut into frames. That is what takes the time. Everything that is about the whole - which id means what, which
// pictures are the same, which pairs name each other, what is left out - is decided by the import that joins the parts, by
// the rules that hold without parts, so the data set is the same.
import { resolve } from 'node:path'
import { stopIfAborted } from '../../base/abort.js'
import { fingerprint } from '../../base/hash.js'
import { mapInOrder } from '../../base/map-in-order.js'
import type { OnProgress } from '../../base/progress.js'
import { version } from '../../base/version.js'
import { openScratch } from '../../io/spill.js'
import type { PictureFacts } from '../../vision/picture-header.js'
import { encoderVersions, type ShrunkPicture, shrinkPicture } from '../../vision/shrink.js'
import { isInPart, type Part, partName, partOf } from '../../work/part.js'
import type { ImportSettings } from '../options.js'
import { type BatchThreads, createBatchThreads } from '../placed/threads.js'
import { type ImportSource, inRuns, type SourcePicture } from '../source.js'
import type { OpenOptions } from '../source-form.js'
import { fetchedPicture, isPlace, type Looked, lookedAtPictures } from '../survey/looked.js'
import { isLarger } from '../write-pictures.js'
import { createPartWriter, type PartWriter } from './part-writer.js'
import type { PictureRecord } from './picture-record.js'

/** What was done of a part. */
export interface ImportPartSummary {
  /** Pictures that it looked at, and those that it made smaller. */
  readonly pictures: number
  readonly shrunk: number
}

/** Which pictures are looked at. */
export interface Share {
  /** `3-of-8` */
  readonly name: string
  has(key: string): boolean
}

/** The share of one part, by a hash of the id of the clip or the picture. */
export const shareOfPart = (part: Part): Share => ({ name: partName(part), has: (key) => isInPart(part, key) })

/** The shares of several parts of a job together. */
export const shareOfParts = (parts: readonly Part[], count: number): Share => {
  const numbers = new Set(parts.map(({ index }) => index))
  return { name: `rest-of-${count}`, has: (key) => numbers.has(partOf(key, count)) }
}

/** Opens the sources of an import. */
export type OpenSources = (
  scratch: Awaited<ReturnType<typeof openScratch>>,
  options: Omit<OpenOptions, 'maxSide'>,
) => Promise<readonly ImportSource[]>

/** Pictures that are made smaller at the same time. */
const AT_ONCE = 4

/** What pictures stay together by: a clip, or the picture itself. */
export const pictureKey = ({ clip, id }: Pick<SourcePicture, 'clip' | 'id'>): string => clip ?? id

/** What has to be the same for what a part found to hold. */
export const partFingerprint = (sources: readonly ImportSource[], { maxSide, maxPixels }: ImportSettings): string =>
  fingerprint([
    ...[version, maxSide ?? null, maxPixels, maxSide === undefined ? null : encoderVersions()],
    sources.map(({ files, provenance = null }) => [files, provenance]),
  ])

/**
 * Does a part.
 * @param path that what it found gets when it is whole
 * @throws MimicitError as an import, for what cannot be read; a picture that is broken is told by whoever joins the parts
 */
export async function doImportPart(
  openSources: OpenSources,
  settings: ImportSettings,
  share: Share,
  path: string,
): Promise<ImportPartSummary> {
  const { signal, onProgress: tell } = settings
  const scratch = await openScratch(`${resolve(settings.target)}-${share.name}`, 'import')
  const threads = createBatchThreads()
  const writer = await createPartWriter(path)
  let sources: readonly ImportSource[] = []
  let isWhole = false
  try {
    sources = await openSources(scratch, { isMine: share.has })
    const print = partFingerprint(sources, settings)
    const total = sources.reduce((sum, { pictureBytes }) => sum + pictureBytes, 0)
    const groups: number[] = []
    let [pictures, shrunk, before] = [0, 0, 0]
    for (const source of sources) {
      const start = before
      const onProgress: OnProgress = (progress) => {
        stopIfAborted(signal, 'the import')
        tell?.({ ...progress, done: start + progress.done, total })
      }
      await writer.source()
      const done = await partOfSource(source, share.has, settings, writer, threads, onProgress)
      groups.push(done.groups)
      pictures += done.pictures
      shrunk += done.shrunk
      before += source.pictureBytes
    }
    await writer.finish({ fingerprint: print, groups })
    isWhole = true
    return { pictures, shrunk }
  } finally {
    if (!isWhole) await writer.abort()
    await threads.close()
    for (const source of sources) await source.close()
    await scratch.remove()
  }
}

async function partOfSource(
  source: ImportSource,
  isMine: (key: string) => boolean,
  { maxSide, maxPixels }: ImportSettings,
  writer: PartWriter,
  threads: BatchThreads,
  onProgress: OnProgress,
) {
  const mine = mineOf(source, isMine, onProgress)
  const isDecoded = (facts: PictureFacts) => isLarger(facts, maxSide) || facts.width * facts.height > maxPixels
  let [pictures, shrunk] = [0, 0]
  async function* looked() {
    for await (const run of lookedAtPictures(mine.source, threads, isDecoded, maxPixels)) yield* run
  }
  const made = mapInOrder(looked(), AT_ONCE, async (each) => {
    const { picture, found } = each
    // A place costs nothing to keep, and the join reads it as it would without parts.
    if (found === undefined || (isPlace(picture.bytes) && !isLarger(found, maxSide))) return { each, bytes: undefined }
    const { bytes } = await fetchedPicture(source, picture)
    if (maxSide === undefined || !isLarger(found, maxSide)) return { each, bytes }
    const small = await shrinkPicture(bytes, maxSide, picture.where, maxPixels)
    return { each, bytes: small.bytes, small: { ...small, bytesBefore: bytes.byteLength } }
  })
  for await (const { each, bytes, small } of made) {
    pictures++
    if (small !== undefined) shrunk++
    await writer.add(recordOf(each, mine.groupOf(each.picture), bytes === undefined, small), bytes)
  }
  return { groups: mine.groups(), pictures, shrunk }
}

/** The source with the pictures of a share only; others are counted. */
function mineOf(source: ImportSource, isMine: (key: string) => boolean, onProgress: OnProgress) {
  const groupOf = new WeakMap<SourcePicture, number>()
  let [groups, last] = [0, undefined as string | undefined]
  async function* pictures(): AsyncGenerator<readonly SourcePicture[]> {
    for await (const run of inRuns(source.pictures())) {
      const mine: SourcePicture[] = []
      for (const picture of run) {
        const key = pictureKey(picture)
        if (key !== last) groups++
        last = key
        if (!isMine(key)) continue
        groupOf.set(picture, groups - 1)
        mine.push(picture)
      }
      const { done = 0 } = run.at(-1) ?? {}
      onProgress({ stage: 'reading pictures', done, total: source.pictureBytes, unit: 'bytes' })
      if (mine.length > 0) yield mine
    }
  }
  return {
    source: Object.create(source, { pictures: { value: pictures } }) as ImportSource,
    groupOf: (picture: SourcePicture) => groupOf.get(picture)!,
    groups: () => groups,
  }
}

function recordOf(
  { picture, found, fault }: Looked,
  n: number,
  isLeft: boolean,
  made: (ShrunkPicture & { readonly bytesBefore: number }) | undefined,
): PictureRecord {
  const { id, where, done, clip, frameTime, bytes } = picture
  const { code, parts } = fault ?? {}
  return {
    ...{ n, id, where, done },
    ...(clip !== undefined && { clip }),
    ...(frameTime !== undefined && { time: frameTime }),
    ...(found !== undefined && {
      found: [found.format, found.width, found.height, Buffer.from(found.sha256).toString('hex')] as const,
    }),
    ...(made !== undefined && {
      small: { format: made.format, width: made.width, height: made.height, bytesBefore: made.bytesBefore },
    }),
    ...(code !== undefined && parts !== undefined && { fault: { code, parts: { ...parts, cause: undefined } } }),
    ...(isLeft && found !== undefined && isPlace(bytes) && { place: bytes }),
  }
}
