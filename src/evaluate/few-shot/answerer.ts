// Whoever answers few-shot prompts: our own model, a model behind an end point, or a file of predictions. All are asked
// through the same seam, so that answers are journalled alike and a run that was killed goes on.
import type { Issue } from '../../base/issues.js'
import type { AskAllOptions } from '../../llm/ask-all.js'
import type { ChatRequest } from '../../llm/chat.js'
import type { Pair } from '../../tuple/tuple.js'

/** A prompt before it is written. */
export interface ShownPrompt {
  /** The question, its instruction as it is asked. */
  readonly query: Pair
  /** In-context examples as they stand, the most similar last. */
  readonly contexts: readonly Pair[]
  /** Names the condition for a file of predictions. */
  readonly condition: Condition
}

/** What differs between two answers to the same question. */
export interface Condition {
  /** In-context function by name; `none` without examples. */
  readonly select: string
  readonly shots: number
  readonly seed: number
}

/** A prompt as it is sent. */
export interface WrittenPrompt {
  readonly request: ChatRequest
  /** As text, with marks for pictures. */
  readonly text: string
  /** Examples that are in it: a prompt that is too long loses those that are farthest. */
  readonly contextIds: readonly string[]
}

/** Whoever answers. */
export interface Answerer {
  /** As `askAll` takes it. */
  readonly asking: Pick<
    AskAllOptions<ShownPrompt>,
    'responder' | 'journal' | 'cache' | 'budget' | 'limits' | 'policy' | 'tokens' | 'retryGivenUp'
  >
  /** Tokens that one word of an answer may take: 1, or more where tokens are bytes. @default 1 */
  readonly tokensPerWord?: number
  write(prompt: ShownPrompt, maxNewTokens: number): Promise<WrittenPrompt>
  /** What it has answers to although nobody asked: told with the scores, once all is asked. */
  unasked?(): readonly Issue[]
  close(): Promise<void>
}
