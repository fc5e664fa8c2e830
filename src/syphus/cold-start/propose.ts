// Candidates of a round: annotations that were not seen yet, asked about with the examples that were chosen so far; in the
// first round with none, which is what a cold start is.
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { type AskAllOptions, askAll } from '../../llm/ask-all.js'
import type { Ask, ChatReply } from '../../llm/chat.js'
import { createJudge, type JudgeOptions } from '../filters/judge.js'
import type { OutputForm } from '../output-form.js'
import { jsonValues } from '../parse/json-values.js'
import { questionAnswers } from '../parse/question-answer.js'
import { readReply } from '../parse/read-reply.js'
import { askOf, type PromptSettings, type SyphusSubject } from '../request.js'
import type { Task } from '../task.js'
import type { Candidate } from './session.js'

/** What came of a round. */
export interface Proposal {
  readonly candidates: readonly Candidate[]
  /** Every annotation that was asked about. */
  readonly tried: readonly string[]
  /** Those of which nothing came, with the cause. */
  readonly failed: readonly { readonly annotation: string; readonly reason: string }[]
}

/** How candidates are asked for and looked at. */
export interface ProposeSettings {
  readonly prompts: PromptSettings
  readonly language: string
  /** What speaks against a pair, and which slips are mended in what is shown. */
  readonly judging: JudgeOptions
}

/** Asks about some annotations. */
export async function propose(
  task: Task,
  annotations: readonly VisualAnnotation[],
  { prompts, language, judging }: ProposeSettings,
  asking: Omit<AskAllOptions<SyphusSubject>, 'review'>,
): Promise<Proposal> {
  const judge = await createJudge(judging)
  const candidates: Candidate[] = []
  const failed: { annotation: string; reason: string }[] = []
  const asks: Ask<SyphusSubject>[] = annotations.map((annotation) => askOf(task, annotation, prompts))
  for await (const answered of askAll(asks, asking)) {
    const { annotation } = answered.ask.subject
    if (answered.kind === 'failure') {
      failed.push({ annotation: annotation.id, reason: answered.failure.message })
      continue
    }
    // A person looks at it, so the number of pairs is no reason to hide it.
    const parsed = readReply({ output: task.output, rules: { ...task.rules, minPairs: 1 } }, answered.reply)
    if ('fault' in parsed) {
      failed.push({ annotation: annotation.id, reason: parsed.fault.reason })
      continue
    }
    const user = task.prompt(annotation)
    const about = { language, evidence: user, rules: task.rules, media: annotation.id }
    const objections: string[] = []
    const mended = new Map<string, string>()
    for (const [n, given] of parsed.pairs.entries()) {
      const { pair, verdicts } = await judge.judge(given, about)
      mended.set(given.instruction, pair.instruction).set(given.response, pair.response)
      objections.push(...verdicts.map(({ reason }) => `Pair ${n + 1}: ${reason}`))
    }
    const { id, mediaKind, mediaIds, span } = annotation
    const visuals = { mediaKind, mediaIds, ...(span && { span }) }
    // It may become an example, which must not teach the slip.
    const reply = withTexts(replyValue(task.output, answered.reply), mended)
    candidates.push({ annotation: id, user, reply, visuals, objections })
  }
  return { candidates, tried: annotations.map(({ id }) => id), failed }
}

/** A value with texts replaced wherever they stand. */
function withTexts(value: unknown, texts: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return texts.get(value.trim()) ?? value
  if (Array.isArray(value)) return value.map((item) => withTexts(item, texts))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, texts)]))
}

/** A reply that was read, as a value in the form of the task. */
function replyValue(form: OutputForm, { text, finish }: ChatReply): unknown {
  for (const { value } of jsonValues(text)) {
    const read = form.read(value)
    if ('pairs' in read && read.pairs.length > 0) return value
  }
  return form.fromText(questionAnswers(text, finish === 'length').pairs)
}
