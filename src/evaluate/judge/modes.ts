// How a judge is asked and how its answer is read: whether an answer means the same as the label, how good it is from 0 to
// 100, or which of two is better. Words are asked for as JSON; whatever a model makes of that is read as kindly as it is
// clear, and what is not clear is asked once more.
import type { ChatRequest } from '../../llm/chat.js'
import type { JudgeItem } from './items.js'
import { offlineMatch } from './offline.js'

/** A way to judge one answer. */
export interface JudgeMode {
  /** What the number is called in reports. */
  readonly score: string
  request(item: JudgeItem): ChatRequest
  /** From 0 to 1; undefined where a reply says nothing that counts. */
  read(reply: string): number | undefined
  /** The reply that rules give. */
  offline(item: JudgeItem): string
}

const SYSTEM =
  'You compare answers about pictures that you do not see. You are strict about facts and kind about wording.'

/** The request of one judgement. */
export function judgeRequest(text: string, name: string, property: Readonly<Record<string, unknown>>): ChatRequest {
  const key = name
  return {
    messages: [
      { role: 'system', content: SYSTEM },
      { role: 'user', content: text },
    ],
    ...{ maxTokens: 200, temperature: 0 },
    schema: {
      name,
      schema: { type: 'object', properties: { [key]: property }, required: [key], additionalProperties: false },
    },
  }
}

/** The same, after a reply that said nothing. */
export function askedAgain(request: ChatRequest, reply: string): ChatRequest {
  const again = 'That is not the JSON that was asked for. Answer with that JSON only.'
  return {
    ...request,
    messages: [...request.messages, { role: 'assistant', content: reply }, { role: 'user', content: again }],
  }
}

/** What is judged, in words. */
export function asText({ question, hint, options, label }: JudgeItem): string {
  const choices = Object.entries(options).map(([letter, text]) => `${letter}. ${text}`)
  const right = options[label] === undefined ? label : `${label}. ${options[label]}`
  return [
    ...(hint === undefined ? [] : [`Hint: ${hint}`]),
    `Question: ${question}`,
    ...(choices.length === 0 ? [] : [`Options:\n${choices.join('\n')}`]),
    `Right answer: ${right}`,
  ].join('\n')
}

/** The value under a key of the JSON object in a reply, if there is one. */
export function valueIn(reply: string, key: string): unknown {
  const json = /\{[^{}]*\}/s.exec(reply)?.[0]
  if (json === undefined) return undefined
  try {
    return (JSON.parse(json) as Readonly<Record<string, unknown>>)[key]
  } catch {
    return undefined
  }
}

/** Ways by name. */
export const judgeModes = {
  /** Right or wrong, as MMAGIBench has it. */
  match: {
    score: 'accuracy',
    request: (item) =>
      judgeRequest(
        `${asText(item)}\nAnswer of a model: ${item.answer}\n\n` +
          'Does the answer of the model mean the same as the right answer? Reply with {"match": true} or {"match": false}.',
        'match',
        { type: 'boolean' },
      ),
    read(reply) {
      const value = valueIn(reply, 'match')
      if (typeof value === 'boolean') return value ? 1 : 0
      const word = /^\W*(yes|no|true|false)\b/i.exec(reply)?.[1]?.toLowerCase()
      return word === undefined ? undefined : word === 'yes' || word === 'true' ? 1 : 0
    },
    offline: (item) => JSON.stringify({ match: offlineMatch(item) }),
  },
  /** How good an answer is against the label. */
  score: {
    score: 'score',
    request: (item) =>
      judgeRequest(
        `${asText(item)}\nAnswer of a model: ${item.answer}\n\n` +
          'How good is the answer of the model against the right answer, from 0 (wrong) to 100 (says the same)? ' +
          'Reply with {"score": <number>}.',
        'score',
        { type: 'number', minimum: 0, maximum: 100 },
      ),
    read(reply) {
      const value = valueIn(reply, 'score')
      const number =
        typeof value === 'number' ? value : Number(/^\W*(\d+(?:\.\d+)?)\s*(?:\/\s*100)?\W*$/.exec(reply)?.[1])
      return number >= 0 && number <= 100 ? number / 100 : undefined
    },
    offline: (item) => JSON.stringify({ score: offlineMatch(item) ? 100 : 0 }),
  },
} as const satisfies Readonly<Record<string, JudgeMode>>

/** The name of a way. */
export type JudgeModeName = keyof typeof judgeModes
