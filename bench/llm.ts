// How much of what a server allows is used: calls answered, by what its limits let through in the same time, where the
// limits are stated, where the server tells them, and where nobody does. Every bench counts on the server's side that no
// request was lost or made twice.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askAll } from '../src/llm/ask-all.js'
import type { Ask } from '../src/llm/chat.js'
import { httpResponder } from '../src/llm/http-responder.js'
import { openJournal } from '../src/llm/journal.js'
import type { PaceOptions } from '../src/llm/pace.js'
import { type LlmServerOptions, startLlmServer } from '../test/support/llm-server.js'
import type { Bench } from './harness.js'

const WORDS = 'a picture of a street with two dogs, a red bus and people who wait for it in the rain '

function* asks(count: number): Generator<Ask> {
  for (let i = 0; i < count; i++) {
    const messages = [{ role: 'user', content: `${WORDS.repeat(1 + (i % 7))} number ${i}` }] as const
    yield { id: `ask-${i}`, request: { messages, maxTokens: 400 }, subject: i }
  }
}

interface Case {
  readonly name: string
  readonly count: number
  readonly server: LlmServerOptions
  readonly limits?: PaceOptions
  /** Answers a second that the server allows. */
  readonly allowed: (tokensEach: number) => number
}

const RPM = 6000
const TPM = 600_000
const rpm = { requestsPerMinute: RPM, delayMs: 120 }
const tpm = { tokensPerMinute: TPM, delayMs: 120 }
const flaky = ({ index }: { readonly index: number }) =>
  index % 25 === 24 ? ({ kind: 'status', status: 500 } as const) : undefined

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
    ...{ count: 2000, server: { ...rpm, fault: flaky }, limits: { requestsPerMinute: RPM }, allowed: () => RPM / 60 },
  },
  {
    name: '64 calls at once, 120 ms each',
    ...{ count: 4000, server: { delayMs: 120 }, allowed: () => 64 / 0.12 },
  },
]

/** `npm run bench -- llm [case]` */
export const llmBench: Bench = async (report, [only = '']) => {
  for (const { name, count, server: options, limits, allowed } of CASES.filter(({ name }) => name.includes(only))) {
    const server = await startLlmServer(options)
    const directory = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
    const journal = await openJournal(join(directory, 'journal.jsonl'))
    const responder = httpResponder({ baseUrl: server.url, model: 'loopback' })
    const began = performance.now()
    let answered = 0
    for await (const { kind } of askAll(asks(count), { responder, journal, ...(limits && { limits }) })) {
      if (kind === 'reply') answered++
    }
    const seconds = (performance.now() - began) / 1000
    await journal.close()
    const doubled = [...server.answered.values()].filter((times) => times !== 1).length
    if (answered !== count || server.answered.size !== count || doubled > 0) {
      throw new Error(`${name}: ${answered} answers, ${server.answered.size} requests answered, ${doubled} doubled`)
    }
    const bound = allowed(server.tokens / count)
    const refused = server.statuses.get(429) ?? 0
    await server.close()
    rmSync(directory, { recursive: true })
    report({ metric: `answers: ${name}`, value: count / seconds, unit: '/s', bound, ratio: count / seconds / bound })
    report({ metric: '  refused with 429', value: refused, unit: 'calls' })
  }
}
