// The answer of a server, out of the chat-completions protocol. Whatever is not one is told, with its beginning, and tried
// again: a proxy's page, half a JSON, no choice at all.
import { z } from 'zod'
import { show } from '../base/errors.js'
import { CallFailure } from './call-failure.js'
import type { ChatReply } from './chat.js'
import { utf8Bytes } from './token-bound.js'

const count = z.int().nonnegative()
/** Tokens as servers write them; some leave them out. */
export const usageSchema = z.object({ prompt_tokens: count, completion_tokens: count })

const schema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  // A count in an unknown form is as good as none.
  usage: usageSchema.nullish().catch(null),
})

/**
 * The answer in a body.
 * @param mostPromptTokens counts as the prompt's tokens where the server does not say
 * @throws CallFailure MIMICIT_BAD_REPLY
 */
export function parseAnswer(text: string, where: string, mostPromptTokens: () => number): ChatReply {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw noAnswer(where, text === '' ? 'nothing' : show(text))
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw noAnswer(where, show(text))
  const { choices, usage } = parsed.data
  const { message, finish_reason: reason } = choices[0]!
  return answerOf(message.content ?? '', message.refusal ?? '', reason ?? 'stop', usage, where, mostPromptTokens)
}

/** An answer from its parts. @throws CallFailure MIMICIT_BAD_REPLY for one without a word */
export function answerOf(
  content: string,
  refusal: string,
  reason: string,
  usage: z.infer<typeof usageSchema> | null | undefined,
  where: string,
  mostPromptTokens: () => number,
): ChatReply {
  const finish =
    reason === 'length' ? 'length' : reason === 'content_filter' || refusal !== '' ? 'content-filter' : 'stop'
  const text = content === '' ? refusal : content
  if (text === '' && finish === 'stop') throw noAnswer(where, 'an answer without a word')
  return {
    text,
    finish,
    usage:
      usage == null
        ? { promptTokens: mostPromptTokens(), completionTokens: utf8Bytes(text) }
        : { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens },
  }
}

/** What came is no answer; whether it was worked for nobody knows. */
export const noAnswer = (where: string, received: string) =>
  new CallFailure(
    'MIMICIT_BAD_REPLY',
    {
      expected: 'an answer as the protocol of OpenAI has it',
      where,
      received,
      hint: 'Check the address, and the log of the server.',
    },
    { outlook: 'later', maybePaid: true },
  )
