// Files and batches of the batch end point, as they go over the wire: what is sent, what is said about a batch, and the
// lines of its results.
import { z } from 'zod'
import { show } from '../base/errors.js'
import type { ChatReply, ChatRequest } from './chat.js'
import { noAnswer, parseAnswer } from './chat-answer.js'
import { chatBody, newDialect } from './chat-body.js'
import { promptBound } from './token-bound.js'

/** A request as a line of the file of a batch. */
export function batchLine(model: string, key: string, request: ChatRequest): string {
  const body = chatBody(model, request, newDialect())
  return `${JSON.stringify({ custom_id: key, method: 'POST', url: '/v1/chat/completions', body })}\n`
}

const batchSchema = z.object({
  id: z.string(),
  status: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  output_file_id: z.string().nullish(),
  error_file_id: z.string().nullish(),
  /** Why none of it was worked for. */
  errors: z.unknown().optional(),
})

/** What a server says of a batch. */
export type BatchState = z.infer<typeof batchSchema>

/** Whatever comes of a batch is there: it is done, or was ended. */
export const isOver = ({ status }: BatchState): boolean =>
  ['completed', 'failed', 'expired', 'cancelled'].includes(status)

/** @throws CallFailure MIMICIT_BAD_REPLY */
export const parseBatch = (text: string, where: string): BatchState => parsed(batchSchema, text, where)

/** Some of the batches of an account, and whether there are more behind them. @throws CallFailure MIMICIT_BAD_REPLY */
export function parseBatchPage(
  text: string,
  where: string,
): { readonly data: BatchState[]; readonly hasMore: boolean } {
  const { data, has_more } = parsed(
    z.object({ data: z.array(batchSchema), has_more: z.boolean().nullish() }),
    text,
    where,
  )
  return { data, hasMore: has_more === true }
}

/** The id of a file that was sent. @throws CallFailure MIMICIT_BAD_REPLY */
export const parseFileId = (text: string, where: string): string => parsed(z.object({ id: z.string() }), text, where).id

function parsed<S extends z.ZodType>(schema: S, text: string, where: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(text))
  } catch {
    throw noAnswer(where, show(text))
  }
}

const resultSchema = z.object({
  custom_id: z.string(),
  response: z.object({ status_code: z.number(), body: z.unknown().optional() }).nullish(),
  error: z.unknown().optional(),
})

/** What became of one request of a batch: an answer, or why there is none. */
export interface BatchResult {
  readonly key: string
  readonly reply: ChatReply | undefined
  readonly why: string
}

/**
 * A line of results.
 * @param requestOf the request of a key, where the server does not count its tokens
 */
export function parseResult(
  line: string,
  where: string,
  requestOf: (key: string) => ChatRequest | undefined,
): BatchResult {
  const { custom_id: key, response, error } = parsed(resultSchema, line, where)
  if (response?.status_code !== 200) return { key, reply: undefined, why: show(response?.body ?? error, 300) }
  const most = () => {
    const request = requestOf(key)
    return request === undefined ? 0 : promptBound(request)
  }
  try {
    return { key, reply: parseAnswer(JSON.stringify(response.body), where, most), why: '' }
  } catch (failure) {
    return { key, reply: undefined, why: (failure as Error).message }
  }
}
