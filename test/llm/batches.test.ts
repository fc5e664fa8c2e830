import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { askAll } from '../../src/llm/ask-all.js'
import { createBudget } from '../../src/llm/budget.js'
import type { Ask } from '../../src/llm/chat.js'
import { httpResponder } from '../../src/llm/http-responder.js'
import { openJournal } from '../../src/llm/journal.js'
import { type LlmServer, type LlmServerOptions, startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'
import { all, quick, request, someAsks } from './asks.js'

const dir = tempDir()
let server: LlmServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})
const prices = { prompt: 2, completion: 8 }

/** One run over some asks with a journal of that name. */
async function run(name: string, asks: Iterable<Ask>, more: { signal?: AbortSignal; maxTotalTokens?: number } = {}) {
  const options = { baseUrl: server!.url, model: 'loopback' }
  const journal = await openJournal(join(dir, `${name}.jsonl`))
  const budget = createBudget({ prices, maxTotalTokens: more.maxTotalTokens })
  try {
    const answers = await all(
      askAll(asks, {
        ...{ responder: httpResponder(options), journal, budget, policy: quick, signal: more.signal },
        batch: { ...options, size: 4, pollMs: 5 },
      }),
    )
    return { answers, spent: budget.spent() }
  } finally {
    await journal.close()
  }
}
const start = async (options: LlmServerOptions = {}) => {
  server = await startLlmServer(options)
}

describe('batches', () => {
  it('answer in the order of the asks, at half the price; what they refuse is asked for by itself', async () => {
    await start()
    const asks = [...someAsks(10), { id: 'refused', request: request('refuse me'), subject: 0 }]
    const { answers, spent } = await run('plain', asks)
    expect(answers.map(({ ask, kind }) => [ask.id, kind])).toEqual(asks.map(({ id }) => [id, 'reply']))
    expect(answers[3]).toMatchObject({ reply: { text: '3 number is what' } })
    expect(server!.batches).toHaveLength(3)
    // Only what the batch refused, which this server takes alone.
    expect(server!.calls.map(({ body }) => body.messages[0]!.content)).toEqual(['refuse me'])
    const single = (answers[10] as { reply: { usage: { promptTokens: number; completionTokens: number } } }).reply.usage
    const list = (spent.promptTokens * 2 + spent.completionTokens * 8) / 1e6
    const ofSingle = (single.promptTokens * 2 + single.completionTokens * 8) / 1e6
    expect(spent.cost).toBeCloseTo((list - ofSingle) / 2 + ofSingle, 12)
    const again = await run('plain', asks)
    expect(again.answers).toEqual(answers)
    expect(again.spent).toEqual(spent)
    expect(server!.batches).toHaveLength(3)
  })

  it('are found again by a run after one that was stopped', async () => {
    await start({ batchMs: 300 })
    const stop = new AbortController()
    const stopped = run('stopped', someAsks(6), { signal: stop.signal })
    while (server!.batches.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
    const { answers, spent } = await run('stopped', someAsks(6))
    expect(answers.every(({ kind }) => kind === 'reply')).toBe(true)
    expect(server!.batches).toHaveLength(2)
    expect(server!.calls).toHaveLength(0)
    expect(spent.maybeCalls).toBe(0)
  })

  it('are found again by their name when nobody heard that they were made', async () => {
    await start()
    const path = join(dir, 'unheard.jsonl')
    await run('unheard', someAsks(3))
    // As a kill leaves it between making the batch and hearing of it.
    const { readFileSync, writeFileSync } = await import('node:fs')
    const lines = readFileSync(path, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.includes('"id":"batch-0"'))
    writeFileSync(
      path,
      lines
        .slice(0, at)
        .map((line) => `${line}\n`)
        .join(''),
    )
    const { answers } = await run('unheard', someAsks(3))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply'])
    expect(server!.batches).toHaveLength(1)
    expect(server!.calls).toHaveLength(0)
  })

  it('are not sent when they do not fit into the budget', async () => {
    await start()
    await expect(run('budget', someAsks(4), { maxTotalTokens: 100 })).rejects.toMatchObject({ code: 'MIMICIT_BUDGET' })
    expect(server!.batches).toHaveLength(0)
  })

  it('need a journal', async () => {
    await start()
    const options = { baseUrl: server!.url, model: 'loopback' }
    const answers = all(askAll(someAsks(1), { responder: httpResponder(options), batch: options }))
    await expect(answers).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  })
})
