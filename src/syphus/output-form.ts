// The form of a reply: what the model is told about it, what a server can be held to, and how it becomes pairs.
import { z } from 'zod'
import type { ReplySchema } from '../llm/chat.js'
import type { DraftPair } from './draft-pair.js'

/** What was read: pairs, or what is wrong, in words that the model can be told. */
export type ReadReply = { readonly pairs: readonly DraftPair[] } | { readonly fault: string }

/** A form of replies. */
export interface OutputForm {
  /** For servers that can be held to a form. */
  readonly schema: ReplySchema
  /** Tells the model how to answer: the last paragraph of the system message. */
  readonly says: string
  /** Whether a list of "Question: ... Answer: ..." means the same. */
  readonly asText: boolean
  /** Reads parsed JSON. */
  read(value: unknown): ReadReply
  /** The pairs of a text in the "Question: ... Answer: ..." form, as a reply of this form; only where `asText`. */
  fromText(pairs: readonly { readonly question: string; readonly answer: string }[]): unknown
}

/**
 * Makes a form.
 * @param name letters, digits, `_`, `-`
 * @param pairs of a reply that has the form
 * @param fromText makes a reply of questions and answers; without it there is no text form
 */
export function outputForm<S extends z.ZodType>(
  name: string,
  says: string,
  schema: S,
  pairs: (reply: z.output<S>) => readonly DraftPair[],
  fromText?: (pairs: readonly { readonly question: string; readonly answer: string }[]) => z.input<S>,
): OutputForm {
  const { $schema: _, ...json } = z.toJSONSchema(schema) as Record<string, unknown>
  return {
    schema: { name, schema: json },
    says,
    asText: fromText !== undefined,
    read(value) {
      const { success, data, error } = schema.safeParse(value)
      return success ? { pairs: pairs(data) } : { fault: z.prettifyError(error).replace(/\s+/g, ' ') }
    },
    fromText: (given) => fromText?.(given) ?? { pairs: given },
  }
}

const text = z.string().trim().min(1)

/** `{"pairs": [{"question", "answer"}, ...]}`: the form of most tasks. */
export const pairList = outputForm(
  'pairs',
  'Answer with JSON and nothing else, in this form: {"pairs": [{"question": "...", "answer": "..."}, ...]}',
  z.object({ pairs: z.array(z.object({ question: text, answer: text })) }),
  ({ pairs }) => pairs.map(({ question, answer }) => ({ instruction: question, response: answer })),
  (pairs) => ({ pairs: [...pairs] }),
)

/** A reply in the form `pairList`. */
export const pairsReply = (...pairs: readonly (readonly [question: string, answer: string])[]) => ({
  pairs: pairs.map(([question, answer]) => ({ question, answer })),
})
