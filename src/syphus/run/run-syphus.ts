// A run of Syphus: annotations of a set -> what is asked about each -> answers -> pairs that obey the rules -> a data set with
// their pictures and contexts. What was answered stands in a journal, so a run that was killed goes on where it was, and
// gives the same data set as one that was not.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { plural } from '../../base/format.js'
import { mapInOrder } from '../../base/map-in-order.js'
import { pick } from '../../base/options.js'
import { annotationSets } from '../../import/annotations/index.js'
import { parseImportOptions } from '../../import/options.js'
import { type ImportSummary, runImport } from '../../import/run.js'
import { openScratch } from '../../io/spill.js'
import { createBudget, type Spent } from '../../llm/budget.js'
import type { Ask } from '../../llm/chat.js'
import { estimateAsks, type JobEstimate } from '../../llm/estimate.js'
import { type ModelSession, openModelSession } from '../../llm/model-session.js'
import { findModeration, type ModerationFound } from '../../llm/moderation.js'
import { rulesResponder } from '../by-rule/responder.js'
import { chosenFilters, createJudge, type JudgeCounts } from '../filters/judge.js'
import { type PromptSettings, promptFingerprint } from '../request.js'
import { taskOf } from '../task-of.js'
import { chosenAnnotations } from './annotations.js'
import { askAbout } from './ask-about.js'
import { noCounts, type RunCounts } from './counts.js'
import { pairKeeper } from './keep-pairs.js'
import { linesFile } from './lines-file.js'
import { openMadePairs } from './made-pairs.js'
import { makePairs } from './make-pairs.js'
import { parseSyphusOptions, type SyphusOptions } from './options.js'
import { openVisuals } from './visuals.js'

/** What a run did. */
export interface SyphusSummary extends Pick<ImportSummary, 'out' | 'manifest' | 'issues' | 'report'> {
  readonly task: string
  /** Who answered, and whether that was no model. */
  readonly responder: string
  readonly ruleMade: boolean
  /** Annotations that were asked about; those that say too little, and those without their pictures. */
  readonly asked: number
  readonly lacking: number
  readonly withoutPictures: number
  /** Things in annotations that cannot be, such as boxes outside of the picture: left out. */
  readonly faults: number
  /** Annotations whose answer was cut off, or had fewer pairs than were asked for: what is sound of it is used. */
  readonly partial: number
  /** Annotations whose answer came to nothing, by cause. */
  readonly invalid: Readonly<Record<string, number>>
  /** Pairs of the data set. */
  readonly pairs: number
  readonly judged: JudgeCounts
  /** The moderation that was asked; false if the end point has none, null if nobody wanted one. */
  readonly moderation: string | false | null
  readonly spent: Spent
  /** Calls that were under way or next when an earlier run was ended: they may have been charged. */
  readonly maybePaid: number
  /** The file with everything that came to nothing and why, or null. */
  readonly invalidFile: string | null
  readonly journal: string | null
}

/**
 * Makes a data set of annotations.
 * @throws MimicitError MIMICIT_NOT_EMPTY if `out` is there, MIMICIT_UNKNOWN_NAME, MIMICIT_UNKNOWN_OPTION, MIMICIT_BAD_VALUE,
 * what the readers of annotations and an import throw, MIMICIT_BUDGET, MIMICIT_NETWORK, MIMICIT_ABORTED, MIMICIT_EMPTY if
 * no pair came of it; answers so far are in the journal then, and the same run goes on from there
 */
export async function runSyphus(options: SyphusOptions): Promise<SyphusSummary> {
  const { settings, task, set, prompts, where } = await parts(options)
  const out = resolve(settings.out)
  // Before anything is paid for.
  if (existsSync(out)) throw isThere(out)
  const folder = settings.images === undefined ? undefined : await openVisuals(settings.images, task)
  const filters = chosenFilters(settings.filters, settings.withoutFilters)
  const counts = noCounts()
  const session = options.model && (await openModelSession(options.model, options.onFound))
  const responder = session?.asking.responder ?? options.responder ?? rulesResponder(settings.seed)
  const budget = session?.asking.budget ?? createBudget()
  const scratch = await openScratch(out, 'syphus')
  const made = await linesFile(`${scratch.path}/pairs.jsonl`)
  const invalid = await linesFile(`${out}.invalid.jsonl`)
  try {
    const { language, missing } = settings
    const moderation = await moderationOf(options, settings.moderation, session)
    const moderator = moderation?.moderator
    const judge = await createJudge({ filters, replacements: options.replacements, moderator })
    const annotations = chosenAnnotations(set, settings.annotations, scratch.path, settings)
    const asks = askAbout(annotations, { task, prompts, folder, missing, invalid, counts, where })
    const keep = pairKeeper({ task, responder, judge, language, folder, made, invalid, counts })
    const { signal, onMeter } = options
    const total = settings.limit ?? settings.sample
    const pairs = makePairs(task, asks, { budget, ...session?.asking, responder, signal, onMeter, total })
    // The judge takes its time over one pair after the other; what the moderation says is fetched ahead of it.
    const moderated = mapInOrder(pairs, MODERATED_AT_ONCE, async (each) => {
      if (each.kind !== 'pairs') return each
      await moderator?.ahead?.(each.pairs.flatMap(({ draft }) => [draft.instruction, draft.response]))
      return each
    })
    for await (const each of moderator === undefined ? pairs : moderated) await keep(each)
    await made.close()
    await invalid.close()
    if (made.path === null) throw nothingMade(counts, judge.counts(), invalid.path, where)
    const facts = {
      ...{ task: task.name, responder: responder.name, ruleMade: responder.kind === 'rules' },
      ...{ ...counts, invalid: Object.fromEntries(counts.invalid), judged: judge.counts(), spent: budget.spent() },
      moderation: moderation === undefined ? null : moderatedBy(moderation),
    }
    const { seed, sample, limit } = settings
    const provenance = {
      syphus: {
        ...{
          ...facts,
          taskVersion: task.version,
          prompts: promptFingerprint(task, prompts),
          annotations: settings.annotations,
        },
        ...{
          filters,
          seed,
          sample,
          limit,
          temperature: prompts.temperature,
          topP: prompts.topP,
          replyTokens: prompts.maxTokens,
        },
      },
    }
    const source = { path: made.path, root: settings.images ?? scratch.path, name: task.subset, provenance }
    const { settings: writing } = parseImportOptions(
      'runSyphus',
      {},
      { out, language, subset: task.subset, onProgress: options.onProgress, signal },
    )
    const { manifest, issues, report } = await runImport(
      async (own) => [await openMadePairs({ ...source, scratch: own })],
      `syphus ${task.name}`,
      writing,
    )
    const maybePaid = session?.journal.found.inFlight ?? 0
    return {
      ...facts,
      out,
      manifest,
      issues,
      report,
      maybePaid,
      invalidFile: invalid.path,
      journal: session?.journal.path ?? null,
    }
  } finally {
    await made.close()
    await invalid.close()
    await session?.close()
    await scratch.remove()
  }
}

const MODERATED_AT_ONCE = 8

/** The moderation that a run asks. @throws MimicitError MIMICIT_UNSUPPORTED if one is wanted where there is none */
async function moderationOf(
  { model, signal }: SyphusOptions,
  wanted: boolean | string,
  session: ModelSession | undefined,
): Promise<ModerationFound | undefined> {
  const isWanted = wanted !== 'auto' && wanted !== false
  if (wanted === false || model === undefined || session === undefined) {
    if (isWanted) throw noModeration('no model', 'Name the end point of one with --model and --base-url.')
    return undefined
  }
  const { baseUrl, apiKeyEnv, timeoutMs, tries } = model
  const { journal, limits } = session.asking
  const name = typeof wanted === 'string' && wanted !== 'auto' ? wanted : undefined
  const found = await findModeration({ baseUrl, apiKeyEnv, timeoutMs, tries, journal, limits, signal, model: name })
  if (isWanted && found.moderator === undefined) throw noModeration(found.why, 'Leave out --moderation.')
  return found
}

const moderatedBy = (found: ModerationFound): string | false => (found.moderator === undefined ? false : found.model)

const noModeration = (received: string, hint: string) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    ...{ expected: 'an end point with a moderation', where: '--moderation', received, hint },
  })

/**
 * What a run would ask, and what that would take at most; nothing is asked and nothing is left on the disk.
 * @param onAsk is given every ask that would be sent
 * @throws MimicitError as `runSyphus`, for options and annotations
 */
export async function estimateSyphus(
  options: SyphusOptions,
  onAsk?: (ask: Ask, mostPromptTokens: number) => void,
): Promise<JobEstimate> {
  const { settings, task, set, prompts, where } = await parts(options)
  const responder = options.model?.model ?? options.responder?.name ?? rulesResponder(settings.seed).name
  const folder = settings.images === undefined ? undefined : await openVisuals(settings.images, task)
  const scratch = await openScratch(resolve(settings.out), 'syphus')
  const invalid = await linesFile(`${scratch.path}/invalid.jsonl`)
  try {
    const annotations = chosenAnnotations(set, settings.annotations, scratch.path, settings)
    const { missing } = settings
    const asks = askAbout(annotations, { task, prompts, folder, missing, invalid, counts: noCounts(), where })
    return await estimateAsks(asks, { responder, prices: options.model?.prices, onAsk })
  } finally {
    await invalid.close()
    await scratch.remove()
  }
}

/** Options, and what they name. @throws MimicitError as `runSyphus` */
export async function parts(options: SyphusOptions) {
  const settings = parseSyphusOptions(options)
  const task = await taskOf(options.task)
  const set = pick('the set of annotations', annotationSets, settings.set ?? task.annotations)
  const { replyTokens: maxTokens, temperature, topP } = settings
  const prompts: PromptSettings = { maxTokens, temperature, topP, examples: options.examples }
  return { settings, task, set, prompts, where: settings.annotations.join(', ') }
}

function isThere(out: string): MimicitError {
  return new MimicitError('MIMICIT_NOT_EMPTY', {
    expected: 'a directory that does not exist yet',
    where: 'the data set to make',
    received: out,
    hint: 'Name another, or remove it.',
  })
}

function nothingMade(
  { asked, lacking, withoutPictures, invalid }: RunCounts,
  { objections }: JudgeCounts,
  file: string | null,
  where: string,
): MimicitError {
  const causes = [...invalid].map(([code, count]) => `${count} ${code}`)
  const dropped = Object.entries(objections).flatMap(([rule, { action, pairs: count }]) =>
    action === 'drop' ? [`${plural(count, 'pair')} dropped for ${rule}`] : [],
  )
  const none = [`${lacking} that say too little`, `${withoutPictures} without pictures`, ...causes, ...dropped]
  return new MimicitError('MIMICIT_EMPTY', {
    expected: 'annotations of which pairs can be made',
    where,
    received: `${asked} that were asked about and came to nothing (${none.join(', ')})`,
    hint:
      file === null
        ? 'The files hold no annotation; check that they are of this set.'
        : `Each is listed with its cause in ${file}.`,
  })
}
