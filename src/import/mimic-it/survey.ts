// The first pass of an import: what is there, what is usable, which row everything gets. Nothing is written before the
// whole source is known to be sound (or its faults are known to be left out), so a failed import leaves nothing behind.
import { createHash } from 'node:crypto'
import { type ErrorCode, isMimicitError } from '../../base/errors.js'
import type { IssueLog } from '../../base/issues.js'
import { mapInOrder } from '../../base/map-in-order.js'
import type { OnProgress } from '../../base/progress.js'
import type { ReadableFile } from '../../io/store.js'
import { parseId } from '../../tuple/ids.js'
import { subsetPreset } from '../../tuple/subsets.js'
import { type PictureFacts, probePicture } from '../../vision/probe.js'
import { jsonEntries, parseEntry } from '../json-stream.js'
import { imageEntries } from './images.js'
import { type KnownRows, NO_ROWS } from './known-rows.js'
import { type InstructionRecord, ids, isWhole, parseInstructionRecord } from './record.js'

/** What to do with faults of the source. */
export interface FaultPolicies {
  /** Ids that point nowhere: stop, or leave out the reference (contexts, frames) or the pair (its picture). */
  readonly dangling: 'error' | 'drop'
  /** Pictures that are empty or no pictures: stop, or treat their ids as pointing nowhere. */
  readonly broken: 'error' | 'drop'
  /** Ids that occur twice with different content: stop, or let the last one win, as Python's JSON reader does. */
  readonly duplicates: 'error' | 'last'
}

/** A picture that will get a row. */
export interface SurveyedMedia extends PictureFacts {
  readonly ids: string[]
  readonly sha256: Uint8Array
}

/** The pictures of the source. */
export interface MediaSurvey {
  /** Those that get a row, in row order. */
  readonly media: readonly SurveyedMedia[]
  readonly rowOf: ReadonlyMap<string, number>
  /** Whether this occurrence of an id (file and offset) is the one whose bytes are stored for a row. */
  isCanonical(file: number, offset: number): boolean
}

/** Reads every picture once: hash, header, row. */
export async function surveyImages(
  files: readonly ReadableFile[],
  policies: FaultPolicies,
  log: IssueLog,
  onProgress?: OnProgress,
  present: KnownRows = NO_ROWS,
): Promise<MediaSurvey> {
  interface Seen extends PictureFacts {
    readonly sha256: Uint8Array
    readonly place: string
  }
  const seen = new Map<string, Seen>()
  // Pictures whose fault stops the import: their ids are known, so that nobody reports the pairs that name them as well.
  const faulty = new Set<string>()
  const total = files.reduce((sum, file) => sum + file.byteLength, 0)
  let before = 0
  for (const [number, file] of files.entries()) {
    const probed = mapInOrder(imageEntries(file), 4, async ({ id, bytes, offset, fault }) => {
      const where = `${file.path}, picture ${JSON.stringify(id)}`
      try {
        if (fault !== undefined) throw fault
        const facts = await probePicture(bytes, where)
        return { id, offset, facts, sha256: createHash('sha256').update(bytes).digest() as Uint8Array }
      } catch (error) {
        if (!isMimicitError(error)) throw error
        report(log, error.code, policies.broken, where, id, error.parts.received)
        return { id, offset, facts: undefined, sha256: undefined }
      }
    })
    for await (const { id, offset, facts, sha256 } of probed) {
      onProgress?.({ stage: 'reading pictures', done: before + offset, total, unit: 'bytes' })
      if (facts === undefined) {
        if (policies.broken === 'error') faulty.add(id)
        continue
      }
      const twin = seen.get(id)
      if (twin !== undefined) {
        if (Buffer.compare(twin.sha256, sha256) === 0) continue
        const where = `${file.path}, byte ${offset}`
        report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, id, `picture ${id} occurs twice, not the same`)
        seen.delete(id)
      }
      seen.set(id, { ...facts, sha256, place: `${number}:${offset}` })
    }
    before += file.byteLength
  }
  const media: SurveyedMedia[] = []
  const rowOf = new Map(present.mediaIds)
  const rowOfContent = new Map<string, number>()
  const canonical = new Set<string>()
  for (const [id, { format, width, height, sha256, place }] of seen) {
    const content = Buffer.from(sha256).toString('latin1')
    const held = present.contents.get(content) ?? []
    const heldRow = present.mediaIds.get(id)
    if (heldRow !== undefined) {
      if (held.includes(heldRow)) continue
      const where = files[Number.parseInt(place, 10)]?.path ?? ''
      report(log, 'MIMICIT_DUPLICATE_ID', 'error', where, id, `the data set has another picture ${id}`)
      continue
    }
    const known = rowOfContent.get(content)
    if (known === undefined && held.length > 0) {
      // A row that is written cannot get another id, and the pair that is to come names this one.
      const message = `media row ${held[0]} holds the same picture under another id; it is stored again`
      log.add({ code: 'MIMICIT_DUPLICATE_MEDIA', level: 'warning', where: `media row ${held[0]}`, id, message })
    }
    const row = known ?? present.media + media.length
    if (known === undefined) {
      media.push({ ids: [id], format, width, height, sha256 })
      rowOfContent.set(content, row)
      canonical.add(place)
    } else {
      media[row - present.media]!.ids.push(id)
    }
    rowOf.set(id, row)
  }
  for (const id of faulty) if (!rowOf.has(id)) rowOf.set(id, -1)
  return { media, rowOf, isCanonical: (file, offset) => canonical.has(`${file}:${offset}`) }
}

/** A record together with what it resolves to. */
export interface ResolvedRecord extends InstructionRecord {
  readonly id: string
  /** Pictures that exist, in order. */
  readonly media: readonly number[]
  readonly mediaIds: readonly string[]
}

/** The pairs of the source. */
export interface PairSurvey {
  readonly rowOf: ReadonlyMap<string, number>
  /** The pairs again, in row order. */
  records(onProgress?: OnProgress): AsyncGenerator<ResolvedRecord>
}

/**
 * Reads every instruction once: which of them become pairs, and in which row.
 * @param subset the subset of every pair, or undefined for the task code of each id
 */
export async function surveyInstructions(
  files: readonly ReadableFile[],
  pictures: ReadonlyMap<string, number>,
  subset: string | undefined,
  policies: FaultPolicies,
  log: IssueLog,
  onProgress?: OnProgress,
  present: KnownRows = NO_ROWS,
): Promise<PairSurvey> {
  const place = new Map<string, string>()
  for await (const { file, number, offset, record } of everyRecord(
    files,
    pictures,
    'reading instructions',
    onProgress,
  )) {
    const where = `${file.path}, pair ${JSON.stringify(record.id)}`
    if (place.has(record.id)) {
      report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, record.id, `pair ${record.id} occurs twice`)
      place.delete(record.id)
    }
    if (present.pairIds.has(record.id)) {
      report(log, 'MIMICIT_DUPLICATE_ID', 'error', where, record.id, `the data set has a pair ${record.id}`)
    }
    const missing = record.imageIds.filter((id) => !pictures.has(id))
    for (const id of missing) {
      report(log, 'MIMICIT_DANGLING_MEDIA', policies.dangling, where, record.id, `picture ${id} is not in the images`)
    }
    // Where a missing picture stops the import, the pair stays known: its contexts and train keys are not at fault.
    if (missing.length > 0 && policies.dangling === 'drop' && !survivesWithout(record, subset)) continue
    if (record.id === '') report(log, 'MIMICIT_BAD_RECORD', 'error', where, record.id, 'the id is empty')
    if (!isWhole(record.id))
      report(log, 'MIMICIT_BAD_RECORD', 'error', where, record.id, 'the id is not well-formed Unicode')
    place.set(record.id, `${number}:${offset}`)
  }
  const rowOf = new Map(present.pairIds)
  const wanted = new Set<string>()
  for (const [id, at] of place) {
    rowOf.set(id, present.pairs + wanted.size)
    wanted.add(at)
  }
  return {
    rowOf,
    async *records(progress) {
      for await (const { number, offset, record } of everyRecord(files, pictures, 'writing pairs', progress)) {
        if (wanted.has(`${number}:${offset}`)) yield record
      }
    },
  }
}

/** A video may lose frames; a pair that loses one of its pictures says something else than before. */
function survivesWithout(record: ResolvedRecord, subset: string | undefined): boolean {
  return subsetPreset(subset ?? parseId(record.id)?.task ?? '').mediaKind === 'video' && record.media.length > 0
}

async function* everyRecord(
  files: readonly ReadableFile[],
  pictures: ReadonlyMap<string, number>,
  stage: string,
  onProgress?: OnProgress,
) {
  const total = files.reduce((sum, file) => sum + file.byteLength, 0)
  let before = 0
  for (const [number, file] of files.entries()) {
    for await (const entry of jsonEntries(file, ['data'])) {
      onProgress?.({ stage, done: before + entry.offset, total, unit: 'bytes' })
      const raw = parseInstructionRecord(parseEntry(file, entry), `${file.path}, pair ${JSON.stringify(entry.key)}`)
      const mediaIds = raw.imageIds.filter((id) => pictures.has(id))
      const media = mediaIds.map((id) => pictures.get(id)!)
      const record: ResolvedRecord = { ...raw, id: entry.key, mediaIds, media }
      yield { file, number, offset: entry.offset, record }
    }
    before += file.byteLength
  }
}

/** One training sample: a query and its contexts, as rows. */
export interface TrainEntry {
  readonly query: number
  readonly contexts: readonly number[]
}

/** The training list of train files, each query once; unknown ids are reported and left out. */
export async function surveyTrain(
  files: readonly ReadableFile[],
  pairs: ReadonlyMap<string, number>,
  policies: FaultPolicies,
  log: IssueLog,
  present: KnownRows = NO_ROWS,
): Promise<TrainEntry[]> {
  const contexts = new Map<number, readonly number[]>()
  for (const file of files) {
    for await (const entry of jsonEntries(file)) {
      const where = `${file.path}, key ${JSON.stringify(entry.key)}`
      const listed = ids(parseEntry(file, entry), where)
      const query = pairs.get(entry.key)
      if (query === undefined) {
        report(log, 'MIMICIT_DANGLING_TRAIN_KEY', policies.dangling, where, entry.key, 'no pair has this id')
        continue
      }
      if (present.trained.has(query)) {
        report(log, 'MIMICIT_DUPLICATE_ID', 'error', where, entry.key, `the data set's training list has ${entry.key}`)
      }
      if (contexts.delete(query)) {
        report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, entry.key, `key ${entry.key} occurs twice`)
      }
      contexts.set(query, resolveContexts(listed, pairs, policies, log, where, entry.key))
    }
  }
  return [...contexts].map(([query, rows]) => ({ query, contexts: rows }))
}

/** Context ids as rows; ids that no pair has, and the pair's own, are reported and left out. */
export function resolveContexts(
  listed: readonly string[],
  pairs: ReadonlyMap<string, number>,
  policies: FaultPolicies,
  log: IssueLog,
  where: string,
  id: string,
): number[] {
  const rows: number[] = []
  for (const context of listed) {
    const row = pairs.get(context)
    if (context === id) report(log, 'MIMICIT_OWN_CONTEXT', policies.dangling, where, id, 'it is its own context')
    else if (row !== undefined) rows.push(row)
    else report(log, 'MIMICIT_DANGLING_CONTEXT', policies.dangling, where, id, `context ${context} is not in the data`)
  }
  return rows
}

function report(
  log: IssueLog,
  code: ErrorCode,
  policy: 'error' | 'drop' | 'last',
  where: string,
  id: string,
  message: string,
): void {
  log.add({ code, level: policy === 'error' ? 'error' : 'warning', where, id, message })
}
