// How much of what a server allows is used: calls answered, by what its limits let through in the same time, where the
// limits are stated, where the server tells them, and where nobody does. Every bench counts on the server's side that no
// request was lost or made twice. Where calls at once are the limit, a loop that does nothing but fetch takes turns with us:
// what it reaches of the limit is what this machine lets anybody reach.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { askAll } from '../src/llm/ask-all.js'
import type { Ask } from '../src/llm/chat.js'
import { chatBody, newDialect } from '../src/llm/chat-body.js'
import { httpResponder } from '../src/llm/http-responder.js'
import { openJournal } from '../src/llm/journal.js'
import type { PaceOptions } from '../src/llm/pace.js'
import { type Bench, median } from './harness.js'
import type { ServerCounts, ServerWanted } from './llm/server.js'

const WORDS = 'a picture of a street with two dogs, a red bus and people who wait for it in the rain '
const MODEL = 'loopback'

function* asks(count: number): Generator<Ask> {
  for (let i = 0; i < count; i++) {
    const messages = [{ role: 'user', content: `${WORDS.repeat(1 + (i % 7))} number ${i}` }] as const
    yield { id: `ask-${i}`, request: { messages, maxTokens: 400 }, subject: i }
  }
}

interface Case {
  readonly name: string
  readonly count: number
  readonly server: ServerWanted
  readonly limits?: PaceOptions
  /** Answers a second that the server allows. */
  readonly allowed: (tokensEach: number) => number
}

const RPM = 6000
const TPM = 600_000
const rpm = { requestsPerMinute: RPM, delayMs: 120 }
const tpm = { tokensPerMinute: TPM, delayMs: 120 }

const CASES: readonly Case[] = [
  {
    name: 'requests a minute, stated',
    ...{ count: 2000, server: rpm, limits: { requestsPerMinute: RPM }, allowed: () => RPM / 60 },
  },
  { name: 'requests a minute, told by the server', count: 2000, server: rpm, allowed: () => RPM / 60 },
  {
    name: 'requests a minute, known to nobody (status 429 alone)',
    ...{ count: 2000, server: { ...rpm, tellsLimits: false, tellsRetryAfter: false }, allowed: () => RPM / 60 },
  },
  {
    name: 'tokens a minute, stated',
    ...{ count: 1500, server: tpm, limits: { tokensPerMinute: TPM }, allowed: (each) => TPM / 60 / each },
  },
  { name: 'tokens a minute, told by the server', count: 1500, server: tpm, allowed: (each) => TPM / 60 / each },
  {
    name: 'requests a minute, stated, every 25th call fails',
    ...{ count: 2000, server: { ...rpm, failEvery: 25 }, limits: { requestsPerMinute: RPM }, allowed: () => RPM / 60 },
  },
]

const AT_ONCE = 64
const DELAY_MS = 120
const CALLS = 8000
const ROUNDS = 3

/** `npm run bench -- llm [case]` */
export const llmBench: Bench = async (report, [only = '']) => {
  for (const { name, count, server, limits, allowed } of CASES.filter(({ name }) => name.includes(only))) {
    const { perSecond, tokens, throttled } = await measured(count, server, (url) => ours(url, count, limits))
    const bound = allowed(tokens / count)
    report({ metric: `answers: ${name}`, value: perSecond, unit: '/s', bound, ratio: perSecond / bound })
    report({ metric: '  refused with 429', value: throttled, unit: 'calls' })
  }
  const atOnce = `${AT_ONCE} calls at once, ${DELAY_MS} ms each`
  if (!atOnce.includes(only)) return
  const server = { delayMs: DELAY_MS }
  const bound = AT_ONCE / (DELAY_MS / 1000)
  const [mine, bare]: [Measured[], Measured[]] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await measured(CALLS, server, (url) => ours(url, CALLS)))
    bare.push(await measured(CALLS, server, (url) => bareFetch(url, CALLS)))
  }
  const middle = (all: readonly Measured[], of: 'perSecond' | 'cpuMs') => median(all.map((each) => each[of]))
  const [value, rival] = [middle(mine, 'perSecond'), middle(bare, 'perSecond')]
  report({ metric: `answers: ${atOnce}`, value, unit: '/s', bound, ratio: value / bound })
  report({ metric: '  a loop of fetch, no journal', value: rival, unit: '/s', bound, ratio: rival / bound })
  report({ metric: '  ours by that loop', value: value / rival, unit: 'x' })
  report({ metric: '  CPU of a call', value: middle(mine, 'cpuMs'), unit: 'ms' })
  report({ metric: '  CPU of a call of that loop', value: middle(bare, 'cpuMs'), unit: 'ms' })
}

interface Measured extends ServerCounts {
  readonly perSecond: number
  /** Of a call, all threads. */
  readonly cpuMs: number
}

/** Times some work against a server of its own. @throws Error if a request was lost or doubled */
async function measured(
  count: number,
  wanted: ServerWanted,
  work: (url: string) => Promise<number>,
): Promise<Measured> {
  const server = fork(fileURLToPath(new URL('llm/server.ts', import.meta.url)))
  server.send(wanted)
  const [url] = (await once(server, 'message')) as [string]
  const before = process.cpuUsage()
  const began = performance.now()
  const answered = await work(url)
  const seconds = (performance.now() - began) / 1000
  const { user, system } = process.cpuUsage(before)
  server.send('counts')
  const [counts] = (await once(server, 'message')) as [ServerCounts]
  if (answered !== count || counts.answered !== count || counts.doubled > 0) {
    throw new Error(`${answered} answers, ${counts.answered} requests answered, ${counts.doubled} of them doubled`)
  }
  return { ...counts, perSecond: count / seconds, cpuMs: (user + system) / 1000 / count }
}

/** With a journal, each send on the disk before it goes out. */
async function ours(url: string, count: number, limits?: PaceOptions): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  const journal = await openJournal(join(directory, 'journal.jsonl'))
  const responder = httpResponder({ baseUrl: url, model: MODEL })
  let answered = 0
  for await (const { kind } of askAll(asks(count), { responder, journal, ...(limits && { limits }) })) {
    if (kind === 'reply') answered++
  }
  await journal.close()
  rmSync(directory, { recursive: true })
  return answered
}

/** As many calls at once, and nothing else. */
async function bareFetch(url: string, count: number): Promise<number> {
  const all = asks(count)
  let answered = 0
  const caller = async () => {
    for (const { request } of all) {
      const response = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(chatBody(MODEL, request, newDialect())),
      })
      JSON.parse(await response.text())
      if (response.status === 200) answered++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
  return answered
}
