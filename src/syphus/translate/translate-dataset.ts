// Translates the pairs of a data set into other languages: pairs about the same visuals go together, each reply is checked,
// what fails is asked once again with the reason and then listed with its cause, and what is left becomes a data set with
// both. With a model everything is journalled: a run that was stopped goes on and pays for nothing twice.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { parseOptions } from '../../base/options.js'
import { openScratch } from '../../io/spill.js'
import { stoppable, withDatasets, writeRewritten } from '../../layout/rewritten.js'
import { type Answered, askAll } from '../../llm/ask-all.js'
import { createBudget, type Spent } from '../../llm/budget.js'
import type { ChatReply, Responder } from '../../llm/chat.js'
import { estimateAsks, type JobEstimate } from '../../llm/estimate.js'
import { type ModelSession, openModelSession } from '../../llm/model-session.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Manifest } from '../../shards/manifest.js'
import { languageIdentifier } from '../../text/identify-language.js'
import type { FilterName } from '../filters/index.js'
import { chosenFilters, type JudgeCounts } from '../filters/judge.js'
import { pairList } from '../output-form.js'
import { askAgainRequest, isWorthAskingAgain } from '../parse/read-reply.js'
import { DEFAULT_REPLACEMENTS } from '../replacements/defaults.js'
import { replacements } from '../replacements/replacement.js'
import { type LinesFile, linesFile } from '../run/lines-file.js'
import { backTranslate } from './back-translation.js'
import type { TranslationCheck } from './check-translation.js'
import { TRANSLATION_FILTERS, type TranslationJudge, translationJudge } from './judge-translation.js'
import { type TranslateOptions, type TranslateSettings, translateSchema } from './options.js'
import { readTranslation, translationFault } from './read-translation.js'
import { TRANSLATION_VERSION } from './request.js'
import { type TargetLanguage, targetLanguage } from './target-language.js'
import { pairGroups, type TranslationSubject, translationAsks } from './translation-asks.js'
import { type Translations, translations } from './translations.js'
import { writeTranslated } from './write-translated.js'

/** What became of the pairs in one language. */
export interface LanguageSummary {
  translated: number
  /** Not translated, and listed with the cause. */
  invalid: number
  /** Translated, with a warning. */
  warned: number
  /** Mean chrF of the sample that was translated back, or null without one. */
  backTranslation: number | null
}

/** What was made. */
export interface TranslateSummary {
  readonly out: string
  readonly manifest: Manifest
  /** Pairs in the language that was translated from. */
  readonly sources: number
  readonly languages: Readonly<Record<string, Readonly<LanguageSummary>>>
  /** What filters said against translations, and replacement rules that applied. */
  readonly judged: Pick<JudgeCounts, 'objections' | 'replacements'>
  readonly responder: string
  readonly spent: Spent
  /** Calls that were under way or next when an earlier run was ended: they may have been charged. */
  readonly maybePaid: number
  /** Lines of JSON about every pair that was not translated, or null if there is none. */
  readonly invalidFile: string | null
  readonly journal: string | null
}

/**
 * Translates.
 * @param source location of a data set
 * @throws MimicitError MIMICIT_NOT_EMPTY, MIMICIT_UNKNOWN_NAME for a language or a filter, MIMICIT_EMPTY if there is nothing in the
 * language to translate from, MIMICIT_BUDGET, MIMICIT_NETWORK, MIMICIT_ABORTED; answers so far are in the journal
 */
export async function translateDataset(source: string, options: TranslateOptions): Promise<TranslateSummary> {
  const { settings, from, targets, filters } = parsed(options)
  const out = resolve(settings.out)
  // Before anything is paid for.
  if (existsSync(out)) throw isThere(out)
  if (options.model === undefined && options.responder === undefined) throw noModel()
  return withDatasets([source], { signal: options.signal, ...options.store }, async ([dataset]) => {
    const sources = countSources(dataset!, from, source)
    const session = options.model && (await openModelSession(options.model, options.onFound))
    const scratch = await openScratch(out, 'translate')
    const invalid = await linesFile(`${out}.invalid.jsonl`)
    try {
      const work: Work = {
        ...{ dataset: dataset!, settings, from, targets, filters, options, session, invalid, sources },
        ...{ judge: translationJudge(filters), replaced: new Map<string, number>() },
        responder: session?.asking.responder ?? options.responder!,
        budget: session?.asking.budget ?? createBudget(),
        made: translations(scratch, dataset!.manifest.tables.pairs.rows, targets.length),
        languages: Object.fromEntries(targets.map(({ tag }) => [tag, noCounts()])),
      }
      await ask(work)
      await invalid.close()
      return await write(work, out)
    } finally {
      await invalid.close()
      await session?.close()
      await scratch.remove()
    }
  })
}

/** What a run would ask, and what that would take at most; nothing is asked. */
export async function estimateTranslation(
  source: string,
  options: TranslateOptions,
  onAsk?: (ask: { readonly id: string; readonly request: { readonly messages: readonly unknown[] } }) => void,
): Promise<JobEstimate> {
  const { settings, from, targets } = parsed(options)
  return withDatasets([source], { signal: options.signal, ...options.store }, async ([dataset]) => {
    countSources(dataset!, from, source)
    const groups = pairGroups(dataset!, from.tag, settings.pairsPerAsk)
    const { model, responder, glossary = {} } = options
    return estimateAsks(translationAsks(groups, from, targets, glossary), {
      responder: responder?.name ?? model?.model ?? 'model',
      prices: model?.prices,
      onAsk,
    })
  })
}

interface Work {
  readonly dataset: Dataset
  readonly settings: TranslateSettings
  readonly from: TargetLanguage
  readonly targets: readonly TargetLanguage[]
  readonly filters: readonly FilterName[]
  readonly judge: TranslationJudge
  /** Applications of each replacement rule. */
  readonly replaced: Map<string, number>
  readonly options: TranslateOptions
  readonly session: ModelSession | undefined
  readonly responder: Responder
  readonly budget: ReturnType<typeof createBudget>
  readonly made: Translations
  readonly invalid: LinesFile
  readonly languages: Record<string, LanguageSummary>
  readonly sources: number
}

const noCounts = (): LanguageSummary => ({ translated: 0, invalid: 0, warned: 0, backTranslation: null })

function parsed(options: TranslateOptions) {
  const { model: _, responder: __, glossary: ___, replacements: ____, ...rest } = options
  const { onMeter, onFound, onProgress, signal, store, ...given } = rest
  const settings = parseOptions(
    'translateDataset',
    translateSchema,
    Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  )
  const from = targetLanguage(settings.from)
  const targets = [...new Set(settings.to)].map(targetLanguage)
  if (targets.some(({ tag }) => tag === from.tag)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'other languages than the one to translate from',
      where: 'option to of translateDataset',
      received: from.tag,
    })
  }
  const filters = chosenFilters(settings.filters ?? TRANSLATION_FILTERS, settings.withoutFilters)
  return { settings, from, targets, filters }
}

function countSources({ manifest }: Dataset, { tag, name }: TargetLanguage, where: string): number {
  const count = manifest.statistics.languages[tag] ?? 0
  if (count > 0) return count
  throw new MimicitError('MIMICIT_EMPTY', {
    expected: `pairs in ${name} (${tag})`,
    where,
    received: `pairs in ${Object.keys(manifest.statistics.languages).join(', ') || 'no language'}`,
    hint: 'Say with --from-language which language is to be translated.',
  })
}

async function ask(work: Work): Promise<void> {
  const { dataset, settings, from, targets, options, session, responder, budget } = work
  const identifier = await languageIdentifier()
  const glossary = options.glossary ?? {}
  const checkOf = (to: TargetLanguage): TranslationCheck => ({ from, to, glossary, identifier })
  const mend = replacements(options.replacements ?? DEFAULT_REPLACEMENTS)
  const read = ({ group, to }: TranslationSubject, reply: ChatReply) =>
    readTranslation(group.pairs, reply, checkOf(to), mend)
  const asks = translationAsks(pairGroups(dataset, from.tag, settings.pairsPerAsk), from, targets, glossary)
  const answers = askAll<unknown>(asks, {
    ...{ budget, ...session?.asking, responder, signal: options.signal, onMeter: options.onMeter },
    review({ subject, request }, reply, round) {
      const fault = translationFault(read(subject as TranslationSubject, reply))
      if (fault === undefined) return { verdict: { translated: true } }
      const again = round === 0 && isWorthAskingAgain(fault)
      const verdict = { fault: fault.code, reason: fault.reason }
      return again ? { verdict, again: askAgainRequest(request, reply, fault, pairList.says) } : { verdict }
    },
  })
  for await (const answered of answers) await keep(work, answered, read)
}

async function keep(
  { made, invalid, targets, languages, judge, replaced: applied }: Work,
  answered: Answered<unknown>,
  read: (subject: TranslationSubject, reply: ChatReply) => ReturnType<typeof readTranslation>,
): Promise<void> {
  const subject = answered.ask.subject as TranslationSubject
  const { group, to } = subject
  const counts = languages[to.tag]!
  const lost = async (index: number, code: string, reason: string, text: string | undefined) => {
    counts.invalid++
    await invalid.add({ id: group.pairs[index]!.id, language: to.tag, code, reason, text })
  }
  if (answered.kind === 'failure') {
    const { code, message } = answered.failure
    for (const index of group.pairs.keys()) await lost(index, code, message, undefined)
    return
  }
  const found = read(subject, answered.reply)
  if ('fault' in found) {
    for (const index of group.pairs.keys()) await lost(index, found.fault.code, found.fault.reason, answered.reply.text)
    return
  }
  for (const { index, pair, replaced, faults, kept } of found.pairs) {
    const { instruction, response } = pair
    const verdicts = kept ? await judge.judge(group.pairs[index]!, { instruction, response }, to.tag) : []
    const objections = [...faults, ...verdicts.map(({ rule: code, ...verdict }) => ({ ...verdict, code }))]
    const worst = objections.find(({ action }) => action === 'drop')
    if (worst !== undefined) {
      await lost(index, worst.code, worst.reason, `${instruction}\n${response}`)
      continue
    }
    for (const [rule, times] of Object.entries(replaced)) applied.set(rule, (applied.get(rule) ?? 0) + times)
    const warnings = [...new Set(objections.map(({ code }) => code))]
    counts.translated++
    if (warnings.length > 0) counts.warned++
    made.add({ row: group.rows[index]!, target: targets.indexOf(to), instruction, response, warnings })
  }
}

async function write(work: Work, out: string): Promise<TranslateSummary> {
  const { dataset, settings, from, targets, options, session, responder, budget, made, invalid, languages } = work
  const judged = { objections: work.judge.objections(), replacements: Object.fromEntries([...work.replaced].sort()) }
  if (made.count === 0) throw nothingTranslated(dataset.location, invalid.path)
  const { share, seed } = { share: settings.backTranslate, seed: settings.seed }
  const scores = await backTranslate(
    { dataset, made, from, targets, share, seed },
    {
      ...{ budget, ...session?.asking, responder, signal: options.signal },
      // What earlier runs used is counted already.
      journal: session && { ...session.journal, charge: () => undefined },
    },
  )
  for (const [target, { tag }] of targets.entries()) languages[tag]!.backTranslation = meanScore(made, scores, target)
  const onProgress = stoppable('the translation', options)
  const spent = budget.spent()
  const said = {
    ...{
      to: targets.map(({ tag }) => tag),
      from: from.tag,
      responder: responder.name,
      ruleMade: responder.kind === 'rules',
    },
    ...{
      promptVersion: TRANSLATION_VERSION,
      pairsPerAsk: settings.pairsPerAsk,
      backTranslate: share,
      filters: work.filters,
      languages,
      judged,
      spent,
    },
  }
  const parts = { dataset, made, targets, withSource: settings.withSource, by: responder.name, scores, onProgress }
  const rewritten = await writeRewritten(
    'syphus translate',
    [dataset],
    out,
    said,
    (writer) => writeTranslated(writer, parts),
    undefined,
  )
  return {
    ...rewritten,
    ...{ sources: work.sources, languages, judged, responder: responder.name, spent },
    maybePaid: session?.journal.found.inFlight ?? 0,
    ...{ invalidFile: invalid.path, journal: session?.journal.path ?? null },
  }
}

function meanScore(made: Translations, scores: ReadonlyMap<number, number>, target: number): number | null {
  let sum = 0
  let count = 0
  if (scores.size === 0) return null
  for (const [number, translation] of made.all()) {
    const score = translation.target === target ? scores.get(number) : undefined
    if (score === undefined) continue
    sum += score
    count++
  }
  return count === 0 ? null : sum / count
}

const isThere = (out: string) =>
  new MimicitError('MIMICIT_NOT_EMPTY', {
    expected: 'a directory that does not exist',
    where: out,
    received: 'one that does',
    hint: 'Name another one.',
  })

const noModel = () =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a language model that translates',
    where: 'translateDataset',
    received: 'none',
    hint: 'Give --model, and --base-url for a server of your own.',
  })

const nothingTranslated = (location: string, path: string | null) =>
  new MimicitError('MIMICIT_EMPTY', {
    expected: 'a translation of at least one pair',
    where: location,
    received: 'none that passed the checks',
    hint: path === null ? 'See the journal.' : `${path} lists every pair with the cause.`,
  })
