// What a job may cost, and what it has cost. Before a call goes out, the most it can cost is reserved; a reservation that
// does not fit waits for those before it to end, since calls cost less than they might, and stops the job when there is
// nothing left to wait for. So a limit is never passed, whatever the server answers, as long as no call takes more than was
// reserved for it.
import { z } from 'zod'
import { MimicitError } from '../base/errors.js'
import { formatCount } from '../base/format.js'
import { parseOptions } from '../base/options.js'
import type { TokenUsage } from './chat.js'

/** What tokens cost, in whatever currency the limit is in. */
export interface TokenPrices {
  /** Of a million prompt tokens. */
  readonly prompt: number
  /** Of a million completion tokens. */
  readonly completion: number
}

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
  /** What was spent so far, earlier runs of the journal included. */
  spent(): Spent
}

/** A price in the currency of the prices. */
export function costOf({ promptTokens, completionTokens }: TokenUsage, prices: TokenPrices): number {
  return (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6
}

const NO_TOKENS: TokenUsage = { promptTokens: 0, completionTokens: 0 }

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
  if (maxCost !== undefined && prices === undefined) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the prices of prompt and completion tokens',
      where: 'a limit of cost',
      received: 'none',
      hint: 'Give --price-prompt and --price-completion, for a million tokens each.',
    })
  }
  const waiting: Waiting[] = []
  let promptTokens = 0
  let completionTokens = 0
  let maybeTokens = 0
  let maybeCalls = 0
  /** Tokens by the discount at which they are charged: whole numbers, so that their order does not change the cost. */
  const charged = new Map<number, TokenUsage>()
  let reserved = 0
  let reservedTokens = 0
  let reservedCost = 0
  const priced = (usage: TokenUsage, discount: number) => (prices === undefined ? 0 : costOf(usage, prices) * discount)
  const charge = (usage: TokenUsage, discount: number) => {
    const { promptTokens: prompt, completionTokens: completion } = charged.get(discount) ?? NO_TOKENS
    charged.set(discount, {
      promptTokens: prompt + usage.promptTokens,
      completionTokens: completion + usage.completionTokens,
    })
  }
  const cost = () =>
    [...charged].sort(([a], [b]) => a - b).reduce((sum, [discount, usage]) => sum + priced(usage, discount), 0)
  const tokensOf = (usage: TokenUsage) => usage.promptTokens + usage.completionTokens
  const usedTokens = () => promptTokens + completionTokens + maybeTokens
  // Sums of fractions are never exact: what lies a billionth above the limit is not above it.
  const fits = ({ most, discount }: Pick<Waiting, 'most' | 'discount'>) =>
    (maxTotalTokens === undefined || usedTokens() + reservedTokens + tokensOf(most) <= maxTotalTokens) &&
    (maxCost === undefined || cost() + reservedCost + priced(most, discount) <= maxCost * (1 + 1e-9))
  const take = ({ most, discount }: Pick<Waiting, 'most' | 'discount'>) => {
    reserved++
    reservedTokens += tokensOf(most)
    reservedCost += priced(most, discount)
  }
  const exhausted = (most: TokenUsage) => {
    const used = `${formatCount(usedTokens())} tokens${prices === undefined ? '' : ` (${cost().toFixed(4)})`}`
    const limits = [
      ...(maxTotalTokens === undefined ? [] : [`${formatCount(maxTotalTokens)} tokens`]),
      ...(maxCost === undefined ? [] : [`a cost of ${maxCost}`]),
    ]
    return new MimicitError('MIMICIT_BUDGET', {
      expected: `at most ${limits.join(' and ')}`,
      where: 'the calls to the language model',
      received: `${used} used, and a next call that may take ${formatCount(tokensOf(most))} tokens`,
      hint: 'What was answered is kept in the journal; run again with a larger budget to go on.',
    })
  }
  const pump = () => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (fits(next)) {
        waiting.shift()
        take(next)
        next.give()
      } else if (reserved === 0) {
        waiting.shift()
        next.fail(exhausted(next.most))
      } else return
    }
  }
  const reservation = (most: TokenUsage, discount: number): Reservation => {
    const end = (count: () => void) => () => {
      reserved--
      reservedTokens -= tokensOf(most)
      reservedCost = reserved === 0 ? 0 : reservedCost - priced(most, discount)
      count()
      pump()
    }
    return {
      settle: (usage) => end(() => budget.add(usage, discount))(),
      release: end(() => undefined),
      forfeit: end(() => budget.addMaybe(most, discount)),
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
      charge(usage, discount)
    },
    addMaybe(most, discount = 1) {
      maybeCalls++
      maybeTokens += tokensOf(most)
      charge(most, discount)
    },
    spent: () => ({
      promptTokens,
      completionTokens,
      maybeTokens,
      maybeCalls,
      cost: prices === undefined ? undefined : cost(),
    }),
  }
  return budget
}
