// Requests through the batch end point, at half the price and within a day: they go out as files, and what comes back goes
// into the journal, from where `askAll` takes it like any answer. A batch is written down before it is made and carries our
// name for it, so a run that was killed at any moment finds it again, and no batch is made twice.
import { randomUUID } from 'node:crypto'
import { MimicitError, show } from '../base/errors.js'
import { systemClock } from '../io/http/clock.js'
import { batchDesk } from './batch-desk.js'
import { type BatchResult, type BatchState, batchLine, isOver, parseResult } from './batch-wire.js'
import type { Budget, Reservation } from './budget.js'
import type { Ask, ChatRequest, TokenUsage } from './chat.js'
import { createEndPoint } from './end-point.js'
import type { HttpResponderOptions } from './http-responder.js'
import type { Journal } from './journal.js'
import type { BatchRecord } from './journal-records.js'
import { canonicalRequest, requestKey } from './request-key.js'
import { promptBound, type TokenBoundOptions } from './token-bound.js'

/** What a token costs in a batch, by its list price. */
const BATCH_DISCOUNT = 0.5

/** How batches are made. */
export interface BatchOptions extends Omit<HttpResponderOptions, 'stream'> {
  /** Requests of one batch at most. @default 10000 */
  readonly size?: number | undefined
  /** Batches at once. @default 4 */
  readonly atOnce?: number | undefined
  /** Milliseconds between two looks at a batch. @default 30000 */
  readonly pollMs?: number | undefined
}

/** What a batcher works with. */
export interface BatchParts {
  readonly journal: Journal
  readonly budget: Budget
  readonly tokens: TokenBoundOptions | undefined
  /** Nothing is sent any more; batches under way stay at the server, and are taken up by the next run. */
  readonly halt: AbortSignal
}

/** Brings answers. */
export interface Batcher {
  /** Asks that are worth bringing together. */
  readonly most: number
  /** Has those of the asks answered that have no answer yet; what a batch does not answer is left to single calls. */
  bring(asks: readonly Ask<unknown>[]): Promise<void>
}

/** So many batches a request goes with, if they run out of time before its turn. */
const ROUNDS = 3

/** Bytes of a batch's file at most; servers take 100 to 200 MB. */
const MOST_BYTES = 90e6

interface Item {
  readonly key: string
  readonly ask: Ask<unknown>
}

/** Starts a batcher. */
export function createBatcher(options: BatchOptions, { journal, budget, tokens, halt }: BatchParts): Batcher {
  const { model, size = 10_000, atOnce = 4, pollMs = 30_000, clock = systemClock } = options
  const endPoint = createEndPoint(options)
  const desk = batchDesk(endPoint, clock, halt)
  /** Requests whose batch ran out of time before anybody worked for them. */
  const expired = new Set<string>()

  /** Takes up what an earlier run has left. */
  const resume = async (requests: ReadonlyMap<string, ChatRequest>): Promise<void> => {
    for (const record of journal.batches()) {
      const sends = (record.keys ?? []).flatMap((key) => journal.openSend(key) ?? [])
      // Not all of it was written down before the kill, so it was not made yet; the sends that were cost nothing.
      const isWhole = record.id !== undefined || sends.length === record.keys?.length
      const reservation = await budget.reserve(sumOf(sends.map(({ most }) => most)), halt, BATCH_DISCOUNT)
      await finish(
        record,
        sends.map(({ key }) => key),
        reservation,
        isWhole ? requests : new Map(),
      )
    }
  }

  const submit = async (items: readonly Item[]): Promise<void> => {
    const keys = items.map(({ key }) => key)
    const record: BatchRecord = { type: 'batch', name: randomUUID(), keys }
    const mosts = items.map(({ ask: { request } }) => ({
      promptTokens: promptBound(request, tokens),
      completionTokens: request.maxTokens,
    }))
    // One for all of them: if each had its own, the last would wait for the first, which end with it.
    const reservation = await budget.reserve(sumOf(mosts), halt, BATCH_DISCOUNT)
    try {
      await journal.add(record)
      await Promise.all(
        items.map(({ key, ask }, i) =>
          journal.add({
            type: 'send',
            ...{ key, id: ask.id, responder: model, most: mosts[i]!, discount: BATCH_DISCOUNT },
            ...(journal.wasAsked(key) ? {} : { request: canonicalRequest(ask.request) }),
          }),
        ),
      )
    } catch (error) {
      reservation.release()
      throw error
    }
    await finish(record, keys, reservation, new Map(items.map(({ key, ask }) => [key, ask.request])))
  }

  /** From whatever state a batch is in to its end. Where it is not reached, the reservation stays: it may cost that. */
  const finish = async (
    record: BatchRecord,
    keys: readonly string[],
    reservation: Reservation,
    requests: ReadonlyMap<string, ChatRequest>,
  ): Promise<void> => {
    const state = await ended(record, requests)
    const open = new Set(keys)
    const used: TokenUsage[] = []
    const take = async ({ key, reply, why }: BatchResult): Promise<void> => {
      // A line that is there twice, or of another batch, is nothing of ours.
      if (!open.delete(key)) return
      if (reply === undefined) {
        await journal.add({ type: 'failed', key, code: 'MIMICIT_REFUSED', message: why, maybePaid: false })
        return
      }
      used.push(reply.usage)
      await journal.add({ type: 'reply', key, ...reply, discount: BATCH_DISCOUNT })
    }
    for (const file of state === undefined ? [] : [state.output_file_id, state.error_file_id]) {
      if (file == null) continue
      await desk.results(file, async (lines, where) => {
        await Promise.all(lines.map((line) => take(parseResult(line, where, (key) => requests.get(key)))))
      })
    }
    // What it does not speak of was not worked for: the batch was ended before, or never came to be.
    const why = state === undefined ? 'the batch was never made' : `the batch is ${state.status}`
    const rest = [...open]
    if (state?.status === 'expired') for (const key of rest) expired.add(key)
    await Promise.all(rest.map((key) => take({ key, reply: undefined, why })))
    if (used.length === 0) reservation.release()
    else reservation.settle(sumOf(used))
    await journal.add({ type: 'batch', name: record.name, done: true })
    // Single calls would do what is left, at twice the price that somebody wanted to pay.
    if (state?.status === 'failed' || state?.status === 'cancelled') throw refused(state, endPoint.location)
  }

  /** The state of a batch when it is over; undefined if it was never made and cannot be made any more. */
  const ended = async (
    record: BatchRecord,
    requests: ReadonlyMap<string, ChatRequest>,
  ): Promise<BatchState | undefined> => {
    let { id } = record
    if (id === undefined) {
      const lines = (record.keys ?? []).map((key) => {
        const request = requests.get(key)
        return request === undefined ? undefined : batchLine(model, key, request)
      })
      const made =
        (await desk.named(record.name)) ??
        (lines.includes(undefined) ? undefined : await desk.make(record.name, lines as string[]))
      if (made === undefined) return undefined
      id = made.id
      await journal.add({ type: 'batch', name: record.name, id })
    }
    for (;;) {
      const state = await desk.state(id)
      if (isOver(state)) return state
      await clock.wait(pollMs, halt).catch(() => halt.throwIfAborted())
    }
  }

  const submitAll = async (items: readonly Item[]): Promise<void> => {
    const work = grouped(items, size, model).map((group) => () => submit(group))
    const results = await Promise.allSettled(
      Array.from({ length: Math.min(atOnce, work.length) }, async () => {
        for (let next = work.shift(); next !== undefined; next = work.shift()) await next()
      }),
    )
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  return {
    most: size * atOnce,
    async bring(asks) {
      const items = new Map<string, Item>()
      for (const ask of asks) {
        const key = requestKey(model, canonicalRequest(ask.request))
        if (!journal.hasReply(key)) items.set(key, { key, ask })
      }
      await resume(new Map([...items].map(([key, { ask }]) => [key, ask.request])))
      const isLeft = ({ key }: Item) => !journal.hasReply(key) && journal.givenUp(key) === undefined
      await submitAll([...items.values()].filter(isLeft))
      for (let rounds = 1; rounds < ROUNDS && expired.size > 0; rounds++) {
        const again = [...items.values()].filter((item) => expired.has(item.key) && isLeft(item))
        expired.clear()
        await submitAll(again)
      }
    },
  }
}

const sumOf = (usages: readonly TokenUsage[]): TokenUsage => ({
  promptTokens: usages.reduce((sum, { promptTokens }) => sum + promptTokens, 0),
  completionTokens: usages.reduce((sum, { completionTokens }) => sum + completionTokens, 0),
})

const refused = ({ id, status, errors }: BatchState, location: string) =>
  new MimicitError('MIMICIT_REFUSED', {
    expected: 'a batch that is worked through',
    where: `batch ${id} at ${location}`,
    received: `one that is ${status}${errors == null ? '' : ` (${show(errors, 300)})`}`,
    hint: 'What it brought is in the journal; run the same command again to make another, or without --batch.',
  })

/** Groups that one file can hold. */
function grouped(items: readonly Item[], size: number, model: string): Item[][] {
  const groups: Item[][] = []
  let bytes = 0
  for (const item of items) {
    const length = batchLine(model, item.key, item.ask.request).length
    const last = groups.at(-1)
    if (last === undefined || last.length >= size || bytes + length > MOST_BYTES) {
      groups.push([item])
      bytes = length
    } else {
      last.push(item)
      bytes += length
    }
  }
  return groups
}
