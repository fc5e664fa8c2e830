// Do contexts help? The loss on the same answers without examples, with those that an in-context function chooses, and with
// others of the same length: what the first gains over none is the benefit of examples, what it gains over the last is the
// benefit of choosing them. Every difference is taken question by question, so that hard questions do not blur it.
import { MimicitError } from '../../base/errors.js'
import { fingerprint } from '../../base/hash.js'
import type { Issue, IssueCount } from '../../base/issues.js'
import { turnOf } from '../../loader/turns.js'
import type { Otter } from '../../otter/model.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Condition } from '../few-shot/answerer.js'
import { type FewShotPlan, type FewShotPlanOptions, MATCHED, planFewShot } from '../few-shot/plan-few-shot.js'
import { evaluationLog } from '../issues.js'
import { type AnswerLosses, type AnswerLossRules, answerLosses } from './answer-loss.js'
import type { LossJournal } from './loss-journal.js'

/** What is measured. */
export interface BenefitOptions extends Omit<FewShotPlanOptions, 'task' | 'tokensOf' | 'textDemos'>, AnswerLossRules {
  /** Where losses are kept, so that a run that was killed goes on. @default nowhere */
  readonly journal?: {
    readonly losses: LossJournal
    /** Names the model and the form of its prompts: losses of others are never taken for theirs. */
    readonly name: string
  }
  readonly signal?: AbortSignal | undefined
}

/** A number with its standard error. */
export interface Estimate {
  readonly mean: number
  readonly error: number
}

/** One in-context function with so many shots. */
export interface BenefitRow {
  readonly select: string
  readonly shots: number
  /** Mean tokens of a row. */
  readonly tokens: number
  readonly loss: Estimate
  /** Of other examples with as many tokens; null without examples. */
  readonly control: {
    readonly tokens: number
    /** Tokens by which the row of a question is longer or shorter than its control's, on average. */
    readonly apart: number
    readonly loss: Estimate
  } | null
  /** What the loss falls by against no examples; null where there is no such condition. */
  readonly gain: Estimate | null
  /** What it falls by against the control. */
  readonly gainOverControl: Estimate | null
}

/** The answer. */
export interface BenefitReport {
  readonly questions: number
  readonly support: number
  readonly guarded: number
  readonly seeds: number
  readonly rows: readonly BenefitRow[]
  readonly issues: readonly IssueCount[]
}

/** Means over seeds, of each question. */
interface Measured {
  readonly tokens: Float64Array
  readonly losses: Float64Array
}

/**
 * Measures.
 * @throws MimicitError as `runFewShot`, MIMICIT_NAN for a loss that is no number, MIMICIT_ABORTED
 */
export async function runBenefit(dataset: Dataset, model: Otter, options: BenefitOptions): Promise<BenefitReport> {
  const { select = ['random'], shots = [0, 1, 2, 4], seeds = 1, rules, signal, journal, onProgress } = options
  const chosen = select.filter((name) => !name.startsWith(MATCHED))
  const lengths = await turnLengths(dataset, options)
  const plan = await planFewShot(dataset, {
    ...options,
    ...{ shots, seeds, task: { perVisual: false }, tokensOf: (row: number) => lengths[row]! },
    select: chosen.flatMap((name) => [name, `${MATCHED}${name}`]),
  })
  const log = evaluationLog()
  for (const issue of ownControls(plan)) log.add(issue)
  const losses = answerLosses(dataset, model, { ...options, rules })
  const measured = new Map<string, Measured & { count: number }>()
  const total = plan.conditions.length * plan.questions.length
  const size = plan.questions.length
  let done = 0
  try {
    for (const { condition, contexts } of plan.conditions) {
      const key = `${condition.select} ${condition.shots}`
      const empty = { tokens: new Float64Array(size), losses: new Float64Array(size), count: 0 }
      const known = measured.get(key) ?? empty
      for (const [i, { row }] of plan.questions.entries()) {
        if (signal?.aborted) throw stopped()
        const { id, loss, tokens, missing } = await lossOf(dataset, losses, row, contexts[i]!, journal)
        if (missing > 0) {
          const message = `${missing} of ${contexts[i]!.length} in-context examples did not fit`
          log.add({ code: 'MIMICIT_TOO_LONG', level: 'warning', where: key, id, message })
        }
        known.losses[i]! += loss
        known.tokens[i]! += tokens
        onProgress?.(progressOf(++done, total))
      }
      measured.set(key, { ...known, count: known.count + 1 })
    }
  } finally {
    await losses.close()
  }
  const of = (name: string, count: number): Measured | undefined => {
    const sum = measured.get(`${count === 0 ? 'none' : name} ${count}`)
    const mean = (values: Float64Array) => values.map((value) => value / sum!.count)
    return sum && { tokens: mean(sum.tokens), losses: mean(sum.losses) }
  }
  const counts = [...new Set(shots)].sort((a, b) => a - b)
  return {
    ...{ questions: plan.questions.length, support: plan.support, guarded: plan.guarded, seeds },
    rows: chosen.flatMap((name) => counts.map((count) => rowOf(name, count, of))),
    issues: log.summary(),
  }
}

function rowOf(select: string, shots: number, of: (name: string, shots: number) => Measured | undefined): BenefitRow {
  const own = of(select, shots)!
  const none = shots === 0 ? undefined : of(select, 0)
  const control = shots === 0 ? undefined : of(`${MATCHED}${select}`, shots)
  return {
    ...{ select, shots, tokens: estimate(own.tokens).mean, loss: estimate(own.losses) },
    control: control === undefined ? null : controlOf(own, control),
    gain: none === undefined ? null : difference(none, own),
    gainOverControl: control === undefined ? null : difference(control, own),
  }
}

function controlOf(own: Measured, control: Measured): NonNullable<BenefitRow['control']> {
  const apart = own.tokens.map((tokens, i) => Math.abs(tokens - control.tokens[i]!))
  return { tokens: estimate(control.tokens).mean, apart: estimate(apart).mean, loss: estimate(control.losses) }
}

/** The loss on a row's answer, from the journal if it is there. @param contexts nearest first */
async function lossOf(
  dataset: Dataset,
  losses: AnswerLosses,
  row: number,
  contexts: readonly number[],
  journal: BenefitOptions['journal'],
) {
  const { orderKey } = dataset.manifest
  const key = journal && fingerprint({ model: journal.name, orderKey, row, contexts })
  const known = key === undefined ? undefined : journal!.losses.get(key)
  const query = await dataset.pair(row)
  const shown = known === undefined ? await Promise.all(contexts.map((context) => dataset.pair(context))) : []
  const one = known ?? (await losses.of(query, shown.reverse()))
  if (!Number.isFinite(one.loss)) throw notANumber(query.id)
  if (key !== undefined && known === undefined) await journal!.losses.add(key, one)
  return { id: query.id, loss: one.loss, tokens: one.tokens, missing: contexts.length - one.fitted }
}

/** Where nothing else may be shown, a control is what it is to control: that has to be known. */
function ownControls({ conditions, questions }: FewShotPlan): Issue[] {
  const keyOf = (select: string, { shots, seed }: Condition) => JSON.stringify([select, shots, seed])
  const lists = new Map(conditions.map(({ condition, contexts }) => [keyOf(condition.select, condition), contexts]))
  return conditions.flatMap(({ condition, contexts }) => {
    if (!condition.select.startsWith(MATCHED)) return []
    const own = lists.get(keyOf(condition.select.slice(MATCHED.length), condition))!
    const same = contexts.map((rows, i) => rows.filter((row) => own[i]!.includes(row)).length)
    return same.flatMap((count, i): Issue[] => {
      if (count === 0) return []
      const where = `row ${questions[i]!.row}, ${condition.shots} shots, seed ${condition.seed}`
      const message = `${count} examples of ${condition.select} are those that they control: nothing else may be shown`
      return [{ code: 'MIMICIT_SHOTS_EXCEED_CONTEXTS', level: 'warning', where, message }]
    })
  })
}

const difference = (from: Measured, to: Measured) => estimate(from.losses.map((loss, i) => loss - to.losses[i]!))

/** Mean and standard error over questions. */
export function estimate(values: Float64Array): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, error: 0 }
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) }
}

/** Tokens of every pair's turn, marks of its pictures included. */
async function turnLengths(dataset: Dataset, { rules }: BenefitOptions): Promise<Int32Array> {
  const lengths = new Int32Array(dataset.manifest.tables.pairs.rows)
  for await (const [row, pair] of dataset.pairs()) lengths[row] = turnOf(pair, rules).marked.ids.length
  return lengths
}

const progressOf = (done: number, total: number) => ({ stage: 'losses', done, total, unit: 'answers' })

const stopped = () =>
  new MimicitError('MIMICIT_ABORTED', {
    ...{ expected: 'to finish', where: 'the losses', received: 'a request to stop' },
  })

const notANumber = (id: string) =>
  new MimicitError('MIMICIT_NAN', {
    expected: 'a finite loss',
    where: `pair ${id}`,
    received: 'one that is none',
    hint: 'The weights are broken, or of another model.',
  })
