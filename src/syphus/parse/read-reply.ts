// A reply measured by the rules of its task as a whole: how many pairs, how many rounds. What fails here is asked once
// again with the reason; rules about single pairs are filters (../filters).
import type { ChatReply, ChatRequest } from '../../llm/chat.js'
import type { DraftPair } from '../draft-pair.js'
import type { Task, TaskRules } from '../task.js'
import { type ParsedReply, parseReply, type ReplyFault } from './parse-reply.js'

/** Reads a reply to a request of a task. Never throws. */
export function readReply({ output, rules }: Pick<Task, 'output' | 'rules'>, reply: ChatReply): ParsedReply {
  const parsed = parseReply(output, reply)
  if ('fault' in parsed) return parsed
  const fault = countFault(parsed.pairs, rules, reply.finish === 'length' || parsed.shape === 'cut-json')
  return fault === undefined ? parsed : { fault }
}

function countFault(
  pairs: readonly DraftPair[],
  { minPairs, maxPairs, rounds }: TaskRules,
  cut: boolean,
): ReplyFault | undefined {
  const asked = minPairs === maxPairs ? `exactly ${minPairs}` : `${minPairs} to ${maxPairs}`
  const has = `The reply has ${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'} where ${asked} were asked for`
  if (pairs.length < minPairs)
    return { code: cut ? 'cut' : 'few-pairs', reason: `${has}${cut ? ', because it was cut off' : ''}.` }
  if (pairs.length > maxPairs) return { code: 'many-pairs', reason: `${has}.` }
  if (rounds === undefined) return undefined
  const counts = new Map<string | undefined, number>()
  for (const { conversation } of pairs) counts.set(conversation, (counts.get(conversation) ?? 0) + 1)
  const wrong = [...counts].find(([, count]) => count !== rounds)
  if (wrong === undefined) return undefined
  return {
    code: 'rounds',
    reason: `Conversation ${wrong[0] ?? '1'} has ${wrong[1]} rounds where exactly ${rounds} were asked for.`,
  }
}

/** Whether the same model may do better when it is told the reason: a content policy stays what it is. */
export const isWorthAskingAgain = ({ code }: ReplyFault): boolean => code !== 'content-filter'

/** Of a bad reply no more is sent back: 300 pairs would cost what they cost a second time. */
const MOST_CHARACTERS = 4000

/**
 * The request that asks once more: the first one, what came back, and why that is of no use.
 * @param says how the model has to answer (`OutputForm.says`)
 */
export function askAgainRequest(
  request: ChatRequest,
  reply: ChatReply,
  { reason }: ReplyFault,
  says: string,
): ChatRequest {
  const bad = reply.text.length > MOST_CHARACTERS ? `${reply.text.slice(0, MOST_CHARACTERS)} [...]` : reply.text
  return {
    ...request,
    messages: [
      ...request.messages,
      // Some servers refuse an empty turn.
      ...(bad.trim() === '' ? [] : [{ role: 'assistant' as const, content: bad }]),
      { role: 'user', content: `That reply cannot be used. ${reason} ${says}` },
    ],
  }
}
