// A request in the words of the chat-completions protocol. Servers differ in what they know of it; what one has refused is
// said in another way, or left out where the meaning stays.
import type { ChatMessage, ChatRequest, ReplySchema } from './chat.js'

/** How one server wants to be spoken to; starts with what the protocol says today. */
export interface Dialect {
  /** How it is held to a schema. */
  format: 'json_schema' | 'json_object' | 'none'
  /** The name of the limit of an answer. */
  limit: 'max_tokens' | 'max_completion_tokens'
  seed: boolean
  streamUsage: boolean
}

/** Before anything was refused. */
export const newDialect = (): Dialect => ({ format: 'json_schema', limit: 'max_tokens', seed: true, streamUsage: true })

/**
 * Changes a dialect after a refusal.
 * @param said the server's words
 * @param used the dialect that was refused; another call may have changed it already
 * @returns whether it is worth another try at once
 */
export function adapt(dialect: Dialect, used: Dialect, said: string): boolean {
  const names = (word: string) => said.includes(word)
  if (names('response_format') || names('json_schema') || names('json_object')) {
    if (used.format === 'none') return false
    const next = used.format === 'json_schema' ? 'json_object' : 'none'
    if (dialect.format === used.format) dialect.format = next
    return true
  }
  if (names('max_completion_tokens') || names('max_tokens')) {
    // "Use 'max_completion_tokens' instead", or the other way about; a limit that is too high is another matter.
    if (!/unsupported|not supported|unrecogni[sz]ed|unknown|extra|not permitted|instead/i.test(said)) return false
    const other = used.limit === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens'
    if (dialect.limit !== used.limit) return true
    // Back and forth would never end.
    if (used.limit === 'max_completion_tokens') return false
    dialect.limit = other
    return true
  }
  if (names('stream_options') && used.streamUsage) {
    dialect.streamUsage = false
    return true
  }
  if (names('seed') && used.seed) {
    dialect.seed = false
    return true
  }
  return false
}

/** A dialect that asks for no form, for a server that refuses in words which say nothing of it. */
export const formless = (dialect: Dialect): Dialect => ({ ...dialect, format: 'none' })

/** The body of a call, as an object. */
export function chatBody(
  model: string,
  request: ChatRequest,
  dialect: Dialect,
  stream = false,
): Record<string, unknown> {
  const { messages, maxTokens, temperature, topP, stop, schema, seed } = request
  return {
    model,
    messages: messages.map(messageBody),
    [dialect.limit]: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stop !== undefined && { stop }),
    ...(seed !== undefined && dialect.seed && { seed }),
    ...(schema !== undefined && formatBody(schema, dialect.format)),
    ...(stream && { stream: true, ...(dialect.streamUsage && { stream_options: { include_usage: true } }) }),
  }
}

function messageBody({ role, content }: ChatMessage): Record<string, unknown> {
  if (typeof content === 'string') return { role, content }
  return {
    role,
    content: content.map((part) =>
      part.type === 'text'
        ? { type: 'text', text: part.text }
        : {
            type: 'image_url',
            image_url: { url: `data:${part.mimeType};base64,${Buffer.from(part.bytes).toString('base64')}` },
          },
    ),
  }
}

function formatBody({ name, schema }: ReplySchema, format: Dialect['format']): Record<string, unknown> {
  switch (format) {
    case 'json_schema':
      return { response_format: { type: 'json_schema', json_schema: { name, schema, strict: true } } }
    case 'json_object':
      return { response_format: { type: 'json_object' } }
    case 'none':
      return {}
    default:
      return format satisfies never
  }
}
