// Sources into a data set, the same way for every form. The first pass learns what is there and stops on faults, so that
// a failed import leaves nothing behind; the second writes. No source is ever held in memory.
import { resolve } from 'node:path'
import { stopIfAborted } from '../base/abort.js'
import { type ErrorCode, isMimicitError, MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import { type IssueCount, IssueLog } from '../base/issues.js'
import type { OnProgress } from '../base/progress.js'
import { version } from '../base/version.js'
import { fileStamp } from '../io/directory.js'
import { openScratch, type Scratch } from '../io/spill.js'
import { appendDataset } from '../shards/append-dataset.js'
import type { DatasetSizes } from '../shards/create-options.js'
import { createDataset, type DatasetWriter } from '../shards/dataset-writer.js'
import { type GroupEncoder, groupEncoder } from '../shards/group-encoder.js'
import type { Manifest, MixtureRecord } from '../shards/manifest.js'
import { refuseTaken } from '../shards/partial-directory.js'
import type { PictureFacts } from '../vision/picture-header.js'
import { encoderVersions } from '../vision/shrink.js'
import { type IssueFile, issueFile } from './issue-file.js'
import type { ImportSettings } from './options.js'
import { overallProgress } from './overall-progress.js'
import { type BatchThreads, createBatchThreads } from './placed/threads.js'
import type { ImportSource } from './source.js'
import { type KnownRows, NO_ROWS, readKnownRows, relatedSelect } from './survey/known-rows.js'
import { type PairSurvey, surveyPairs } from './survey/pairs.js'
import { type PictureSurvey, surveyPictures } from './survey/pictures.js'
import { hasTraining, surveyTraining, type TrainingSurvey } from './survey/training.js'
import { isLarger, type ShrunkSummary, writePictures } from './write-pictures.js'

/** What an import did. */
export interface ImportSummary {
  readonly out: string
  readonly manifest: Manifest
  /** Bytes of the files and of the pictures beside them. */
  readonly sourceBytes: number
  /** Everything odd that was found, with counts and first examples. */
  readonly issues: readonly IssueCount[]
  /** The file that has every issue as a line of JSON, or null if there is none. */
  readonly report: string | null
  /** What `maxSide` did, or null without it. */
  readonly shrunk: ShrunkSummary | null
}

/** What the first pass found out. */
interface Survey {
  readonly pictures: PictureSurvey
  readonly pairs: PairSurvey
  readonly training: TrainingSurvey
  /** What is left of finding the rows of contexts. */
  readonly resolving: Generator<void>
}

/**
 * Imports sources.
 * @param openSources opens them, with a directory for what they must keep on the disk meanwhile
 * @param command what was run, for provenance.json
 * @param sizes for tests of what happens between shards
 */
export async function runImport(
  openSources: (scratch: Scratch) => Promise<readonly ImportSource[]>,
  command: string,
  settings: ImportSettings,
  sizes?: DatasetSizes,
): Promise<ImportSummary> {
  const { target, appends, isNamed: _, signal, onProgress: tell, ...decisive } = settings
  const out = resolve(target)
  // Before anything is learnt: the report of a data set that is there already is not this import's.
  if (!appends) await refuseTaken(out)
  const report = issueFile(out)
  const log = new IssueLog(undefined, report.add)
  // Every reading and writing loop reports its progress, so that is where a request to stop is heard.
  let progressOf: OnProgress | undefined
  const onProgress: OnProgress = (progress) => {
    stopIfAborted(signal, 'the import')
    progressOf?.(progress)
  }
  const scratch = await openScratch(out, 'import')
  const threads = createBatchThreads()
  let sources: readonly ImportSource[] = []
  let encoder: GroupEncoder | undefined
  try {
    sources = await openSources(scratch)
    progressOf = tell && overallProgress(sources, tell)
    const textBytes = sum(sources.map(({ pairBytes }) => pairBytes))
    // Without pictures pairs are written as soon as they were looked at. Beside pictures such threads would take memory for nothing.
    if (!appends && sources.every(({ pictureBytes }) => pictureBytes === 0)) {
      encoder = groupEncoder(undefined, textBytes)
      encoder.start()
    }
    const known = appends ? await readKnownRows(out) : NO_ROWS
    // Without pictures there is little to lose by a fault that is found while pairs are written.
    const survey = await surveySources(
      sources,
      settings,
      log,
      report,
      scratch,
      known,
      threads,
      onProgress,
      encoder !== undefined,
    )
    // Writing that was killed is gone on with only if nothing that decides the bytes has changed since.
    const files = sources.map(({ files, beyondFiles }) => (beyondFiles === undefined ? files : [...files, beyondFiles]))
    const names = sources.map(({ name }) => name)
    const pictureEncoder = settings.maxSide === undefined ? undefined : encoderVersions()
    const made = sources.flatMap(({ name, provenance }) => (provenance === undefined ? [] : { name, ...provenance }))
    const print = fingerprint({
      version,
      command,
      names,
      settings: decisive,
      files,
      encoder: pictureEncoder,
      ...(made.length > 0 && { made }),
    })
    const writer = appends
      ? await appendDataset(out, known.orderKey)
      : await createDataset(out, { fingerprint: print, encoder, textBytes, ...(sizes && { sizes }) })
    try {
      const shrunk = await writePictures(writer, sources, survey.pictures, settings, threads, onProgress)
      // Their memory is needed for the text.
      await threads.close()
      await writer.finishMedia()
      await writePairs(writer, survey, known, onProgress, () => stopIfFaulty(log, report, pairsFromOf(sources)))
      await checkUnchanged(sources)
      // Before the data set is there: what fails now can still leave nothing behind.
      report.close()
      report.removeStale()
      const listed = sources.flatMap((source) => source.files.map(({ path, bytes }) => ({ path, bytes })))
      const provenance = {
        tool: 'mimicit',
        version,
        command,
        time: new Date().toISOString(),
        sources: listed,
        policies: decisive,
        ...(pictureEncoder && { encoder: pictureEncoder }),
        ...(made.length > 0 && { made }),
      }
      const manifest = await writer.finish(provenance, mixtureOf(sources, survey.pairs))
      const sourceBytes = sum(listed.map(({ bytes }) => bytes)) + sum(sources.map(({ beyondBytes = 0 }) => beyondBytes))
      return { out, manifest, sourceBytes, issues: log.summary(), report: report.path, shrunk }
    } catch (error) {
      if (!canGoOn(error)) await writer.abort()
      else if (await writer.abort('finished')) throw goesOn(error)
      throw error
    }
  } catch (error) {
    // Of a file that was changed meanwhile nothing else is worth telling.
    if (isMimicitError(error) && !canGoOn(error)) await checkUnchanged(sources, error)
    throw error
  } finally {
    await threads.close()
    await encoder?.close()
    for (const source of sources) await source.close()
    await scratch.remove()
    report.close()
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

/** Of the most frequent kind of fault; whatever else there is comes next. */
function adviceOn(code: ErrorCode): string {
  if (code === 'MIMICIT_DUPLICATE_ID') return '--duplicates keep to keep both'
  if (code === 'MIMICIT_ID_COLLISION') return '--name to call it otherwise'
  const isDangling = code.startsWith('MIMICIT_DANGLING') || code === 'MIMICIT_OWN_CONTEXT'
  return `${isDangling ? '--dangling' : '--broken'} skip to leave such things out`
}

/** Whether the next try can do better with the same source and options: it was stopped, or there was no room. */
function canGoOn(error: unknown): error is MimicitError {
  return isMimicitError(error) && (error.code === 'MIMICIT_ABORTED' || error.code === 'MIMICIT_IO')
}

/** The same error, with a word on what is left of the work. */
function goesOn({ code, parts }: MimicitError): MimicitError {
  const kept = 'What was finished is kept: the same import goes on from there.'
  // Who was stopped has nothing to mend.
  const hint = code === 'MIMICIT_ABORTED' || parts.hint === undefined ? kept : `${parts.hint} ${kept}`
  return new MimicitError(code, { ...parts, hint })
}

const pairsFromOf = (sources: readonly ImportSource[]) => sources.map((source) => source.pairsFrom).join(', ')

/** @throws MimicitError of the first fault */
function stopIfFaulty(log: IssueLog, report: IssueFile, where: string): void {
  const fault = log.summary().find(({ level }) => level === 'error')
  if (fault === undefined) return
  const advice = `Mend the source, or import with ${adviceOn(fault.code)}.`
  log.throwIfErrors(where, `${advice} Every fault is listed in ${report.path}.`)
}

/** @param resolvesLater whether contexts may be resolved while pairs are written: another thread has something to do then */
async function surveySources(
  sources: readonly ImportSource[],
  settings: ImportSettings,
  log: IssueLog,
  report: IssueFile,
  scratch: Scratch,
  known: KnownRows,
  threads: BatchThreads,
  onProgress: OnProgress,
  resolvesLater: boolean,
): Promise<Survey> {
  const picturesFrom = sources.map((source) => source.picturesFrom).join(', ')
  const { maxSide, maxPixels } = settings
  // One with too many pixels is not taken from its header alone either.
  const isDecoded = (facts: PictureFacts) => isLarger(facts, maxSide) || facts.width * facts.height > maxPixels
  const pictures = await surveyPictures(
    sources,
    settings,
    log,
    scratch,
    known,
    threads,
    onProgress,
    isDecoded,
    maxPixels,
  )
  // A broken picture would come back as many pairs that name it: the cause is told, not its consequences.
  stopIfFaulty(log, report, picturesFrom)
  const pairs = await surveyPairs(sources, pictures, settings, settings, log, scratch, known, onProgress)
  const resolving = pairs.resolving()
  // Training lists are looked at with the contexts; and who has faults to mend is told all of them.
  if (!resolvesLater || hasTraining(sources, pairs) || log.hasErrors) for (const _ of resolving);
  const training = await surveyTraining(sources, pairs, settings, log, known)
  stopIfFaulty(log, report, pairsFromOf(sources))
  stopIfAborted(settings.signal, 'the import')
  return { pictures, pairs, training, resolving }
}

/** How the sources are mixed, of those that say so. */
function mixtureOf(sources: readonly ImportSource[], { ofSources }: PairSurvey): MixtureRecord[] {
  return sources.flatMap(({ name, mixture }, i) => {
    if (mixture === undefined) return []
    const { from, to, subsets } = ofSources[i]!
    const { group, numSamples, taskDescriptions } = mixture
    const descriptions = [...taskDescriptions]
    return [{ name, group, subsets: [...subsets], pairs: { from, to }, numSamples, taskDescriptions: descriptions }]
  })
}

async function writePairs(
  writer: DatasetWriter,
  { pairs, training, resolving }: Survey,
  known: KnownRows,
  onProgress: OnProgress,
  onResolved: () => void,
): Promise<void> {
  for await (const run of pairs.pairs(onProgress)) {
    if ('count' in run) await writer.addPairs(run)
    else for (const pair of run) await writer.addPair(pair)
    if (resolving.next().done) onResolved()
  }
  for (const _ of resolving);
  onResolved()
  const related = new Set([...pairs.relatedTables, ...known.contexts])
  for (const name of related) await writeRelated(writer, pairs, name, known)
  if (!training.exists) return
  const table = await writer.context('train', { name: 'stored', parameters: { file: 'train' } })
  for await (const { query, contexts } of training.entries()) await table.add({ query, contexts, scores: null })
}

/** The table lists every pair, so an append that brings the first contexts brings in the pairs before it, without any. */
async function writeRelated(writer: DatasetWriter, pairs: PairSurvey, name: string, known: KnownRows): Promise<void> {
  const table = await writer.context(name, relatedSelect(name))
  const none = { contexts: [], scores: null }
  if (!known.contexts.has(name)) for (let query = 0; query < known.pairs; query++) await table.add({ query, ...none })
  for (const { queries, contexts } of pairs.related(name)) await table.addLists(queries, contexts)
}

/** @throws MimicitError MIMICIT_SOURCE_CHANGED if a file is not what it was in the first pass */
async function checkUnchanged(sources: readonly ImportSource[], cause?: MimicitError): Promise<void> {
  for (const { path, bytes, mtimeMs } of sources.flatMap(({ files }) => files)) {
    const now = await fileStamp(path)
    if (now.bytes === bytes && now.mtimeMs === mtimeMs) continue
    throw new MimicitError('MIMICIT_SOURCE_CHANGED', {
      expected: 'the file that the import began with',
      where: path,
      received: `one that was changed meanwhile (${bytes} bytes then, ${now.bytes} now)`,
      hint: 'Nothing was written; run it again when nobody writes to the source.',
      cause,
    })
  }
}
