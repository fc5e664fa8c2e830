// The original trio of MIMIC-IT (instructions, images and train JSON) into a data set. Two passes over the source: the
// first learns what is there and stops on faults, the second writes; no file is ever held in memory.
import { resolve } from 'node:path'
import { stopIfAborted } from '../../base/abort.js'
import { MimicitError } from '../../base/errors.js'
import { fingerprint } from '../../base/hash.js'
import { type IssueCount, IssueLog } from '../../base/issues.js'
import type { OnProgress } from '../../base/progress.js'
import { version } from '../../base/version.js'
import { fileStamp, openFile } from '../../io/directory.js'
import type { ReadableFile } from '../../io/store.js'
import { appendDataset } from '../../shards/append-dataset.js'
import { createDataset, type DatasetSizes, type DatasetWriter } from '../../shards/dataset-writer.js'
import type { Manifest } from '../../shards/manifest.js'
import { parseId } from '../../tuple/ids.js'
import { subsetPreset } from '../../tuple/subsets.js'
import type { Pair } from '../../tuple/tuple.js'
import { validatePair } from '../../tuple/validate.js'
import { imageEntries } from './images.js'
import { type KnownRows, NO_ROWS, readKnownRows } from './known-rows.js'
import { type MimicItOptions, parseMimicItOptions } from './options.js'
import {
  type FaultPolicies,
  type MediaSurvey,
  type PairSurvey,
  type ResolvedRecord,
  resolveContexts,
  surveyImages,
  surveyInstructions,
  surveyTrain,
} from './survey.js'

/** What an import did. */
export interface ImportSummary {
  readonly out: string
  readonly manifest: Manifest
  readonly sourceBytes: number
  /** Everything odd that was found, with counts and first examples. */
  readonly issues: readonly IssueCount[]
}

/**
 * Imports instructions, images and train files of MIMIC-IT.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_JSON, MIMICIT_BAD_RECORD, MIMICIT_BAD_PICTURE, MIMICIT_DANGLING_*,
 * MIMICIT_DUPLICATE_ID, MIMICIT_NOT_EMPTY, MIMICIT_BUSY; nothing is left on the disk then, and a data set to append to is
 * as it was
 */
export function importMimicIt(options: MimicItOptions): Promise<ImportSummary> {
  return runImport(options)
}

/** The import with other shard sizes, for tests of what happens between shards. */
export async function runImport(options: MimicItOptions, sizes?: DatasetSizes): Promise<ImportSummary> {
  const settings = parseMimicItOptions(options)
  const { target, appends, ...policySettings } = settings
  const out = resolve(target)
  const policies: FaultPolicies = settings
  const log = new IssueLog()
  const { signal } = options
  // Every reading and writing loop reports its progress, so that is where a request to stop is heard.
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the import')
    options.onProgress?.(progress)
  }
  const opened: ReadableFile[] = []
  const openAll = async (paths: readonly string[]) => {
    const files: ReadableFile[] = []
    for (const path of paths) {
      const file = await openFile(path)
      opened.push(file)
      files.push(file)
    }
    return files
  }
  try {
    const instructions = await openAll(settings.instructions)
    const images = await openAll(settings.images)
    const train = await openAll(settings.train)
    const stamps = []
    for (const file of opened) stamps.push({ path: resolve(file.path), ...(await fileStamp(file.path)) })
    const before = appends ? await readKnownRows(out) : NO_ROWS
    const media = await surveyImages(images, policies, log, onProgress, before)
    // A broken picture would come back as many pairs that name it: the cause is told, not its consequences.
    log.throwIfErrors(settings.images.join(', '), HINT)
    stopIfAborted(signal, 'the import')
    const { subset } = settings
    const pairs = await surveyInstructions(instructions, media.rowOf, subset, policies, log, onProgress, before)
    const trainRows = await surveyTrain(train, pairs.rowOf, policies, log, before)
    // Related ids are resolved while writing; a dry run finds the ones that point nowhere before anything is written.
    for await (const record of pairs.records()) related(record, pairs, policies, log)
    log.throwIfErrors([...settings.instructions, ...settings.train].join(', '), HINT)
    stopIfAborted(signal, 'the import')

    // Writing that was killed is gone on with only if nothing that decides the bytes has changed since.
    const print = fingerprint({ version, settings: policySettings, stamps })
    const writer = appends
      ? await appendDataset(out, before.orderKey)
      : await createDataset(out, { fingerprint: print, ...(sizes && { sizes }) })
    try {
      await writeMedia(writer, images, media, onProgress)
      const { hasContexts } = await writePairs(writer, pairs, settings, onProgress)
      if (hasContexts || before.hasRelated) await writeRelated(writer, pairs, policies, before)
      if (train.length > 0) {
        const table = await writer.context('train', { name: 'stored', parameters: { file: 'train' } })
        for (const { query, contexts } of trainRows) await table.add({ query, contexts, scores: null })
      }
      const sources = [...instructions, ...images, ...train].map((file) => ({
        path: file.path,
        bytes: file.byteLength,
      }))
      const manifest = await writer.finish({
        tool: 'mimicit',
        version,
        command: 'import mimic-it',
        time: new Date().toISOString(),
        sources,
        policies: policySettings,
      })
      const sourceBytes = opened.reduce((sum, file) => sum + file.byteLength, 0)
      return { out, manifest, sourceBytes, issues: log.summary() }
    } catch (error) {
      await writer.abort()
      throw error
    }
  } finally {
    for (const file of opened) await file.close()
  }
}

const HINT =
  'Mend the source, or import with --dangling drop, --broken drop or --duplicates last to leave such things out.'

async function writeMedia(
  writer: DatasetWriter,
  files: readonly ReadableFile[],
  survey: MediaSurvey,
  onProgress: OnProgress,
): Promise<void> {
  let row = 0
  for (const [number, file] of files.entries()) {
    for await (const { bytes, offset } of imageEntries(file)) {
      if (!survey.isCanonical(number, offset)) continue
      const facts = survey.media[row++]!
      await writer.addMedia({ ...facts, bytes, clip: null, frameTime: null })
      onProgress({ stage: 'writing pictures', done: row, total: survey.media.length, unit: 'pictures' })
    }
  }
}

async function writePairs(
  writer: DatasetWriter,
  pairs: PairSurvey,
  { subset, language }: { readonly subset: string | undefined; readonly language: string },
  onProgress: OnProgress,
): Promise<{ readonly hasContexts: boolean }> {
  let hasContexts = false
  for await (const record of pairs.records(onProgress)) {
    hasContexts ||= record.relatedIds.length > 0
    const name = subset ?? parseId(record.id)?.task ?? 'unnamed'
    const pair: Pair = {
      id: record.id,
      subset: name,
      split: null,
      language,
      instruction: record.instruction,
      response: record.answer,
      mediaKind: record.media.length === 0 ? 'none' : subsetPreset(name).mediaKind,
      media: record.media,
      mediaIds: record.mediaIds,
      mediaPositions: null,
      mediaTimes: null,
      metadata: record.extra === null ? null : JSON.stringify(record.extra),
    }
    const fault = validatePair(pair, pair.id).find((issue) => issue.level === 'error')
    if (fault !== undefined) {
      throw new MimicitError(fault.code, { expected: 'a sound pair', where: pair.id, received: fault.message })
    }
    await writer.addPair(pair)
  }
  return { hasContexts }
}

async function writeRelated(
  writer: DatasetWriter,
  pairs: PairSurvey,
  policies: FaultPolicies,
  before: KnownRows,
): Promise<void> {
  const table = await writer.context('rel_ins_ids', { name: 'stored', parameters: { field: 'rel_ins_ids' } })
  let query = 0
  // The table lists every pair, so the first one with contexts brings in those before it, which have none.
  if (before.hasRelated) query = before.pairs
  else while (query < before.pairs) await table.add({ query: query++, contexts: [], scores: null })
  for await (const record of pairs.records()) {
    await table.add({ query: query++, contexts: related(record, pairs, policies, new IssueLog()), scores: null })
  }
}

function related(record: ResolvedRecord, pairs: PairSurvey, policies: FaultPolicies, log: IssueLog): number[] {
  return resolveContexts(record.relatedIds, pairs.rowOf, policies, log, `pair ${JSON.stringify(record.id)}`, record.id)
}
