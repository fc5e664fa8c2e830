// What calls used, as people are told it.
import { formatCount, plural } from '../base/format.js'
import type { Spent } from './budget.js'

/** Tokens and cost in words. */
export function usageWords(spent: Omit<Spent, 'maybeCalls'>): string {
  const { promptTokens, completionTokens, maybeTokens, cost } = spent
  const maybe = maybeTokens === 0 ? '' : ` (and ${formatCount(maybeTokens)} at most without an answer)`
  return `${plural(promptTokens + completionTokens, 'token')}${maybe}${cost === undefined ? '' : `, cost ${cost.toFixed(4)}`}`
}
