// Many asks, answered: as many at once as the server takes, as much as the budget allows, nothing twice, in the order in
// which they were asked whatever the order in which answers come. What cannot be answered is told with its cause, and the
// others go on.
import { MimicitError } from '../base/errors.js'
import { type Clock, systemClock } from '../io/http/clock.js'
import { type Batcher, type BatchOptions, createBatcher } from './batches.js'
import { type Budget, createBudget } from './budget.js'
import type { CallPolicy } from './call-policy.js'
import { type Call, createCaller, GivenUp } from './caller.js'
import type { Ask, ChatReply, ChatRequest, Responder } from './chat.js'
import type { Journal } from './journal.js'
import { createMeter, type OnMeter } from './meter.js'
import { CONCURRENCY, createPace, type PaceOptions } from './pace.js'
import type { ReplyCache } from './reply-cache.js'
import type { TokenBoundOptions } from './token-bound.js'

/** What is thought of an answer. */
export interface Review {
  /** Anything that JSON can hold; stands in the journal. */
  readonly verdict?: unknown
  /** What is asked instead, because the answer was no use: its answer is reviewed in turn. */
  readonly again?: ChatRequest
}

/** How a job is done. */
export interface AskAllOptions<Subject = unknown> {
  readonly responder: Responder<Subject>
  /** Where everything is written down. @default nothing is; a kill loses all answers */
  readonly journal?: Journal | undefined
  /** Answers that jobs share. @default none */
  readonly cache?: ReplyCache | undefined
  /** What the job may cost; what the journal's earlier runs have used is counted. @default no limit */
  readonly budget?: Budget | undefined
  /** Calls at once, and rates. */
  readonly limits?: PaceOptions | undefined
  /** When to try again. */
  readonly policy?: CallPolicy | undefined
  /** How tokens are counted before a call. */
  readonly tokens?: TokenBoundOptions | undefined
  /**
   * Brings answers through the batch end point, at half the price and within a day; needs a journal. Single calls ask only
   * what a batch does not answer, and what a review asks instead. @default none
   */
  readonly batch?: BatchOptions | undefined
  /** Asks that may be under way or wait for those before them. @default four times the calls at once */
  readonly window?: number | undefined
  /** Asks again what an earlier run gave up. @default false */
  readonly retryGivenUp?: boolean | undefined
  /**
   * Looks at an answer; must depend on nothing but its arguments.
   * @param round 0 for the first answer, 1 for the answer to what it asked instead, ...
   */
  readonly review?: ((ask: Ask<Subject>, reply: ChatReply, round: number) => Review | undefined) | undefined
  /** Stops: no call begins any more, those under way have `graceMs` to end, since they are paid for. */
  readonly signal?: AbortSignal | undefined
  /** @default 10000 */
  readonly graceMs?: number | undefined
  readonly onMeter?: OnMeter | undefined
  /** How many asks there are, for the meter. */
  readonly total?: number | undefined
  readonly clock?: Clock | undefined
}

/** What became of an ask. */
export type Answered<Subject = unknown> =
  | {
      readonly kind: 'reply'
      readonly ask: Ask<Subject>
      readonly reply: ChatReply
      /** Answers that were no use, oldest first. */
      readonly earlier: readonly ChatReply[]
    }
  | {
      readonly kind: 'failure'
      readonly ask: Ask<Subject>
      /** Of the last try. */
      readonly failure: MimicitError
      readonly tries: number
      readonly earlier: readonly ChatReply[]
    }

/**
 * Answers asks.
 * @param asks ids are given once each; only a window of them is ever held
 * @returns what became of each, in their order
 * @throws MimicitError MIMICIT_BUDGET when the next call does not fit, MIMICIT_NETWORK when no call is answered,
 * MIMICIT_ABORTED, MIMICIT_IO when the journal cannot be written. Answers so far are in the journal
 */
export async function* askAll<S>(
  asks: AsyncIterable<Ask<S>> | Iterable<Ask<S>>,
  options: AskAllOptions<S>,
): AsyncGenerator<Answered<S>> {
  const job = startJob(options)
  const { window = 4 * (options.limits?.concurrency ?? CONCURRENCY) } = options
  const brought = job.batcher === undefined ? asks : broughtFirst(asks, job.batcher, job.halt)
  const inFlight: Promise<Answered<S>>[] = []
  try {
    for await (const ask of brought) {
      if (job.isHalted()) break
      const answer = job.answer(ask)
      // Thrown when its turn comes; until then it must not count as unhandled.
      answer.catch(() => undefined)
      inFlight.push(answer)
      if (inFlight.length >= window) yield await inFlight.shift()!
    }
    while (inFlight.length > 0) yield await inFlight.shift()!
    job.throwIfHalted()
  } finally {
    job.halt(stopped())
    await Promise.allSettled(inFlight)
    job.close()
  }
}

const stopped = () =>
  new MimicitError('MIMICIT_ABORTED', {
    expected: 'to finish',
    where: 'the calls to the language model',
    received: 'a request to stop',
    hint: 'What was answered is kept in the journal; run the same command again to go on.',
  })

/** The same asks, each when a batch has brought what it can. */
async function* broughtFirst<S>(
  asks: AsyncIterable<Ask<S>> | Iterable<Ask<S>>,
  { most, bring }: Batcher,
  halt: (reason: unknown) => void,
): AsyncGenerator<Ask<S>> {
  let held: Ask<S>[] = []
  const give = async function* () {
    const group = held
    held = []
    try {
      await bring(group)
    } catch (error) {
      halt(error)
      throw error
    }
    yield* group
  }
  for await (const ask of asks) {
    held.push(ask)
    if (held.length >= most) yield* give()
  }
  yield* give()
}

interface Job<S> {
  readonly batcher: Batcher | undefined
  answer(ask: Ask<S>): Promise<Answered<S>>
  halt(reason: unknown): void
  isHalted(): boolean
  throwIfHalted(): void
  close(): void
}

/** @throws MimicitError MIMICIT_BAD_VALUE */
function journalOf<S>({ journal }: AskAllOptions<S>): Journal {
  if (journal !== undefined) return journal
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    ...{ expected: 'a journal', where: 'the batch end point', received: 'none' },
    hint: 'A batch takes hours, and its answers are found again in the journal only.',
  })
}

function startJob<S>(options: AskAllOptions<S>): Job<S> {
  const { responder, journal, cache, signal, review, onMeter, total, graceMs = 10_000, clock = systemClock } = options
  const budget = options.budget ?? createBudget()
  journal?.charge(budget)
  const pace = createPace({ clock, ...options.limits })
  const meter = createMeter(budget, total, clock.now)
  const halt = new AbortController()
  const cut = new AbortController()
  let callOff = () => {}
  const onAbort = () => {
    halt.abort(stopped())
    callOff = clock.after(graceMs, () => cut.abort(stopped()))
  }
  if (signal?.aborted) onAbort()
  else signal?.addEventListener('abort', onAbort, { once: true })
  const call: Call<S> = createCaller({
    ...{ responder, journal, cache, budget, pace, meter, clock },
    ...{ policy: options.policy, tokens: options.tokens, retryGivenUp: options.retryGivenUp ?? false },
    ...{ halt: halt.signal, cut: cut.signal },
  })
  const batcher =
    options.batch &&
    createBatcher(options.batch, { journal: journalOf(options), budget, tokens: options.tokens, halt: halt.signal })
  const note = async (key: string, id: string, verdict: unknown) => {
    if (verdict === undefined || journal === undefined || journal.hasVerdict(key, id, verdict)) return
    await journal.add({ type: 'verdict', key, id, verdict })
  }

  const answer = async (ask: Ask<S>): Promise<Answered<S>> => {
    const earlier: ChatReply[] = []
    let isKnown = true
    const count = (what: 'done' | 'failed') => {
      meter.counts[what]++
      if (isKnown) meter.counts.known++
      onMeter?.(meter.read())
    }
    for (let { request } = ask, round = 0; ; round++) {
      try {
        const { key, reply, known } = await call({ ...ask, request })
        isKnown &&= known
        const { verdict, again } = review?.(ask, reply, round) ?? {}
        await note(key, ask.id, verdict)
        if (again === undefined) {
          count('done')
          return { kind: 'reply', ask, reply, earlier }
        }
        earlier.push(reply)
        request = again
      } catch (error) {
        if (!(error instanceof GivenUp)) throw error
        count('failed')
        return { kind: 'failure', ask, failure: error.failure, tries: error.tries, earlier }
      }
    }
  }
  return {
    batcher,
    answer: (ask) =>
      answer(ask).catch((error) => {
        // What is not about one ask is about all of them: nothing more is sent.
        halt.abort(error)
        throw error
      }),
    halt: (reason) => halt.abort(reason),
    isHalted: () => halt.signal.aborted,
    throwIfHalted: () => halt.signal.throwIfAborted(),
    close() {
      callOff()
      signal?.removeEventListener('abort', onAbort)
    },
  }
}
