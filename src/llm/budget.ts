// What a job may cost, and what it has cost. Before a call goes out, the most it can cost is reserved; a reservation that
// does not fit waits for those before it to end, since calls cost less than they might, and stops the job when there is
// nothing left to wait for. So a limit is never passed as long as no call takes more than was reserved for it. Some servers
// take more all the same (they count what a model thinks, or pictures in their own way): by what such a server was seen to do
// calls are reserved from then on, and before its first answer is there only so few go out that it cannot do much harm.
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { formatCount } from '../base/format.js'
import { parseOptions } from '../base/options.js'
import type { TokenUsage } from './chat.js'
import { costOf, excessOf, ONCE, type TokenPrices, timesTokens, tokenTally } from './token-tally.js'

export type { TokenPrices } from './token-tally.js'

/** Limits. */
export interface BudgetOptions {
  /** Most that the job may cost, earlier runs of its journal included. @default no limit */
  readonly maxCost?: number | undefined
  /** Most tokens, prompt and completion together, earlier runs included. @default no limit */
  readonly maxTotalTokens?: number | undefined
  /** Needed for `maxCost`. @default costs are not known */
  readonly prices?: TokenPrices | undefined
}

/** The limits among the options of whatever has a budget. */
export const budgetFields = {
  maxCost: z.number().nonnegative().optional(),
  maxTotalTokens: z.int().nonnegative().optional(),
  prices: z.strictObject({ prompt: z.number().nonnegative(), completion: z.number().nonnegative() }).optional(),
}
const budgetOptions = z.strictObject(budgetFields)

/** What was used. */
export interface Spent {
  readonly promptTokens: number
  readonly completionTokens: number
  /** Tokens at most of calls that got no answer, but may have been charged. */
  readonly maybeTokens: number
  /** Those calls. */
  readonly maybeCalls: number
  /** All of it together, in the currency of the prices; undefined without them. */
  readonly cost: number | undefined
}

/** What one call may cost at most, set aside. Ends in exactly one way. */
export interface Reservation {
  /** It was answered. */
  settle(usage: TokenUsage): void
  /** It was not charged. */
  release(): void
  /** Nobody knows: all of it counts. */
  forfeit(): void
}

/** Limits and what is used of them. */
export interface Budget {
  /**
   * Waits until the call fits.
   * @param discount what a token costs by its list price: 0.5 in a batch
   * @throws MimicitError MIMICIT_BUDGET if it never will, and what the signal's reason is
   */
  reserve(most: TokenUsage, signal: AbortSignal, discount?: number): Promise<Reservation>
  /** Counts what an earlier run used. */
  add(usage: TokenUsage, discount?: number): void
  /** Counts a call of an earlier run that may have been charged. */
  addMaybe(most: TokenUsage, discount?: number): void
  /** Learns how many times its most a call has taken; those without an answer may have done so too. */
  learn(times: TokenUsage): void
  /** What was spent so far, earlier runs of the journal included. */
  spent(): Spent
}

/** Before the first answer, a call counts so many times beside others: a server may take more than it is allowed. */
const UNPROVEN = 10

interface Waiting {
  readonly most: TokenUsage
  readonly discount: number
  give(): void
  fail(error: unknown): void
}

/**
 * Starts a budget.
 * @throws MimicitError MIMICIT_BAD_VALUE for a cost limit without prices, MIMICIT_UNKNOWN_OPTION: a limit with a slip in its
 * name would be none
 */
export function createBudget(options: BudgetOptions = {}): Budget {
  const { maxCost, maxTotalTokens, prices } = parseOptions('the budget', budgetOptions, options)
  if (maxCost !== undefined && prices === undefined) throw noPrices()
  const waiting: Waiting[] = []
  const settled = tokenTally()
  const maybe = tokenTally()
  const reserved = tokenTally()
  let promptTokens = 0
  let completionTokens = 0
  let maybeCalls = 0
  let reservations = 0
  let isProven = false
  /** How many times its most the worst call has taken, prompt and completion each. */
  let excess = ONCE

  const usedTokens = () => settled.tokens() + maybe.tokens(excess)
  const usedCost = () => (prices === undefined ? 0 : settled.cost(prices) + maybe.cost(prices, excess))
  /** One alone has nothing to wait for; nor has a batch, whose end is hours away. */
  const timesOf = ({ discount }: Pick<Waiting, 'discount'>): TokenUsage =>
    isProven || reservations === 0 || discount !== 1
      ? excess
      : { promptTokens: excess.promptTokens * UNPROVEN, completionTokens: excess.completionTokens * UNPROVEN }
  const fits = (next: Waiting) => {
    const times = timesOf(next)
    const most = timesTokens(next.most, times)
    const tokens = usedTokens() + reserved.tokens(times) + most.promptTokens + most.completionTokens
    if (tokens > (maxTotalTokens ?? Number.POSITIVE_INFINITY)) return false
    if (maxCost === undefined || prices === undefined) return true
    const cost = usedCost() + reserved.cost(prices, times) + costOf(most, prices) * next.discount
    // Sums of fractions are never exact: what lies a billionth above the limit is not above it.
    return cost <= maxCost * (1 + 1e-9)
  }
  const exhausted = (most: TokenUsage) => {
    const used = `${formatCount(usedTokens())} tokens${prices === undefined ? '' : ` (${usedCost().toFixed(4)})`}`
    const limits = [
      ...(maxTotalTokens === undefined ? [] : [`${formatCount(maxTotalTokens)} tokens`]),
      ...(maxCost === undefined ? [] : [`a cost of ${maxCost}`]),
    ]
    const next = timesTokens(most, excess)
    const worst = Math.max(excess.promptTokens, excess.completionTokens)
    const lie = worst === 1 ? '' : `; the server has taken up to ${worst.toFixed(2)} times what a call may take`
    return new MimicitError('MIMICIT_BUDGET', {
      expected: `at most ${limits.join(' and ')}`,
      where: 'the calls to the language model',
      received: `${used} used, and a next call that may take ${formatCount(next.promptTokens + next.completionTokens)} tokens${lie}`,
      hint: 'What was answered is kept in the journal; run again with a larger budget to go on.',
    })
  }
  const pump = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (fits(next)) {
        waiting.shift()
        reservations++
        reserved.add(next.most, next.discount)
        next.give()
      } else if (reservations === 0) {
        waiting.shift()
        next.fail(exhausted(next.most))
      } else return
    }
  }
  const reservation = (most: TokenUsage, discount: number): Reservation => {
    const end = (count: () => void) => {
      reservations--
      reserved.add(most, discount, -1)
      count()
      pump()
    }
    return {
      settle: (usage) =>
        end(() => {
          budget.learn(excessOf(most, usage))
          budget.add(usage, discount)
        }),
      release: () => end(() => undefined),
      forfeit: () => end(() => budget.addMaybe(most, discount)),
    }
  }
  const budget: Budget = {
    async reserve(most, signal, discount = 1) {
      signal.throwIfAborted()
      await new Promise<void>((resolve, reject) => {
        const stop = () => {
          waiting.splice(waiting.indexOf(entry), 1)
          reject(signal.reason)
          pump()
        }
        const entry: Waiting = {
          most,
          discount,
          give() {
            signal.removeEventListener('abort', stop)
            resolve()
          },
          fail(error) {
            signal.removeEventListener('abort', stop)
            reject(error)
          },
        }
        signal.addEventListener('abort', stop, { once: true })
        waiting.push(entry)
        pump()
      })
      return reservation(most, discount)
    },
    add(usage, discount = 1) {
      promptTokens += usage.promptTokens
      completionTokens += usage.completionTokens
      settled.add(usage, discount)
      isProven = true
    },
    addMaybe(most, discount = 1) {
      maybeCalls++
      maybe.add(most, discount)
    },
    learn(times) {
      excess = excessOf(ONCE, times, excess)
    },
    spent: () => ({
      promptTokens,
      completionTokens,
      maybeTokens: maybe.tokens(excess),
      maybeCalls,
      cost: prices === undefined ? undefined : usedCost(),
    }),
  }
  return budget
}

const noPrices = () =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'the prices of prompt and completion tokens',
    where: 'a limit of cost',
    received: 'none',
    hint: 'Give --price-prompt and --price-completion, for a million tokens each.',
  })
