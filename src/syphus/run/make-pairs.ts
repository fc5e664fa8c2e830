// From annotations to pairs: each is asked about, its answer read and, if it is of no use, asked for once more with the
// reason; pairs are named and related. What comes to nothing is told with its cause. Everything comes in the order of the
// annotations, so the same answers give the same pairs whatever their timing.
import type { VisualAnnotation } from '../../import/annotations/annotation.js'
import { type Answered, type AskAllOptions, askAll } from '../../llm/ask-all.js'
import type { Ask, ChatReply, Responder } from '../../llm/chat.js'
import type { DraftPair } from '../draft-pair.js'
import { askAgainRequest, isWorthAskingAgain, readReply } from '../parse/read-reply.js'
import { namePairs } from '../relation.js'
import type { SyphusSubject } from '../request.js'
import type { Task } from '../task.js'

/** What became of one annotation. */
export type Made =
  | {
      readonly kind: 'pairs'
      readonly annotation: VisualAnnotation
      readonly pairs: readonly Named[]
      /** What was asked for and is not there, as sentences. */
      readonly notes: readonly string[]
    }
  | {
      readonly kind: 'invalid'
      readonly annotation: VisualAnnotation
      readonly code: string
      readonly reason: string
      readonly replies: readonly string[]
    }

/** A pair with its name. */
export interface Named {
  readonly id: string
  readonly draft: DraftPair
}

/** Asks for pairs. @param asks of annotations that lack nothing, each once */
export async function* makePairs(
  task: Task,
  asks: AsyncIterable<Ask<SyphusSubject>>,
  options: Omit<AskAllOptions<SyphusSubject>, 'review'>,
): AsyncGenerator<Made> {
  const read = (reply: ChatReply, round: number) => readReply(ruleFor(task, options.responder, round), reply)
  const answers = askAll(asks, {
    ...options,
    review({ request }, reply, round) {
      const parsed = read(reply, round)
      if (!('fault' in parsed)) return { verdict: { pairs: parsed.pairs.length } }
      const again = round === 0 && options.responder.kind === 'model' && isWorthAskingAgain(parsed.fault)
      const verdict = { fault: parsed.fault.code }
      return again ? { verdict, again: askAgainRequest(request, reply, parsed.fault, task.output.says) } : { verdict }
    },
  })
  for await (const answered of answers) yield madeOf(task, answered, options.responder, read)
}

function madeOf(
  task: Task,
  answered: Answered<SyphusSubject>,
  { kind }: Pick<Responder, 'kind'>,
  read: (reply: ChatReply, round: number) => ReturnType<typeof readReply>,
): Made {
  const { annotation } = answered.ask.subject
  const earlier = answered.earlier.map(({ text }) => text)
  if (answered.kind === 'failure') {
    const { code, message } = answered.failure
    return { kind: 'invalid', annotation, code, reason: message, replies: earlier }
  }
  const parsed = read(answered.reply, answered.earlier.length)
  if ('fault' in parsed) {
    return { kind: 'invalid', annotation, ...parsed.fault, replies: [...earlier, answered.reply.text] }
  }
  const { length } = parsed.pairs
  const few = `${length} of at least ${task.rules.minPairs} pairs came, also when it was asked again.`
  const notes = [...parsed.notes, ...(kind === 'model' && length < task.rules.minPairs ? [few] : [])]
  return { kind: 'pairs', annotation, pairs: namePairs(task, annotation, parsed.pairs), notes }
}

/**
 * Rules make what can be made, and few pairs at a second try are better than what was paid for and is lost; only where the
 * number is exact does it stay so.
 */
function ruleFor(task: Task, { kind }: Pick<Responder, 'kind'>, round: number): Pick<Task, 'output' | 'rules'> {
  const isExact = task.rules.minPairs === task.rules.maxPairs
  return isExact || (kind === 'model' && round === 0)
    ? task
    : { output: task.output, rules: { ...task.rules, minPairs: 1 } }
}
