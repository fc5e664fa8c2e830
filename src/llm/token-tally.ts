// Tokens summed by the discount at which they are charged: whole numbers, so that neither their order nor what is taken away
// again changes what they cost.
import type { TokenUsage } from './chat.js'

/** What tokens cost, in whatever currency the limit is in. */
export interface TokenPrices {
  /** Of a million prompt tokens. */
  readonly prompt: number
  /** Of a million completion tokens. */
  readonly completion: number
}

/** A sum of tokens. */
export interface TokenTally {
  /** Adds tokens, or takes them away again. */
  add(usage: TokenUsage, discount: number, sign?: 1 | -1): void
  /** Its tokens, each kind so many times. */
  tokens(times?: TokenUsage): number
  /** What they cost, each kind so many times. */
  cost(prices: TokenPrices, times?: TokenUsage): number
}

/** Every token counts once. */
export const ONCE: TokenUsage = { promptTokens: 1, completionTokens: 1 }

/** Tokens so many times, rounded up. */
export const timesTokens = (usage: TokenUsage, times: TokenUsage): TokenUsage => ({
  promptTokens: Math.ceil(usage.promptTokens * times.promptTokens),
  completionTokens: Math.ceil(usage.completionTokens * times.completionTokens),
})

/** How many times its most a call has taken, or what was known before if that is more. */
export const excessOf = (most: TokenUsage, usage: TokenUsage, before = ONCE): TokenUsage => ({
  promptTokens: Math.max(before.promptTokens, usage.promptTokens / Math.max(1, most.promptTokens)),
  completionTokens: Math.max(before.completionTokens, usage.completionTokens / Math.max(1, most.completionTokens)),
})

/** A price in the currency of the prices. */
export function costOf({ promptTokens, completionTokens }: TokenUsage, prices: TokenPrices): number {
  return (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6
}

/** Starts at nothing. */
export function tokenTally(): TokenTally {
  const sums = new Map<number, TokenUsage>()
  return {
    add({ promptTokens, completionTokens }, discount, sign = 1) {
      const before = sums.get(discount) ?? { promptTokens: 0, completionTokens: 0 }
      sums.set(discount, {
        promptTokens: before.promptTokens + sign * promptTokens,
        completionTokens: before.completionTokens + sign * completionTokens,
      })
    },
    tokens(times = ONCE) {
      return [...sums.values()].reduce((sum, usage) => {
        const { promptTokens, completionTokens } = timesTokens(usage, times)
        return sum + promptTokens + completionTokens
      }, 0)
    },
    cost(prices, times = ONCE) {
      return [...sums]
        .sort(([a], [b]) => a - b)
        .reduce((sum, [discount, usage]) => sum + costOf(timesTokens(usage, times), prices) * discount, 0)
    },
  }
}
