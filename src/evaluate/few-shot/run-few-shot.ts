// Few-shot evaluation: questions of a data set, asked with in-context examples that share no picture with any question, in
// several conditions (in-context function, shots, seed). What is asked goes through a journal, so that a run that was killed
// goes on; every answer is written with its prompt and examples; scores are those of all questions, or there are none.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import type { IssueCount, IssueLog } from '../../base/issues.js'
import { pick } from '../../base/options.js'
import { type Answered, askAll } from '../../llm/ask-all.js'
import type { Ask } from '../../llm/chat.js'
import type { OnMeter } from '../../llm/meter.js'
import { CONCURRENCY } from '../../llm/pace.js'
import type { Dataset } from '../../shards/dataset.js'
import { evaluationLog } from '../issues.js'
import type { Answerer, Condition, ShownPrompt } from './answerer.js'
import { type FewShotPlan, type FewShotPlanOptions, planFewShot } from './plan-few-shot.js'
import { namesOf, type Prediction } from './predictions.js'
import { type ConditionScores, type ShotSummary, summarise } from './summary.js'
import { type FewShotTask, type FewShotTaskName, fewShotTasks, type ScoredItem } from './tasks.js'

/** What is evaluated. */
export interface FewShotOptions extends Omit<FewShotPlanOptions, 'task'> {
  readonly task: FewShotTaskName
  /** Tokens of an answer at most. @default the task's: 20 for captions, 5 for short answers, more where tokens are bytes */
  readonly maxNewTokens?: number
  /** References of each question by its id (or that of its picture, where a picture is what is asked about), in place of responses. */
  readonly references?: ReadonlyMap<string, readonly string[]>
  /** What to do where no answer could be had: stop, or take an empty one, which is listed. @default 'error' */
  readonly failed?: 'error' | 'empty'
  /** Hears every answer, in order. */
  readonly onPrediction?: (prediction: Prediction) => void | Promise<void>
  readonly onMeter?: OnMeter
  readonly signal?: AbortSignal | undefined
}

/** What came of it. */
export interface FewShotReport {
  readonly task: FewShotTaskName
  /** The score that stands for the others. */
  readonly main: string
  readonly questions: number
  /** Pairs that could be shown, and those kept from it because they share a picture with a question. */
  readonly support: number
  readonly guarded: number
  readonly conditions: readonly ConditionScores[]
  /** Mean and spread over seeds, for each in-context function and number of shots. */
  readonly summary: readonly ShotSummary[]
  readonly issues: readonly IssueCount[]
}

/**
 * Evaluates.
 * @throws MimicitError MIMICIT_EMPTY, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_UNKNOWN_NAME, MIMICIT_UNPAIRED without a
 * reference, what a question failed with that has no answer, whatever `askAll` throws
 */
export async function runFewShot(
  dataset: Dataset,
  answerer: Answerer,
  options: FewShotOptions,
): Promise<FewShotReport> {
  const task: FewShotTask = pick('the task', fewShotTasks, options.task)
  const plan = await planFewShot(dataset, { ...options, task })
  const log = evaluationLog()
  const byCondition = new Map<string, { condition: Condition; predictions: ScoredItem[] }>()
  const asked = new Set<string>()
  for await (const prediction of answers(dataset, answerer, plan, task, options, log, asked)) {
    const { select, shots, seed, id, references, options: choices } = prediction
    const key = `${select} ${shots} ${seed}`
    const known = byCondition.get(key) ?? { condition: { select, shots, seed }, predictions: [] }
    // Prompts are long, and written already.
    known.predictions.push({ id, prediction: prediction.prediction, references, ...(choices && { options: choices }) })
    byCondition.set(key, known)
    await options.onPrediction?.(prediction)
  }
  for (const issue of answerer.unasked?.() ?? []) log.add(issue)
  for (const id of unusedReferences(options.references, asked)) {
    const message = `${show(id)} is no question here: its references count for nothing`
    log.add({ code: 'MIMICIT_UNPAIRED', level: 'warning', where: 'the references', id, message })
  }
  const conditions = [...byCondition.values()].map(({ condition, predictions }) => {
    const { scores, items } = task.score(predictions)
    return { ...condition, scores, items: items.map((score, i) => ({ id: predictions[i]!.id, score })) }
  })
  return {
    ...{ task: options.task, main: task.main, questions: plan.questions.length },
    ...{ support: plan.support, guarded: plan.guarded, conditions },
    summary: summarise(conditions, plan.selections),
    issues: log.summary(),
  }
}

const AHEAD = 8

interface Asked extends ShownPrompt {
  readonly prompt: string
  readonly fitted: readonly string[]
  readonly references: readonly string[]
}

async function* answers(
  dataset: Dataset,
  answerer: Answerer,
  plan: FewShotPlan,
  task: FewShotTask,
  options: FewShotOptions,
  log: IssueLog,
  asked: Set<string>,
): AsyncGenerator<Prediction> {
  const { signal, onMeter } = options
  const most = options.maxNewTokens ?? task.maxNewTokens * (answerer.tokensPerWord ?? 1)
  const asks = async function* (): AsyncGenerator<Ask<Asked>> {
    for (const { condition, contexts, withoutPictures } of plan.conditions) {
      for (const [i, question] of plan.questions.entries()) {
        const asAsked = async (row: number) => {
          const pair = await dataset.pair(row)
          return { ...pair, instruction: task.instruction(pair.instruction) }
        }
        // Nearest first as they are chosen, nearest last as they stand.
        const shown = (await Promise.all(contexts[i]!.map(asAsked))).reverse()
        const examples = withoutPictures ? shown.map(pictureless) : shown
        const prompt = { query: await asAsked(question.row), contexts: examples, condition }
        const { request, text, contextIds } = await answerer.write(prompt, most)
        const names = namesOf(prompt.query, task.perVisual)
        for (const name of names) asked.add(name)
        const references = await referencesOf(dataset, question.rows, names, options.references)
        const id = `${condition.select}/${condition.shots}/${condition.seed}/${prompt.query.id}`
        yield { id, request, subject: { ...prompt, prompt: text, fitted: contextIds, references } }
      }
    }
  }
  const total = plan.conditions.length * plan.questions.length
  // Requests hold pictures: hardly more of them than calls at once are made ahead.
  const window = AHEAD + (answerer.asking.limits?.concurrency ?? CONCURRENCY)
  for await (const answered of askAll<Asked>(asks(), { ...answerer.asking, signal, onMeter, total, window })) {
    const { subject } = answered.ask
    const { query, contexts, condition, fitted, references, prompt } = subject
    const choices = optionsIn(query.metadata)
    const { text, finish } = textOf(answered, options.failed ?? 'error', log)
    if (fitted.length < contexts.length) {
      const message = `${contexts.length - fitted.length} of ${contexts.length} in-context examples did not fit`
      log.add({ code: 'MIMICIT_TOO_LONG', level: 'warning', where: answered.ask.id, id: query.id, message })
    }
    const ids = contexts.map(({ id }) => id)
    yield {
      ...{ id: query.id, ...condition, prediction: text, references, ...(choices && { options: choices }) },
      ...{ contexts: ids, fitted, finish, prompt },
    }
  }
}

function textOf(answered: Answered<Asked>, failed: 'error' | 'empty', log: IssueLog) {
  const { ask } = answered
  const where = ask.id
  const id = ask.subject.query.id
  if (answered.kind === 'reply') {
    const text = answered.reply.text.trim()
    if (text === '') {
      log.add({ code: 'MIMICIT_EMPTY', level: 'warning', where, id, message: 'an empty answer' })
    }
    return { text, finish: answered.reply.finish }
  }
  if (failed === 'error') {
    throw new MimicitError(answered.failure.code, {
      expected: 'an answer to every question',
      where,
      received: `none in ${answered.tries} tries (${answered.failure.message})`,
      hint: 'Run it again with --retry-given-up, or take empty answers for those with --failed empty.',
      cause: answered.failure,
    })
  }
  log.add({ code: answered.failure.code, level: 'warning', where, id, message: answered.failure.message })
  return { text: '', finish: 'failed' }
}

const pictureless = <P extends { readonly media: readonly number[] }>(pair: P) => ({
  ...pair,
  ...{ media: [], mediaIds: [], mediaKind: 'none' as const, mediaPositions: null, mediaTimes: null },
})

const unusedReferences = (given: FewShotOptions['references'], asked: ReadonlySet<string>) =>
  [...(given?.keys() ?? [])].filter((id) => !asked.has(id))

/** What people answered: given ones, those in the metadata (`answers`, as VQA has ten), else the responses. */
async function referencesOf(
  dataset: Dataset,
  rows: readonly number[],
  names: readonly string[],
  given: FewShotOptions['references'],
): Promise<readonly string[]> {
  if (given !== undefined) {
    const known = names.map((name) => given.get(name)).find((texts) => texts !== undefined && texts.length > 0)
    if (known !== undefined) return known
    throw new MimicitError('MIMICIT_UNPAIRED', {
      expected: `references for ${names.map((name) => show(name)).join(' or ')}`,
      where: 'the references',
      received: 'none',
      hint: 'Give references for every question, or none at all to take the responses of the data set.',
    })
  }
  const pairs = await Promise.all(rows.map((row) => dataset.pair(row)))
  return pairs.flatMap(({ response, metadata }) => answersIn(metadata) ?? [response])
}

function answersIn(metadata: string | null): readonly string[] | undefined {
  if (metadata === null || !metadata.includes('"answers"')) return undefined
  const { answers } = JSON.parse(metadata) as { readonly answers?: unknown }
  if (!Array.isArray(answers)) return undefined
  const texts = answers.map((answer: unknown) =>
    typeof answer === 'string' ? answer : (answer as { readonly answer?: unknown } | null)?.answer,
  )
  return texts.length > 0 && texts.every((text) => typeof text === 'string') ? texts : undefined
}

/** The options of a question of a benchmark. */
function optionsIn(metadata: string | null): Readonly<Record<string, string>> | undefined {
  if (metadata === null || !metadata.includes('"options"')) return undefined
  const found = optionsField.safeParse(JSON.parse(metadata))
  return found.success && Object.keys(found.data.options).length > 0 ? found.data.options : undefined
}

const optionsField = z.object({ options: z.record(z.string(), z.string()) })
