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
  /** Of them, pictures that an earlier run of the part had done, which was stopped or killed. */
  readonly resumed: number
}

/** Which pictures are looked at. */
export interface Share {
  /** `3-of-8`; two shares with the same name are the same. */
  readonly name: string
  has(key: string): boolean
}

/** The share of one part, by a hash of the id of the clip or the picture. */
export const shareOfPart = (part: Part): Share => ({ name: partName(part), has: (key) => isInPart(part, key) })

/** The shares of several parts of a job together. */
export const shareOfParts = (parts: readonly Part[], count: number): Share => {
  const numbers = new Set(parts.map(({ index }) => index))
  // What is missing may be another time something else, which a run that goes on must not be taken for.
  const which = fingerprint([...numbers]).slice(0, 8)
  return { name: `rest-${which}-of-${count}`, has: (key) => numbers.has(partOf(key, count)) }
}

/** Opens the sources of an import. */
export type OpenSources = (
  scratch: Awaited<ReturnType<typeof openScratch>>,
  options: Omit<OpenOptions, 'maxSide'>,
) => Promise<readonly ImportSource[]>

/** Pictures that are made smaller at the same time. */
const AT_ONCE = 4

/** Milliseconds of work that a kill loses, or one movie, or one picture. */
const CHECKPOINT_MS = 2000

/** What pictures stay together by: a clip, or the picture itself. */
export const pictureKey = ({ clip, id }: Pick<SourcePicture, 'clip' | 'id'>): string => clip ?? id

/** What has to be the same for what a part found to hold. */
export const partFingerprint = (sources: readonly ImportSource[], { maxSide, maxPixels }: ImportSettings): string =>
  fingerprint([
    ...[version, maxSide ?? null, maxPixels, maxSide === undefined ? null : encoderVersions()],
    sources.map(({ files, provenance = null }) => [files, provenance]),
  ])

/**
 * Does a part; one that was stopped or killed goes on behind what was safe.
 * @param path that what it found gets when it is whole
 * @param checkpointMs how often that is made safe
 * @throws MimicitError as an import, for what cannot be read; a picture that is broken is told by whoever joins the parts
 */
export async function doImportPart(
  openSources: OpenSources,
  settings: ImportSettings,
  share: Share,
  path: string,
  checkpointMs = CHECKPOINT_MS,
): Promise<ImportPartSummary> {
  const { signal, onProgress: tell } = settings
  const scratch = await openScratch(`${resolve(settings.target)}-${share.name}`, 'import')
  const threads = createBatchThreads()
  let sources: readonly ImportSource[] = []
  let writer: PartWriter | undefined
  let isWhole = false
  try {
    const clips = new Map<string, ReadonlySet<string>>()
    const isDone = (file: string, clip: string) => clips.get(file)?.has(clip) === true
    sources = await openSources(scratch, { isMine: share.has, isDone })
    writer = await createPartWriter(path, partFingerprint(sources, settings))
    const { resumed } = writer
    const total = sources.reduce((sum, { pictureBytes }) => sum + pictureBytes, 0)
    const groups = [...resumed.groups]
    const counts = { pictures: resumed.pictures, shrunk: resumed.shrunk }
    let before = 0
    let safeAt = performance.now()
    for (const [number, source] of sources.entries()) {
      const start = before
      before += source.pictureBytes
      if (number < resumed.groups.length) continue
      const onProgress: OnProgress = (progress) => {
        stopIfAborted(signal, 'the import')
        tell?.({ ...progress, done: start + progress.done, total })
      }
      await writer.source(number)
      const skip = number === resumed.groups.length ? resumed.done : 0
      if (skip > 0) clips.set(source.pairsFrom, await writer.clips(number))
      const work = { source, isMine: share.has, skip, settings, writer, threads, onProgress, counts }
      groups.push(
        await partOfSource(work, async (done) => {
          if (performance.now() - safeAt < checkpointMs) return
          await writer!.checkpoint({ groups, done, ...counts })
          safeAt = performance.now()
        }),
      )
    }
    await writer.finish(groups)
    isWhole = true
    return { ...counts, resumed: resumed.pictures }
  } finally {
    if (!isWhole) await writer?.abort()
    await threads.close()
    for (const source of sources) await source.close()
    await scratch.remove()
  }
}

interface SourceWork {
  readonly source: ImportSource
  readonly isMine: (key: string) => boolean
  /** Groups of pictures that are done. */
  readonly skip: number
  readonly settings: ImportSettings
  readonly writer: PartWriter
  readonly threads: BatchThreads
  readonly onProgress: OnProgress
  readonly counts: { pictures: number; shrunk: number }
}

/**
 * Does what a part has of a source.
 * @param onGroup called when every group before the one of this number is recorded
 * @returns how many groups it has, those of other parts included
 */
async function partOfSource(work: SourceWork, onGroup: (number: number) => Promise<void>): Promise<number> {
  const { source, settings, writer, threads, counts } = work
  const { maxSide, maxPixels } = settings
  const mine = mineOf(work)
  const isDecoded = (facts: PictureFacts) => isLarger(facts, maxSide) || facts.width * facts.height > maxPixels
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
  let last: number | undefined
  for await (const { each, bytes, small } of made) {
    const group = mine.groupOf(each.picture)
    if (group !== last) await onGroup(group)
    last = group
    counts.pictures++
    if (small !== undefined) counts.shrunk++
    await writer.add(recordOf(each, group, bytes === undefined, small), bytes)
  }
  return mine.groups()
}

/** The source with the pictures of a share only; others are counted. */
function mineOf({ source, isMine, skip, onProgress }: SourceWork) {
  const tell = (done: number) =>
    onProgress({ stage: 'reading pictures', done, total: source.pictureBytes, unit: 'bytes' })
  const groupOf = new WeakMap<SourcePicture, number>()
  let [groups, last] = [0, undefined as string | undefined]
  async function* pictures(): AsyncGenerator<readonly SourcePicture[]> {
    for await (const run of inRuns(source.pictures())) {
      const mine: SourcePicture[] = []
      for (const picture of run) {
        const key = pictureKey(picture)
        if (key !== last) groups++
        last = key
        if (groups <= skip || !isMine(key)) continue
        groupOf.set(picture, groups - 1)
        mine.push(picture)
      }
      tell(run.at(-1)?.done ?? 0)
      if (mine.length > 0) yield mine
    }
    // What follows the last picture of a file has been gone through too.
    if (source.pictureBytes > 0) tell(source.pictureBytes)
  }
  return {
    source: Object.create(source, { pictures: { value: pictures } }) as ImportSource,
    groupOf: (picture: SourcePicture) => groupOf.get(picture)!,
    groups: () => groups,
  }
}

function recordOf(
  { picture, found, fault, remarks }: Looked,
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
    ...(remarks !== undefined && { remarks }),
    ...(code !== undefined && parts !== undefined && { fault: { code, parts: { ...parts, cause: undefined } } }),
    ...(isLeft && found !== undefined && isPlace(bytes) && { place: bytes }),
  }
}
