// Before a request is sent nobody knows how many tokens it has; a budget needs a number that it cannot exceed. A byte-level
// tokenizer never makes more tokens than there are bytes of UTF-8, and a server frames each message with a few of its own.
import type { ChatRequest } from './chat.js'

/** How tokens are counted. */
export interface TokenBoundOptions {
  /** Counts the tokens of a text, if the tokenizer of the model is at hand. @default its bytes of UTF-8 */
  readonly countTokens?: ((text: string) => number) | undefined
  /** The most tokens that the model makes of one picture. @default 1600 */
  readonly imageTokens?: number | undefined
}

/** Tokens that frame a message, generously: role, begin and end marks. */
const PER_MESSAGE = 16
/** Tokens that frame the whole, and a system message that some templates put in by themselves. */
const PER_REQUEST = 64
/** What a picture takes with the models that are known to take most among the common ones; see docs/llm.md. */
const IMAGE_TOKENS = 1600

/** At most so many tokens has the prompt of a request. */
export function promptBound(
  { messages, schema }: ChatRequest,
  { countTokens = utf8Bytes, imageTokens = IMAGE_TOKENS }: TokenBoundOptions = {},
): number {
  let tokens = PER_REQUEST
  for (const { content } of messages) {
    tokens += PER_MESSAGE
    if (typeof content === 'string') tokens += countTokens(content)
    else for (const part of content) tokens += part.type === 'text' ? countTokens(part.text) : imageTokens
  }
  // Some servers write the schema into the prompt.
  if (schema !== undefined) tokens += countTokens(JSON.stringify(schema, null, 1))
  return Math.ceil(tokens)
}

/** At most so many tokens has a text. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text)
