// Token budgets: samples of about one length make a step, as many as the budget holds with every row as long as the longest.
// Steps then stand in an order of their own, since they would else grow longer and longer (schema/FORMAT.md, "Fillings").
import { placesByTokens, shuffledGroups } from './by-tokens.js'
import type { Filling } from './filling.js'

/** Steps of at most `capacity` tokens, padding included; samples from the shortest to the longest. */
export const byLength: Filling = {
  version: 1,
  fill(tokens, { capacity, key }) {
    const order = placesByTokens(tokens)
    const steps: Int32Array[] = []
    let start = 0
    for (let at = 1; at <= order.length; at++) {
      // The next sample would be the longest. A row that holds nothing still has a token.
      const longest = at < order.length ? Math.max(1, tokens[order[at]!]!) : Number.POSITIVE_INFINITY
      if ((at - start + 1) * longest <= capacity) continue
      steps.push(order.subarray(start, at))
      start = at
    }
    return shuffledGroups(steps, ['by-length 1', ...key])
  },
}
