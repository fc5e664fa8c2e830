// From the text of a reply to pairs, or to what is wrong with it in words that the model can be told. JSON in the form that
// was asked for comes first, then what means the same; nothing comes out that does not stand in the reply.
import type { ChatReply } from '../../llm/chat.js'
import type { DraftPair } from '../draft-pair.js'
import type { OutputForm } from '../output-form.js'
import { jsonValues } from './json-values.js'
import { questionAnswers, type TextPair } from './question-answer.js'

/** Why a reply is of no use. */
export type ReplyFaultCode =
  | 'content-filter'
  | 'cut'
  | 'empty'
  | 'few-pairs'
  | 'many-pairs'
  | 'no-pairs'
  | 'rounds'
  | 'wrong-form'

/** What is wrong with a reply. */
export interface ReplyFault {
  readonly code: ReplyFaultCode
  /** A sentence, for people and for the model. */
  readonly reason: string
}

/** How the pairs stood in the reply. */
export type ReplyShape = 'json' | 'json-in-text' | 'cut-json' | 'text'

/** Pairs, or why there are none. */
export type ParsedReply =
  | { readonly pairs: readonly DraftPair[]; readonly shape: ReplyShape; readonly notes: readonly string[] }
  | { readonly fault: ReplyFault }

const SHAPES = { whole: 'json', inside: 'json-in-text', cut: 'cut-json' } as const

/** Reads a reply in the form of a task. Never throws, whatever the reply. */
export function parseReply(form: OutputForm, { text, finish }: ChatReply): ParsedReply {
  if (finish === 'content-filter') return bad('content-filter', 'The content policy of the server stopped the reply.')
  if (text.trim() === '') return bad('empty', 'The reply is empty.')
  const said = spoken(text)
  if (said === '') return faultOf(undefined, finish)
  let complaint: string | undefined
  for (const { value, place } of jsonValues(said)) {
    const read = form.read(value)
    const other = 'pairs' in read && read.pairs.length > 0 ? read : readOther(form, value)
    if (other !== undefined && 'pairs' in other && other.pairs.length > 0) {
      const notes = place === 'cut' ? ['The reply was cut off; its whole pairs were kept.'] : []
      return { pairs: other.pairs, shape: SHAPES[place], notes }
    }
    complaint ??= 'fault' in read ? read.fault : 'it has no pairs'
  }
  return readText(form, said, finish) ?? faultOf(complaint, finish)
}

/** A reply without what a model thought aloud before it: what stands there may be drafts of pairs. */
function spoken(text: string): string {
  const end = text.lastIndexOf('</think>')
  if (end >= 0) return text.slice(end + '</think>'.length).trim()
  return text.trimStart().startsWith('<think>') ? '' : text
}

/** Questions and answers in another JSON than was asked for. */
function readOther(form: OutputForm, value: unknown) {
  if (!form.asText) return undefined
  const pairs = pairsIn(value)
  return pairs === undefined ? undefined : form.read(form.fromText(pairs))
}

function readText(form: OutputForm, text: string, finish: ChatReply['finish']): ParsedReply | undefined {
  if (!form.asText) return undefined
  const { pairs, loose } = questionAnswers(text, finish === 'length')
  if (pairs.length === 0) return undefined
  const read = form.read(form.fromText(pairs))
  if (!('pairs' in read) || read.pairs.length === 0) return undefined
  const notes = loose === 0 ? [] : [`${loose} questions or answers without their other half were left out.`]
  return { pairs: read.pairs, shape: 'text', notes }
}

function faultOf(complaint: string | undefined, finish: ChatReply['finish']): ParsedReply {
  if (finish === 'length')
    return bad('cut', 'The reply was cut off before its first pair was whole; answer more briefly.')
  if (complaint === undefined) return bad('no-pairs', 'The reply has neither JSON nor questions with answers.')
  return bad('wrong-form', `The reply does not have the form that was asked for: ${complaint.slice(0, 500)}`)
}

const bad = (code: ReplyFaultCode, reason: string): ParsedReply => ({ fault: { code, reason } })

const KEYS = {
  question: ['question', 'instruction', 'q'],
  answer: ['answer', 'response', 'a'],
} as const

/** A list of objects with a question and an answer each, bare or as the only list of an object. */
function pairsIn(value: unknown): readonly TextPair[] | undefined {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : onlyList(value)
  const pairs = list?.map(pairOf)
  return pairs === undefined || pairs.length === 0 || pairs.includes(undefined) ? undefined : (pairs as TextPair[])
}

function onlyList(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (pairOf(value) !== undefined) return [value]
  const lists = Object.values(value).filter((one) => Array.isArray(one)) as unknown[][]
  return lists.length === 1 ? lists[0] : undefined
}

function pairOf(value: unknown): TextPair | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const fields = new Map(Object.entries(value).map(([key, field]) => [key.toLowerCase().trim(), field as unknown]))
  const text = (names: readonly string[]) =>
    names
      .map((name) => fields.get(name))
      .find((field): field is string => typeof field === 'string' && field.trim() !== '')
  const question = text(KEYS.question)
  const answer = text(KEYS.answer)
  return question === undefined || answer === undefined
    ? undefined
    : { question: question.trim(), answer: answer.trim() }
}
