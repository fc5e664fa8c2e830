// Scores of captions from files: predictions meet their references, whatever does not fit is an error or is counted and
// listed by a policy, and never is a score that of fewer pictures than the report says.
import { MimicitError, show } from '../../base/errors.js'
import type { IssueCount, IssueLog } from '../../base/issues.js'
import { pick } from '../../base/options.js'
import { evaluationLog } from '../issues.js'
import { type CaptionItem, captionSet, type MetricScores } from '../metrics/caption-set.js'
import { type CaptionMetricName, captionMetrics } from '../metrics/index.js'
import { type CaptionTokeniserName, captionTokenisers } from '../tokens/index.js'
import { readCaptions } from './read-captions.js'
import { nothingIn, readReferences } from './read-references.js'

/** What to do with references that no prediction is for: stop, score an empty caption, or leave the picture out. */
export const MISSING_POLICIES = ['error', 'empty', 'leave-out'] as const
/** What to do with predictions that no reference is for: stop, or leave them out. */
export const UNREFERENCED_POLICIES = ['error', 'leave-out'] as const

/** How captions are scored. */
export interface CaptionOptions {
  /** @default 'ptb' */
  readonly tokens?: CaptionTokeniserName
  /** @default all */
  readonly metrics?: readonly CaptionMetricName[]
}

/** Where captions are, and what to do about those that do not fit. */
export interface CaptionFileOptions extends CaptionOptions {
  readonly predictions: string
  /** One file, or several: of the same picture each adds its references. */
  readonly references: string | readonly string[]
  /** @default 'error' */
  readonly missing?: (typeof MISSING_POLICIES)[number]
  /** @default 'error' */
  readonly unreferenced?: (typeof UNREFERENCED_POLICIES)[number]
}

/** Scores of a set of captions. */
export interface CaptionScores {
  readonly tokens: CaptionTokeniserName
  /** Pictures that were scored. */
  readonly pictures: number
  readonly scores: readonly MetricScores[]
}

/** Scores of captions from files. */
export interface CaptionReport extends CaptionScores {
  /** What was scored, in the order of the scores of each. */
  readonly items: readonly CaptionItem[]
  /** Pictures that have references. */
  readonly referenced: number
  /** What did not fit, counted, with examples. */
  readonly issues: readonly IssueCount[]
}

/**
 * Scores captions.
 * @throws MimicitError MIMICIT_EMPTY without any, or for an item without references; MIMICIT_UNKNOWN_NAME
 */
export function scoreCaptions(items: readonly CaptionItem[], options: CaptionOptions = {}): CaptionScores {
  const { tokens = 'ptb', metrics = Object.keys(captionMetrics) as CaptionMetricName[] } = options
  if (items.length === 0) {
    throw new MimicitError('MIMICIT_EMPTY', {
      expected: 'at least one picture with a caption and references',
      where: 'scoreCaptions',
      received: 'none',
    })
  }
  const chosen = metrics.map((name) => pick('the caption metrics', captionMetrics, name))
  const set = captionSet(items, pick('the caption tokeniser', captionTokenisers, tokens))
  return { tokens, pictures: items.length, scores: chosen.flatMap((metric) => metric(set)) }
}

/**
 * Scores the captions of files.
 * @throws MimicitError MIMICIT_UNPAIRED where predictions and references are not of the same pictures and the policy is to
 * stop, MIMICIT_DUPLICATE_ID, MIMICIT_EMPTY, and whatever reading throws
 */
export async function evaluateCaptions(options: CaptionFileOptions): Promise<CaptionReport> {
  const { predictions, references, missing = 'error', unreferenced = 'error', tokens = 'ptb' } = options
  const files = typeof references === 'string' ? [references] : references
  const hasWords = (text: string) => pick('the caption tokeniser', captionTokenisers, tokens)(text).length > 0
  const log = evaluationLog()
  const said = await readPredictions(predictions, hasWords, log)
  const known = await readReferences(files, hasWords, log)
  for (const [id, { where }] of said) {
    if (known.has(id)) continue
    const level = unreferenced === 'error' ? 'error' : 'warning'
    log.add({ code: 'MIMICIT_UNPAIRED', level, where, id, message: `${show(id)} has no references` })
  }
  const items: CaptionItem[] = []
  for (const [id, { texts, where }] of known) {
    const candidate = said.get(id)?.text
    if (candidate === undefined) {
      const level = missing === 'error' ? 'error' : 'warning'
      log.add({ code: 'MIMICIT_UNPAIRED', level, where, id, message: `${show(id)} has no prediction` })
      if (missing !== 'empty') continue
    }
    items.push({ id, candidate: candidate ?? '', references: texts })
  }
  log.throwIfErrors(
    `${predictions} and ${files.join(', ')}`,
    'Mend the files, or say what to do with --missing and --unreferenced.',
  )
  return { ...scoreCaptions(items, options), items, referenced: known.size, issues: log.summary() }
}

type HasWords = (text: string) => boolean

async function readPredictions(path: string, hasWords: HasWords, log: IssueLog) {
  const said = new Map<string, { readonly text: string; readonly where: string }>()
  for await (const { id, texts, where } of readCaptions(path)) {
    const before = said.get(id)
    if (before !== undefined || texts.length !== 1) {
      const message = before === undefined ? `${texts.length} captions` : `again ${show(id)}, first at ${before.where}`
      log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message })
      continue
    }
    const text = texts[0]!
    said.set(id, { text, where })
    if (hasWords(text)) continue
    log.add({ code: 'MIMICIT_EMPTY', level: 'warning', where, id, message: `the caption of ${show(id)} has no words` })
  }
  if (said.size === 0) throw nothingIn(path, 'one prediction')
  return said
}
