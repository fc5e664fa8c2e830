// One request until it has an answer: from the journal, from the cache, or by calls that are paced, paid for from the budget
// and recorded before they go out. What several asks want at the same time is called for once.
import { setMaxListeners } from 'node:events'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { formatDuration } from '../base/format.js'
import { type Clock, systemClock } from '../io/http/clock.js'
import type { Budget, Reservation } from './budget.js'
import { type CallFacts, CallFailure } from './call-failure.js'
import { type CallPolicy, callPolicy, nextTryMs } from './call-policy.js'
import type { Ask, ChatReply, Responder } from './chat.js'
import type { Journal } from './journal.js'
import type { MeterKeeper } from './meter.js'
import type { CallEnd, Pace } from './pace.js'
import type { ReplyCache } from './reply-cache.js'
import { type CanonicalRequest, canonicalRequest, requestKey } from './request-key.js'
import { promptBound, type TokenBoundOptions } from './token-bound.js'
import { createTokenGuess } from './token-guess.js'

/** Why a request was given up. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp'
  /** Of the last try. */
  readonly failure: MimicitError
  readonly tries: number
  constructor(failure: MimicitError, tries: number) {
    super(failure.message)
    this.failure = failure
    this.tries = tries
  }
}

/** What a caller works with. */
export interface CallerParts<S> {
  readonly responder: Responder<S>
  readonly journal: Journal | undefined
  readonly cache: ReplyCache | undefined
  readonly budget: Budget
  readonly pace: Pace
  readonly meter: MeterKeeper
  readonly policy: CallPolicy | undefined
  readonly tokens: TokenBoundOptions | undefined
  readonly retryGivenUp: boolean
  readonly clock?: Clock | undefined
  /** No call begins any more. */
  readonly halt: AbortSignal
  /** Calls under way are cut. */
  readonly cut: AbortSignal
}

/** An answer, and whether it was there before. */
export interface Called {
  readonly key: string
  readonly reply: ChatReply
  readonly known: boolean
}

/** Gives answers. */
export type Call<S> = (ask: Ask<S>) => Promise<Called>

/**
 * Makes a caller.
 * @returns gives the answer to an ask; throws GivenUp when there is none for this one, and whatever else ends the whole job:
 * MimicitError MIMICIT_BUDGET, MIMICIT_NETWORK, MIMICIT_IO, what the signals give
 */
export function createCaller<S>(parts: CallerParts<S>): Call<S> {
  const { responder, journal, cache, budget, pace, meter, retryGivenUp, halt, cut, clock = systemClock } = parts
  // Every call under way listens.
  setMaxListeners(0, halt, cut)
  const policy = callPolicy(parts.policy)
  const guess = createTokenGuess()
  const running = new Map<string, Promise<ChatReply>>()
  /** Requests given up since the last answer; they are written down once it is clear that it was not the server. */
  let inDoubt: (() => Promise<void>)[] = []
  /** A server that has answered something refuses a request for what it is. */
  let answered = false
  const hasAnswered = () => answered || (journal?.replies ?? 0) > 0
  let throttledSince: number | undefined

  const giveUp = async (ask: Ask<S>, key: string, failure: MimicitError, tries: number): Promise<never> => {
    const { code, message } = failure
    const note = async () => journal?.add({ type: 'given-up', key, id: ask.id, code, message, tries })
    if (failure instanceof CallFailure && (failure.facts.outlook === 'later' || !hasAnswered())) {
      inDoubt.push(note)
      if (inDoubt.length >= policy.stopAfter) throw inGeneral(failure)
    } else await note()
    throw new GivenUp(failure, tries)
  }

  const callOnce = async (ask: Ask<S>, key: string, canonical: CanonicalRequest, isRetry: boolean) => {
    const { request, id } = ask
    const bound = promptBound(request, parts.tokens)
    const most = { promptTokens: bound, completionTokens: request.maxTokens }
    let reservation: Reservation | undefined
    let isRecorded = false
    const prepare = async () => {
      reservation = await budget.reserve(most, halt)
      const first = journal?.wasAsked(key) ? {} : { request: canonical }
      await journal?.add({ type: 'send', key, id, responder: responder.name, most, ...first })
      isRecorded = true
    }
    /** It never went out. */
    const undo = async () => {
      reservation?.release()
      const why = { code: 'MIMICIT_ABORTED', message: 'it was not sent', maybePaid: false } as const
      if (isRecorded) await journal?.add({ type: 'failed', key, ...why })
    }
    const turn = await pace.take({ tokens: guess.likely(bound), isRetry, prepare }, halt).catch(async (error) => {
      await undo()
      throw error
    })
    let end: CallEnd = { kind: 'failed' }
    try {
      meter.counts.inFlight++
      try {
        const reply = await responder.respond(ask, cut)
        reservation!.settle(reply.usage)
        guess.learn(bound, reply.usage)
        end = { kind: 'answered', tokens: reply.usage.promptTokens + reply.usage.completionTokens }
        return reply
      } catch (error) {
        const { maybePaid, throttled, retryAfterMs } = factsOf(error)
        if (maybePaid) reservation!.forfeit()
        else reservation!.release()
        if (throttled) end = { kind: 'throttled', retryAfterMs }
        if (isMimicitError(error)) {
          await journal?.add({ type: 'failed', key, code: error.code, message: error.message, maybePaid })
        }
        throw error
      } finally {
        meter.counts.inFlight--
        const limits = responder.heard?.()
        if (limits !== undefined) pace.heard(limits)
      }
    } finally {
      turn.end(end)
    }
  }

  const untilAnswered = async (ask: Ask<S>, key: string, canonical: CanonicalRequest) => {
    for (let tries = 0, failures = 0; ; ) {
      try {
        const reply = await callOnce(ask, key, canonical, failures > 0)
        await journal?.add({ type: 'reply', key, ...reply })
        await cache?.put(key, reply)
        throttledSince = undefined
        answered = true
        const notes = inDoubt
        inDoubt = []
        for (const note of notes) await note()
        meter.answered()
        return reply
      } catch (error) {
        if (!isMimicitError(error) || isFatal(error)) throw error
        halt.throwIfAborted()
        const facts = factsOf(error)
        if (facts.outlook === 'hopeless') throw error
        if ((facts.retryAfterMs ?? 0) > policy.throttledMs) throw tooLongAWait(error, facts.retryAfterMs!)
        failures++
        if (facts.throttled) {
          throttledSince ??= clock.now()
          if (clock.now() - throttledSince > policy.throttledMs) throw error
        } else tries++
        if (facts.outlook === 'never' || tries >= policy.tries) return giveUp(ask, key, error, tries)
        meter.counts.retries++
        await clock.wait(nextTryMs(policy, facts, failures, clock.random()), halt).catch(() => halt.throwIfAborted())
      }
    }
  }

  return async (ask) => {
    halt.throwIfAborted()
    const request = canonicalRequest(ask.request)
    const key = requestKey(responder.name, request)
    const journalled = await journal?.reply(key)
    if (journalled !== undefined) return { key, reply: journalled, known: true }
    const cached = await cache?.get(key)
    if (cached !== undefined) {
      if (journal?.hasReply(key) === false) await journal.add({ type: 'reply', key, ...cached, from: 'cache' })
      return { key, reply: cached, known: true }
    }
    const before = retryGivenUp ? undefined : journal?.givenUp(key)
    if (before !== undefined) {
      const { code, message, tries } = before
      throw new GivenUp(recorded(code, message, journal!.path), tries)
    }
    let call = running.get(key)
    const isShared = call !== undefined
    if (call === undefined) {
      call = untilAnswered(ask, key, request).finally(() => running.delete(key))
      running.set(key, call)
    }
    return { key, reply: await call, known: isShared }
  }
}

/** Errors that are not about one call. */
const isFatal = (error: MimicitError) =>
  error.code === 'MIMICIT_BUDGET' || error.code === 'MIMICIT_ABORTED' || error.code === 'MIMICIT_IO'

/** An error that says nothing of itself is about this request, and was not paid for: rules have no answer. */
const factsOf = (error: unknown): CallFacts =>
  error instanceof CallFailure ? error.facts : { outlook: 'never', maybePaid: isMimicitError(error, 'MIMICIT_ABORTED') }

/** A refusal of one request that is one of all. */
const inGeneral = (failure: CallFailure): MimicitError =>
  failure.facts.outlook === 'later'
    ? failure
    : new MimicitError(failure.code, {
        ...failure.parts,
        hint: 'It has refused whatever it was asked: check the address, the name of the model and the settings.',
      })

const tooLongAWait = ({ code, parts }: MimicitError, ms: number) =>
  new MimicitError(code, {
    ...parts,
    hint: `It asks to wait for ${formatDuration(ms)}; run the same command again then, what was answered is kept.`,
  })

/** The error that an earlier run has written down. */
function recorded(code: MimicitError['code'], message: string, path: string): MimicitError {
  return new MimicitError(code, {
    expected: 'an answer',
    where: `a request that was given up before (${path})`,
    received: message,
    hint: 'Run with --retry-given-up to ask again.',
  })
}
