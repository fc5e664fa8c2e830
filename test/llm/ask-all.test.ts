import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { isMimicitError } from '../../src/base/errors.js'
import { askAll } from '../../src/llm/ask-all.js'
import { createBudget } from '../../src/llm/budget.js'
import { CallFailure } from '../../src/llm/call-failure.js'
import type { Ask, ChatReply, Responder } from '../../src/llm/chat.js'
import { httpResponder } from '../../src/llm/http-responder.js'
import { openJournal } from '../../src/llm/journal.js'
import { openReplyCache } from '../../src/llm/reply-cache.js'
import { promptBound } from '../../src/llm/token-bound.js'
import { costOf } from '../../src/llm/token-tally.js'
import { type LlmServer, type LlmServerOptions, startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'
import { all, quick, request, someAsks } from './asks.js'

const dir = tempDir()
let server: LlmServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})
const start = async (options: LlmServerOptions = {}) => {
  server = await startLlmServer(options)
  return { server, responder: httpResponder({ baseUrl: server.url, model: 'loopback', timeoutMs: 2000 }) }
}
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (isMimicitError(error) ? error.code : error),
  )
const usage = { promptTokens: 1, completionTokens: 1 }
const responderOf = (respond: (ask: Ask, signal: AbortSignal) => Promise<ChatReply>): Responder => ({
  name: 'test',
  kind: 'model',
  respond,
})

describe('order', () => {
  it('is that of the asks, whatever the order in which answers come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        async (delays, concurrency) => {
          const responder = responderOf(async ({ subject, request: { messages } }) => {
            for (let i = 0; i < delays[subject as number]!; i++) await new Promise((resolve) => setImmediate(resolve))
            return { text: String(messages[0]!.content), finish: 'stop', usage }
          })
          const answers = await all(askAll(someAsks(delays.length), { responder, limits: { concurrency } }))
          expect(answers.map(({ ask, kind }) => [ask.id, kind])).toEqual(delays.map((_, i) => [`ask-${i}`, 'reply']))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('holds no more than a window of asks', async () => {
    let pulled = 0
    let given = 0
    let most = 0
    function* asks() {
      for (const ask of someAsks(200)) {
        pulled++
        most = Math.max(most, pulled - given)
        yield ask
      }
    }
    const responder = responderOf(async () => ({ text: 'x', finish: 'stop', usage }))
    for await (const _ of askAll(asks(), { responder, window: 10 })) given++
    expect(given).toBe(200)
    expect(most).toBeLessThanOrEqual(11)
  })
})

describe('a server with faults', () => {
  it('is asked until it answers, and what it never answers is told and left', async () => {
    const kinds = [
      { kind: 'drop' },
      { kind: 'cut' },
      { kind: 'garbage' },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
      { kind: 'status', status: 408 },
      { kind: 'status', status: 409 },
    ] as const
    const { responder } = await start({
      fault({ body, before, index }) {
        const text = String(body.messages[0]!.content)
        if (text.endsWith('number 7')) return { kind: 'status', status: 500 }
        if (text.endsWith('number 9')) return { kind: 'status', status: 400, body: '{"error":{"message":"too long"}}' }
        return before === 0 ? kinds[index % kinds.length] : undefined
      },
    })
    const path = join(dir, 'faults.jsonl')
    const journal = await openJournal(path)
    const answers = await all(askAll(someAsks(40), { responder, journal, policy: { ...quick, tries: 3 } }))
    expect(answers.map(({ ask }) => ask.id)).toEqual([...someAsks(40)].map(({ id }) => id))
    const failed = answers.flatMap((answer) => (answer.kind === 'failure' ? [answer] : []))
    expect(failed.map(({ ask, failure, tries }) => [ask.id, failure.code, tries])).toEqual([
      ['ask-7', 'MIMICIT_NETWORK', 3],
      ['ask-9', 'MIMICIT_REFUSED', 1],
    ])
    expect(failed[1]!.failure.message).toContain('too long')
    for (const [content, count] of server!.answered) expect(count, content).toBe(1)
    expect(server!.answered.size).toBe(38)
    await journal.close()
    // Given up is given up, until somebody says otherwise.
    server!.fault = () => undefined
    const asked = new Map(server!.asked)
    const again = await openJournal(path)
    expect(again.found).toMatchObject({ replies: 38, givenUp: 2, inFlight: 0 })
    const same = await all(askAll(someAsks(40), { responder, journal: again, policy: quick }))
    expect(same.map(({ kind }) => kind)).toEqual(answers.map(({ kind }) => kind))
    expect(server!.asked).toEqual(asked)
    const whole = await all(askAll(someAsks(40), { responder, journal: again, retryGivenUp: true }))
    expect(whole.every(({ kind }) => kind === 'reply')).toBe(true)
    await again.close()
  })

  it('that answers nothing at all stops the job, and nothing is given up for it', async () => {
    const { responder } = await start({ fault: () => ({ kind: 'status', status: 500 }) })
    const path = join(dir, 'gone.jsonl')
    const journal = await openJournal(path)
    const policy = { ...quick, tries: 2, stopAfter: 4 }
    expect(await code(all(askAll(someAsks(400), { responder, journal, policy })))).toBe('MIMICIT_NETWORK')
    expect(server!.asked.size).toBeLessThan(100)
    await journal.close()
    const again = await openJournal(path)
    expect(again.found).toMatchObject({ replies: 0, givenUp: 0, inFlight: 0 })
    await again.close()
  })

  it('that refuses whatever it is asked stops the job, and nothing is given up for it', async () => {
    const body = JSON.stringify({ error: { message: 'no such model' } })
    const { responder } = await start({ fault: () => ({ kind: 'status', status: 400, body }) })
    const path = join(dir, 'refuses.jsonl')
    const journal = await openJournal(path)
    const job = all(askAll(someAsks(400), { responder, journal, policy: quick }))
    await expect(job).rejects.toMatchObject({
      code: 'MIMICIT_REFUSED',
      message: expect.stringContaining('the name of'),
    })
    expect(server!.asked.size).toBeLessThan(100)
    await journal.close()
    server!.fault = ({ body: { messages } }) =>
      Number(/\d+$/.exec(String(messages[0]!.content))) % 30 > 3 ? { kind: 'status', status: 400, body } : undefined
    const again = await openJournal(path)
    expect(again.found).toMatchObject({ givenUp: 0, inFlight: 0 })
    // One that has answered refuses each for what it is, however many in a row.
    const answers = await all(askAll(someAsks(120), { responder, journal: again, policy: quick }))
    expect(answers.filter(({ kind }) => kind === 'reply')).toHaveLength(16)
    await again.close()
  })

  it('that asks to wait for hours stops the job at once', async () => {
    const wait = { kind: 'status', status: 429, headers: { 'retry-after': '9999999' } } as const
    const { responder } = await start({ fault: () => wait })
    const job = all(askAll(someAsks(5), { responder, policy: quick }))
    await expect(job).rejects.toMatchObject({
      code: 'MIMICIT_NETWORK',
      message: expect.stringContaining('asks to wait'),
    })
    expect(server!.calls.length).toBeLessThanOrEqual(5)
  })

  it('that does not know the key stops the job, and the key stands nowhere', async () => {
    process.env.TEST_LLM_KEY = 'sk-secret-of-the-test'
    const { server } = await start({ key: 'another' })
    const responder = httpResponder({ baseUrl: server.url, model: 'loopback', apiKeyEnv: 'TEST_LLM_KEY' })
    const path = join(dir, 'key.jsonl')
    const journal = await openJournal(path)
    const error = await all(askAll(someAsks(5), { responder, journal })).catch((error: unknown) => error)
    await journal.close()
    delete process.env.TEST_LLM_KEY
    expect(isMimicitError(error, 'MIMICIT_NETWORK')).toBe(true)
    expect((error as Error).message).toContain('TEST_LLM_KEY')
    expect((error as Error).message).toContain('[key]')
    expect(server.calls[0]).toBeUndefined()
    for (const text of [String((error as Error).stack), JSON.stringify(error), readFileSync(path, 'utf8')]) {
      expect(text).not.toContain('sk-secret')
    }
  })
})

describe('what is known', () => {
  it('is not asked again: twins, the journal, the cache', async () => {
    const { responder } = await start({ delayMs: 5 })
    const twins = [...someAsks(6), ...[...someAsks(6)].map((ask) => ({ ...ask, id: `${ask.id}-twin` }))]
    const cache = openReplyCache(join(dir, 'cache'))
    const journal = await openJournal(join(dir, 'known.jsonl'))
    const first = await all(askAll(twins, { responder, journal, cache }))
    expect([...server!.asked.values()]).toEqual([1, 1, 1, 1, 1, 1])
    const second = await all(askAll(twins, { responder, journal }))
    await journal.close()
    const other = await openJournal(join(dir, 'known-2.jsonl'))
    const third = await all(askAll(twins, { responder, journal: other, cache }))
    await other.close()
    expect(second).toEqual(first)
    expect(third).toEqual(first)
    expect([...server!.asked.values()]).toEqual([1, 1, 1, 1, 1, 1])
    // What the cache gave costs nothing.
    const budget = createBudget({ prices: { prompt: 1, completion: 1 } })
    const last = await openJournal(join(dir, 'known-2.jsonl'))
    last.charge(budget)
    expect(budget.spent()).toMatchObject({ promptTokens: 0, cost: 0 })
    expect(last.found.replies).toBe(6)
    await last.close()
  })
})

describe('reviews', () => {
  it('ask something else instead, and are written down', async () => {
    const { responder } = await start()
    const path = join(dir, 'reviews.jsonl')
    const review = ({ id }: Ask, { text }: ChatReply, round: number) =>
      round === 0 && id === 'ask-1'
        ? { verdict: `no use: ${text}`, again: request('what is it, in other words') }
        : { verdict: 'good' }
    const run = async () => {
      const journal = await openJournal(path)
      const answers = await all(askAll(someAsks(3), { responder, journal, review }))
      await journal.close()
      return answers
    }
    const answers = await run()
    expect(answers.map(({ earlier }) => earlier.length)).toEqual([0, 1, 0])
    expect(answers[1]).toMatchObject({ kind: 'reply', reply: { text: 'words other in it, is what' } })
    const text = readFileSync(path, 'utf8')
    expect(text.match(/"type":"verdict"/g)).toHaveLength(4)
    expect(text).toContain('no use: 1 number is what')
    expect(await run()).toEqual(answers)
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

describe('the budget', () => {
  it('stops the job before the call that does not fit, and a larger one goes on', async () => {
    const { responder } = await start()
    const path = join(dir, 'budget.jsonl')
    const prices = { prompt: 2, completion: 8 }
    const run = async (maxTokens: number) => {
      const journal = await openJournal(path)
      const budget = createBudget({ maxTotalTokens: maxTokens, prices })
      const given: string[] = []
      const end = await code(
        (async () => {
          for await (const { ask } of askAll(someAsks(30), { responder, journal, budget })) given.push(ask.id)
        })(),
      )
      await journal.close()
      return { end, given, spent: budget.spent() }
    }
    const first = await run(500)
    expect(first.end).toBe('MIMICIT_BUDGET')
    expect(first.spent.promptTokens + first.spent.completionTokens).toBeLessThanOrEqual(500)
    expect(server!.tokens).toBeLessThanOrEqual(500)
    expect(first.given.length).toBeGreaterThan(3)
    const second = await run(5000)
    expect(second.end).toBe('no error')
    expect(second.given).toHaveLength(30)
    expect(second.spent.promptTokens + second.spent.completionTokens).toBe(server!.tokens)
    expect([...server!.asked.values()].every((count) => count === 1)).toBe(true)
  })
})

describe('limits of cost and tokens', () => {
  it('are never passed by 64 calls at once, whatever they use and however they end', async () => {
    const prices = { prompt: 3, completion: 15 }
    const end = fc.constantFrom('answer', 'answer', 'answer', 'cut', 'garbage', 'drop', 500, 429)
    // What a call uses of what it may: all, nothing, or anything between.
    const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ end, prompt: share, completion: share }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (ends, calls, byCost) => {
          let [tokens, cost] = [0, 0]
          const bill = (promptTokens: number, completionTokens: number) => {
            tokens += promptTokens + completionTokens
            cost += (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6
          }
          let sent = 0
          // Whatever comes after the bill, the bill is written.
          const responder = responderOf(async ({ request }) => {
            // A server that answers nothing but 429 is waited for, for ten minutes.
            const { end, prompt, completion } = ends[sent++ % (ends.length + 1)] ?? {
              end: 'answer',
              prompt: 1,
              completion: 1,
            }
            const usage = {
              promptTokens: Math.floor(prompt * promptBound(request)),
              completionTokens: Math.floor(completion * request.maxTokens),
            }
            await new Promise((resolve) => setImmediate(resolve))
            const where = { expected: 'an answer', where: 'a test', received: String(end) }
            if (typeof end === 'number') {
              throw new CallFailure('MIMICIT_NETWORK', where, {
                ...{ outlook: 'later', maybePaid: false, throttled: end === 429, retryAfterMs: 0 },
              })
            }
            bill(usage.promptTokens, usage.completionTokens)
            if (end === 'answer') return { text: 'x', finish: 'stop', usage }
            throw new CallFailure('MIMICIT_BAD_REPLY', where, { outlook: 'later', maybePaid: true })
          })
          const one = { promptTokens: promptBound(request('what is number 100')), completionTokens: 64 }
          const limits = byCost
            ? { maxCost: calls * costOf(one, prices), prices }
            : { maxTotalTokens: calls * (one.promptTokens + one.completionTokens), prices }
          const budget = createBudget(limits)
          const policy = { ...quick, tries: 3, stopAfter: 1000 }
          const job = all(askAll(someAsks(100), { responder, budget, policy, limits: { concurrency: 64 } }))
          expect(['no error', 'MIMICIT_BUDGET']).toContain(await code(job))
          if ('maxCost' in limits) expect(cost).toBeLessThanOrEqual(limits.maxCost! * (1 + 1e-9))
          else expect(tokens).toBeLessThanOrEqual(limits.maxTotalTokens!)
          // What is counted is never less than what was billed.
          const spent = budget.spent()
          expect(spent.promptTokens + spent.completionTokens + spent.maybeTokens).toBeGreaterThanOrEqual(tokens)
        },
      ),
      { numRuns: 40 },
    )
  })
})

describe('a server that takes more than it is allowed', () => {
  const liar = (times: number, seen: { tokens: number }) =>
    responderOf(async ({ request }) => {
      await new Promise((resolve) => setImmediate(resolve))
      const usage = { promptTokens: 2 * promptBound(request), completionTokens: times * request.maxTokens }
      seen.tokens += usage.promptTokens + usage.completionTokens
      return { text: 'x', finish: 'stop', usage }
    })
  const most = 2 * promptBound(request('what is number 100')) + 5 * 64

  it('passes no limit but by its first call, which nobody could foresee', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.nat({ max: 40 }), async (times, calls) => {
        const seen = { tokens: 0 }
        const budget = createBudget({ maxTotalTokens: calls * most })
        const job = all(askAll(someAsks(100), { responder: liar(times, seen), budget, limits: { concurrency: 64 } }))
        expect(await code(job)).toBe('MIMICIT_BUDGET')
        expect(seen.tokens).toBeLessThanOrEqual(calls * most)
        expect(budget.spent().promptTokens + budget.spent().completionTokens).toBe(seen.tokens)
      }),
      { numRuns: 30 },
    )
  })

  it('is known by the journal to the next run, and told', async () => {
    const seen = { tokens: 0 }
    const path = join(dir, 'liar.jsonl')
    const run = async (maxTotalTokens: number) => {
      const journal = await openJournal(path)
      const budget = createBudget({ maxTotalTokens })
      try {
        await all(askAll(someAsks(100), { responder: liar(5, seen), budget, journal, limits: { concurrency: 64 } }))
      } finally {
        await journal.close()
      }
    }
    const told = { code: 'MIMICIT_BUDGET', message: expect.stringContaining('up to 5.00 times what a call may take') }
    await expect(run(3 * most)).rejects.toMatchObject(told)
    await expect(run(7 * most)).rejects.toMatchObject(told)
    expect(seen.tokens).toBeGreaterThan(5 * most)
    expect(seen.tokens).toBeLessThanOrEqual(7 * most)
  })

  it('is thought to have taken as much for calls of which nobody knows', async () => {
    const path = join(dir, 'liar-killed.jsonl')
    const journal = await openJournal(path)
    const one = { promptTokens: 100, completionTokens: 64 }
    for (const key of ['answered', 'killed']) {
      await journal.add({ type: 'send', key, id: key, responder: 'test', most: one })
    }
    await journal.add({
      ...{ type: 'reply', key: 'answered', text: 'x', finish: 'stop' },
      usage: { promptTokens: 150, completionTokens: 640 },
    })
    await journal.close()
    const again = await openJournal(path)
    const budget = createBudget()
    again.charge(budget)
    await again.close()
    expect(budget.spent()).toMatchObject({ promptTokens: 150, completionTokens: 640, maybeCalls: 1, maybeTokens: 790 })
  })
})

describe('stopping', () => {
  it('lets calls under way end, and begins no other', async () => {
    const { responder } = await start({ delayMs: 30 })
    const stop = new AbortController()
    const path = join(dir, 'stopped.jsonl')
    const journal = await openJournal(path)
    const end = await code(
      (async () => {
        for await (const _ of askAll(someAsks(500), { responder, journal, signal: stop.signal })) stop.abort()
      })(),
    )
    await journal.close()
    expect(end).toBe('MIMICIT_ABORTED')
    expect(server!.asked.size).toBeLessThan(100)
    expect(server!.answered.size).toBe(server!.asked.size)
    const again = await openJournal(path)
    expect(again.found).toMatchObject({ replies: server!.answered.size, inFlight: 0 })
    await again.close()
  })

  it('cuts those that take longer than the grace, which may have been paid', async () => {
    const { responder } = await start({ fault: () => ({ kind: 'hang' }) })
    const stop = new AbortController()
    const path = join(dir, 'cut.jsonl')
    const journal = await openJournal(path)
    const ending = code(all(askAll(someAsks(3), { responder, journal, signal: stop.signal, graceMs: 20 })))
    while (server!.asked.size < 3) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    expect(await ending).toBe('MIMICIT_ABORTED')
    await journal.close()
    const again = await openJournal(path)
    const budget = createBudget()
    again.charge(budget)
    expect(budget.spent().maybeCalls).toBe(3)
    await again.close()
  })
})
