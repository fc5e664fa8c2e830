// A model behind an OpenAI-compatible end point: the chat completions of OpenAI, Azure, vLLM, llama.cpp, Ollama and others.
// One `respond` is one call, but for a refusal that only says how this server wants to be spoken to, which costs nothing.
import { z } from 'zod'
import { parseOptions } from '../base/options.js'
import type { Clock } from '../io/http/clock.js'
import { CallFailure } from './call-failure.js'
import type { ChatReply, Responder, ServerLimits } from './chat.js'
import { parseAnswer } from './chat-answer.js'
import { adapt, chatBody, type Dialect, formless, newDialect } from './chat-body.js'
import { readStream } from './chat-stream.js'
import { createEndPoint, type EndPoint } from './end-point.js'
import type { HttpHeaders } from './http-exchange.js'
import { serverLimits } from './server-limits.js'
import { promptBound } from './token-bound.js'

/** Which model, where. */
export interface HttpResponderOptions {
  /** Address up to and without `/chat/completions`: `https://api.openai.com/v1`, `http://localhost:8000/v1`. */
  readonly baseUrl: string
  readonly model: string
  /** Environment variable that holds the key. Where it is not set, none is sent. @default 'OPENAI_API_KEY' */
  readonly apiKeyEnv?: string | undefined
  /** Milliseconds one call may take. @default 180000 */
  readonly timeoutMs?: number | undefined
  /** Has answers sent as they are made, so that a connection which falls silent is noticed by proxies. @default false */
  readonly stream?: boolean | undefined
  readonly clock?: Clock | undefined
}

const schema = z.strictObject({
  baseUrl: z.string().min(1),
  model: z.string().min(1),
  apiKeyEnv: z.string().min(1).optional(),
  timeoutMs: z.int().positive().optional(),
  stream: z.boolean().optional(),
})

/**
 * A responder whose name is the model's: the same model at another address is asked nothing twice.
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION
 */
export function httpResponder({ clock, ...options }: HttpResponderOptions): Responder {
  const { baseUrl, model, apiKeyEnv, timeoutMs, stream = false } = parseOptions('httpResponder', schema, options)
  return chatResponder(createEndPoint({ baseUrl, apiKeyEnv, timeoutMs, clock }), model, stream)
}

const MOST_ADAPTATIONS = 6

/** A responder at a server. */
function chatResponder(endPoint: EndPoint, model: string, stream: boolean): Responder {
  const dialect = newDialect()
  /** Forms in which an answer came: what is refused in one of them is the request. */
  const proven = new Set<Dialect['format']>()
  let limits: ServerLimits | undefined
  const onHeaders = (headers: HttpHeaders) => {
    limits = serverLimits(headers) ?? limits
  }
  return {
    name: model,
    kind: 'model',
    async respond({ request }, signal) {
      const where = `${endPoint.location}/chat/completions`
      const most = () => promptBound(request)
      const done = (used: Dialect, reply: ChatReply): ChatReply => {
        if (request.schema !== undefined) {
          proven.add(used.format)
          if (used.format === 'none') dialect.format = 'none'
        }
        return { ...reply, text: endPoint.blot(reply.text) }
      }
      let another: Dialect | undefined
      for (let adaptations = 0; ; adaptations++) {
        const used = { ...(another ?? dialect) }
        const body = JSON.stringify(chatBody(model, request, used, stream))
        const call = { method: 'POST', path: '/chat/completions', body, onHeaders } as const
        try {
          if (stream) {
            const accept = 'text/event-stream'
            return done(
              used,
              await endPoint.call({ ...call, accept }, signal, (answer) => readStream(answer, where, most)),
            )
          }
          const { text } = await endPoint.call(call, signal)
          return done(used, parseAnswer(text, where, most))
        } catch (error) {
          if (!(error instanceof CallFailure) || error.code !== 'MIMICIT_REFUSED') throw error
          if (adaptations < MOST_ADAPTATIONS && adapt(dialect, used, error.parts.received)) continue
          // It may be the form all the same, in words that nobody could foresee.
          if (
            another !== undefined ||
            request.schema === undefined ||
            used.format === 'none' ||
            proven.has(used.format)
          )
            throw error
          another = formless(dialect)
        }
      }
    },
    heard() {
      const said = limits
      limits = undefined
      return said
    },
  }
}
