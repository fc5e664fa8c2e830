// A model, its journal, its budget and its pace, opened together from plain options: what every command that asks a model
// needs, and what can be handed to another process.
import { z } from 'zod'
import { parseOptions } from '../base/options.js'
import { openSharedRate } from '../work/shared-rate.js'
import type { AskAllOptions } from './ask-all.js'
import { type Budget, budgetFields, createBudget, type TokenPrices } from './budget.js'
import type { Responder } from './chat.js'
import { httpResponder } from './http-responder.js'
import { type Journal, type JournalFound, openJournal } from './journal.js'
import { openReplyCache } from './reply-cache.js'

/** Which model to ask, and within which limits. */
export interface ModelOptions {
  /** Address up to and without `/chat/completions`. */
  readonly baseUrl: string
  readonly model: string
  /** Environment variable that holds the key. @default 'OPENAI_API_KEY' */
  readonly apiKeyEnv?: string | undefined
  /** Milliseconds one call may take. @default 180000 */
  readonly timeoutMs?: number | undefined
  /** Has answers sent as they are made. @default false */
  readonly stream?: boolean | undefined
  /** Asks through the batch end point, at half the price and within a day. @default false */
  readonly batch?: boolean | undefined
  /** File where every call is written down. */
  readonly journal: string
  /** Journals of parts of the same job, whose answers are taken too. @default none */
  readonly joins?: readonly string[] | undefined
  /** Address of a Redis or Valkey server: the rates are kept together by all processes that ask this model. @default none */
  readonly sharedRate?: string | undefined
  /** Directory of answers that jobs share. @default none */
  readonly cache?: string | undefined
  /** Most that the job may cost, in the currency of the prices. @default no limit */
  readonly maxCost?: number | undefined
  /** Most tokens of prompts and answers together. @default no limit */
  readonly maxTotalTokens?: number | undefined
  readonly prices?: TokenPrices | undefined
  /** Most calls at once. @default 64 */
  readonly concurrency?: number | undefined
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
  /** Tries of one request before it is given up. @default 5 */
  readonly tries?: number | undefined
  /** The most tokens that the model makes of one picture. @default 1600 */
  readonly imageTokens?: number | undefined
  /** Asks again what an earlier run gave up. @default false */
  readonly retryGivenUp?: boolean | undefined
}

const positive = z.number().positive()
const whole = z.int().positive()
const schema = z.strictObject({
  baseUrl: z.string().min(1),
  model: z.string().min(1),
  apiKeyEnv: z.string().min(1).optional(),
  timeoutMs: whole.optional(),
  stream: z.boolean().optional(),
  batch: z.boolean().optional(),
  journal: z.string().min(1),
  joins: z.array(z.string().min(1)).optional(),
  sharedRate: z.string().min(1).optional(),
  cache: z.string().min(1).optional(),
  ...budgetFields,
  concurrency: whole.optional(),
  requestsPerMinute: positive.optional(),
  tokensPerMinute: positive.optional(),
  tries: whole.optional(),
  imageTokens: whole.optional(),
  retryGivenUp: z.boolean().optional(),
})

/** Options of `askAll`, for any subject. */
export type ModelAsking = Omit<AskAllOptions<unknown>, 'review' | 'signal' | 'onMeter' | 'total'> & {
  readonly responder: Responder
  readonly journal: Journal
  readonly budget: Budget
}

/** An open session. */
export interface ModelSession {
  /** To be spread into the options of `askAll`. */
  readonly asking: ModelAsking
  readonly journal: Journal
  /** Lets others have the journal. */
  close(): Promise<void>
}

/** Is told what a journal that was opened holds already. */
export type OnJournalFound = (found: JournalFound, journal: string) => void

/**
 * Opens a session; its journal is made if it is not there.
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_UNKNOWN_OPTION, MIMICIT_BUSY if another process has the journal
 */
export async function openModelSession(options: ModelOptions, onFound?: OnJournalFound): Promise<ModelSession> {
  const given = parseOptions('the language model', schema, options)
  const { baseUrl, model, apiKeyEnv, timeoutMs, stream, maxCost, maxTotalTokens, prices } = given
  const responder = httpResponder({ baseUrl, model, apiKeyEnv, timeoutMs, stream })
  const budget = createBudget({ maxCost, maxTotalTokens, prices })
  const { concurrency, requestsPerMinute, tokensPerMinute, tries, imageTokens, retryGivenUp } = given
  const rates = { requestsPerMinute, tokensPerMinute }
  const shared = given.sharedRate === undefined ? undefined : await openSharedRate(given.sharedRate, model, rates)
  const journal = await openJournal(given.journal, { joins: given.joins }).catch(async (error) => {
    await shared?.close()
    throw error
  })
  onFound?.(journal.found, journal.path)
  const asking: ModelAsking = {
    ...{ responder, journal, budget, retryGivenUp },
    ...(given.batch && { batch: { baseUrl, model, apiKeyEnv, timeoutMs } }),
    cache: given.cache === undefined ? undefined : openReplyCache(given.cache),
    limits: shared === undefined ? { concurrency, ...rates } : { concurrency, shared },
    policy: { tries },
    tokens: { imageTokens },
  }
  return {
    asking,
    journal,
    async close() {
      await journal.close()
      await shared?.close()
    },
  }
}
