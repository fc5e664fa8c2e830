// What a job would ask and cost, without asking: `--dry-run`.
import type { BudgetOptions } from './budget.js'
import type { Ask } from './chat.js'
import type { Journal } from './journal.js'
import { canonicalRequest, requestKey } from './request-key.js'
import { promptBound, type TokenBoundOptions } from './token-bound.js'
import { createTokenGuess } from './token-guess.js'
import { costOf } from './token-tally.js'

/** How it is reckoned. */
export interface EstimateOptions {
  /** Name of the responder that would answer. */
  readonly responder: string
  /** Answers that are there already cost nothing. */
  readonly journal?: Pick<Journal, 'hasReply'> | undefined
  readonly prices?: BudgetOptions['prices']
  readonly tokens?: TokenBoundOptions | undefined
  /** Called with every ask that would be sent. */
  readonly onAsk?: ((ask: Ask, mostPromptTokens: number) => void) | undefined
}

/** What it would take. */
export interface JobEstimate {
  readonly asks: number
  /** Of those, asks that need no call. */
  readonly known: number
  /** Tokens of prompts: likely, and at most. */
  readonly promptTokens: number
  readonly mostPromptTokens: number
  /** Tokens of answers at most. */
  readonly mostCompletionTokens: number
  /** At most, where prices are known. */
  readonly mostCost: number | undefined
}

/** Reckons a job, ask by ask. */
export async function estimateAsks(
  asks: AsyncIterable<Ask> | Iterable<Ask>,
  { responder, journal, prices, tokens, onAsk }: EstimateOptions,
): Promise<JobEstimate> {
  const guess = createTokenGuess()
  const seen = new Set<string>()
  let count = 0
  let known = 0
  let promptTokens = 0
  let mostPromptTokens = 0
  let mostCompletionTokens = 0
  for await (const ask of asks) {
    count++
    const key = requestKey(responder, canonicalRequest(ask.request))
    if (journal?.hasReply(key) || seen.has(key)) {
      known++
      continue
    }
    seen.add(key)
    const bound = promptBound(ask.request, tokens)
    promptTokens += tokens?.countTokens === undefined ? guess.likely(bound) : bound
    mostPromptTokens += bound
    mostCompletionTokens += ask.request.maxTokens
    onAsk?.(ask, bound)
  }
  const most = { promptTokens: mostPromptTokens, completionTokens: mostCompletionTokens }
  const mostCost = prices === undefined ? undefined : costOf(most, prices)
  return { asks: count, known, promptTokens, mostPromptTokens, mostCompletionTokens, mostCost }
}
