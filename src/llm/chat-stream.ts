// An answer that comes in pieces: server-sent events with a delta each. It has ended when the server says so; a connection
// that breaks off before has brought half an answer, which is none.

import { z } from 'zod'
import { show } from '../base/errors.js'
import type { ChatReply } from './chat.js'
import { answerOf, noAnswer, parseAnswer, usageSchema } from './chat-answer.js'
import type { HttpAnswer } from './http-exchange.js'

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(),
      }),
    )
    .nullish(),
  // A count in an unknown form is as good as none.
  usage: usageSchema.nullish().catch(null),
  error: z.unknown().optional(),
})

/**
 * Reads an answer to its end.
 * @throws CallFailure MIMICIT_BAD_REPLY if it breaks off, or is no stream of chunks
 */
export async function readStream(
  answer: HttpAnswer,
  where: string,
  mostPromptTokens: () => number,
): Promise<ChatReply> {
  // Some servers answer at once, whatever was asked for.
  if (answer.headers.get('content-type')?.startsWith('application/json')) {
    return parseAnswer(await answer.text(), where, mostPromptTokens)
  }
  let content = ''
  let refusal = ''
  let reason: string | undefined
  let usage: z.infer<typeof usageSchema> | undefined
  let isDone = false
  for await (const data of events(answer)) {
    if (data === '[DONE]') {
      isDone = true
      break
    }
    const chunk = chunkOf(data, where)
    if (chunk.error != null) throw noAnswer(where, `an answer that broke off with ${show(chunk.error)}`)
    usage = chunk.usage ?? usage
    const [choice] = chunk.choices ?? []
    content += choice?.delta?.content ?? ''
    refusal += choice?.delta?.refusal ?? ''
    reason = choice?.finish_reason ?? reason
  }
  if (reason === undefined && !isDone) throw noAnswer(where, `an answer cut short after ${content.length} characters`)
  return answerOf(content, refusal, reason ?? 'stop', usage, where, mostPromptTokens)
}

function chunkOf(data: string, where: string): z.infer<typeof chunkSchema> {
  try {
    return chunkSchema.parse(JSON.parse(data))
  } catch {
    throw noAnswer(where, show(data))
  }
}

/** The data of each event. */
async function* events({ body }: HttpAnswer): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true })
    const lines = rest.split(/\r?\n/)
    rest = lines.pop()!
    for (const line of lines) if (line.startsWith('data:')) yield line.slice(5).trim()
  }
  if (rest.startsWith('data:')) yield rest.slice(5).trim()
}
