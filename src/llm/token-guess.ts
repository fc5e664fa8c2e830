// What is learnt from answers about the bound of tokens: how far below it they usually are, so that a rate of tokens is not
// kept three times too low.
import type { TokenUsage } from './chat.js'

/** Learns. */
export interface TokenGuess {
  /** What a call with this bound of its prompt is likely to use in all. */
  likely(bound: number): number
  learn(bound: number, usage: TokenUsage): void
}

const MEMORY = 0.1

/** Starts without knowing anything: a prompt has a token for four bytes, an answer as many as the first ones have. */
export function createTokenGuess(): TokenGuess {
  let share = 0.25
  let completion = 0
  let learnt = 0
  return {
    likely: (bound) => Math.ceil(bound * share + completion),
    learn(bound, { promptTokens, completionTokens }) {
      // The first few count as much as each other.
      const weight = Math.max(MEMORY, 1 / ++learnt)
      share += weight * (promptTokens / bound - share)
      completion += weight * (completionTokens - completion)
    },
  }
}
