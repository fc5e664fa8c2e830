// Do contexts help? The loss on the same answers without examples, with those that an in-context function chooses, and with
// others of the same length: what the first gains over none is the benefit of examples, what it gains over the last is the
// benefit of choosing them. Every difference is taken question by question, so that hard questions do not blur it.
import { MimicitError } from '../../base/errors.js'
import { type IssueCount, IssueLog } from '../../base/issues.js'
import { turnOf } from '../../loader/turns.js'
import type { Otter } from '../../otter/model.js'
import type { Dataset } from '../../shards/dataset.js'
import { type FewShotPlanOptions, MATCHED, planFewShot } from '../few-shot/plan-few-shot.js'
import { type AnswerLossRules, answerLosses } from './answer-loss.js'

/** What is measured. */
export interface BenefitOptions extends Omit<FewShotPlanOptions, 'task' | 'tokensOf' | 'textDemos'>, AnswerLossRules {
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
  readonly control: { readonly tokens: number; readonly loss: Estimate } | null
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

interface Measured {
  readonly tokens: number
  /** Mean over seeds, of each question. */
  readonly losses: Float64Array
}

/**
 * Measures.
 * @throws MimicitError as `runFewShot`, MIMICIT_NAN for a loss that is no number, MIMICIT_ABORTED
 */
export async function runBenefit(dataset: Dataset, model: Otter, options: BenefitOptions): Promise<BenefitReport> {
  const { select = ['random'], shots = [0, 1, 2, 4], seeds = 1, rules, signal, onProgress } = options
  const chosen = select.filter((name) => !name.startsWith(MATCHED))
  const lengths = await turnLengths(dataset, options)
  const plan = await planFewShot(dataset, {
    ...options,
    ...{ shots, seeds, task: { perVisual: false }, tokensOf: (row: number) => lengths[row]! },
    select: chosen.flatMap((name) => [name, `${MATCHED}${name}`]),
  })
  const log = new IssueLog()
  const losses = answerLosses(dataset, model, { ...options, rules })
  const measured = new Map<string, Measured & { count: number }>()
  const total = plan.conditions.length * plan.questions.length
  let done = 0
  try {
    for (const { condition, contexts } of plan.conditions) {
      const key = `${condition.select} ${condition.shots}`
      const known = measured.get(key) ?? { tokens: 0, losses: new Float64Array(plan.questions.length), count: 0 }
      let tokens = 0
      for (const [i, { row }] of plan.questions.entries()) {
        if (signal?.aborted) throw stopped()
        const shown = await Promise.all(contexts[i]!.map((context) => dataset.pair(context)))
        const query = await dataset.pair(row)
        const one = await losses.of(query, shown.reverse())
        if (!Number.isFinite(one.loss)) throw notANumber(query.id)
        if (one.fitted < shown.length) {
          const message = `${shown.length - one.fitted} of ${shown.length} in-context examples did not fit`
          log.add({ code: 'MIMICIT_TOO_LONG', level: 'warning', where: key, id: query.id, message })
        }
        known.losses[i]! += one.loss
        tokens += one.tokens / plan.questions.length
        onProgress?.(progressOf(++done, total))
      }
      measured.set(key, { losses: known.losses, tokens: known.tokens + tokens, count: known.count + 1 })
    }
  } finally {
    await losses.close()
  }
  const of = (name: string, count: number): Measured | undefined => {
    const sum = measured.get(`${count === 0 ? 'none' : name} ${count}`)
    return sum && { tokens: sum.tokens / sum.count, losses: sum.losses.map((value) => value / sum.count) }
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
    ...{ select, shots, tokens: own.tokens, loss: estimate(own.losses) },
    control: control === undefined ? null : { tokens: control.tokens, loss: estimate(control.losses) },
    gain: none === undefined ? null : difference(none, own),
    gainOverControl: control === undefined ? null : difference(control, own),
  }
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
