import { readFileSync, writeFileSync } from 'node:fs'
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

/** Cuts a journal, as a kill does, before the line that has these words, or before the one behind so many of them. */
function cutBefore(path: string, words: string, behind = 0): void {
  const lines = readFileSync(path, 'utf8').split('\n')
  const at = lines.flatMap((line, n) => (line.includes(words) ? [n] : []))[behind]
  writeFileSync(path, `${lines.slice(0, at).join('\n')}\n`)
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
    await start({ batchMs: Number.POSITIVE_INFINITY })
    const stop = new AbortController()
    const stopped = run('stopped', someAsks(6), { signal: stop.signal })
    while (server!.batches.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
    server!.endBatches()
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
    cutBefore(path, '"id":"batch-0"')
    const { answers } = await run('unheard', someAsks(3))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply'])
    expect(server!.batches).toHaveLength(1)
    expect(server!.calls).toHaveLength(0)
  })

  it('are found again among more batches than a server lists at once', async () => {
    await start()
    const path = join(dir, 'many.jsonl')
    await run('many', someAsks(3))
    cutBefore(path, '"id":"batch-0"')
    const post = (at: string, body: BodyInit) => fetch(`${server!.url}${at}`, { method: 'POST', body })
    const form = new FormData()
    form.set('file', new Blob(['{"custom_id":"x","body":{"messages":[{"role":"user","content":"x"}]}}']), 'x.jsonl')
    const { id } = (await (await post('/files', form)).json()) as { id: string }
    for (let n = 0; n < 150; n++) await post('/batches', JSON.stringify({ input_file_id: id, metadata: null }))
    const { answers } = await run('many', someAsks(3))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply'])
    expect(server!.batches).toHaveLength(151)
    expect(server!.calls).toHaveLength(0)
  })

  it('whose requests were not all written down before a kill were never made, and are made whole', async () => {
    await start()
    const path = join(dir, 'half-written.jsonl')
    await run('half-written', someAsks(3))
    const sends = readFileSync(path, 'utf8').split('"type":"send"').length - 1
    expect(sends).toBe(3)
    // One send is on the disk, and the batch is not at the server.
    cutBefore(path, '"type":"send"', 1)
    await server!.close()
    await start()
    const { answers, spent } = await run('half-written', someAsks(3))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply'])
    expect(server!.batches).toHaveLength(1)
    expect(server!.calls).toHaveLength(0)
    expect(spent.maybeCalls).toBe(0)
  })

  it('that run out of time bring what they have, and the rest goes with another', async () => {
    await start({ batchEnd: (index) => (index === 0 ? { status: 'expired', answers: 1 } : { status: 'completed' }) })
    const { answers, spent } = await run('expired', someAsks(4))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply', 'reply'])
    expect(server!.batches.map((batch) => batch.trim().split('\n').length)).toEqual([4, 3])
    expect(server!.calls).toHaveLength(0)
    expect(spent.cost).toBeCloseTo((spent.promptTokens * 2 + spent.completionTokens * 8) / 2e6, 12)
  })

  it('that always run out of time leave it to single calls in the end', async () => {
    await start({ batchEnd: () => ({ status: 'expired', answers: 0 }) })
    const { answers } = await run('always-expired', someAsks(4))
    expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply', 'reply'])
    expect([server!.batches.length, server!.calls.length]).toEqual([3, 4])
  })

  it.each(['failed', 'cancelled'] as const)(
    'that are %s end the job: single calls cost twice as much',
    async (status) => {
      await start({ batchEnd: (index) => (index === 0 ? { status, answers: 0 } : { status: 'completed' }) })
      const refused = await run(status, someAsks(4)).catch((error: unknown) => error)
      expect(refused).toMatchObject({ code: 'MIMICIT_REFUSED', message: expect.stringContaining(`is ${status}`) })
      if (status === 'failed') expect(String(refused)).toContain('enqueued token limit reached')
      expect(server!.calls).toHaveLength(0)
      const { answers, spent } = await run(status, someAsks(4))
      expect(answers.map(({ kind }) => kind)).toEqual(['reply', 'reply', 'reply', 'reply'])
      expect([server!.batches.length, server!.calls.length, spent.maybeCalls]).toEqual([2, 0, 0])
    },
  )

  it('bring results that no memory of one text can hold', async () => {
    // Six answers of 12 MB each.
    const long = 'x'.repeat(12 << 20)
    await start({ answer: () => long })
    const options = { baseUrl: server!.url, model: 'loopback' }
    const journal = await openJournal(join(dir, 'large.jsonl'))
    let count = 0
    const asked = askAll(someAsks(6), {
      ...{ responder: httpResponder(options), journal, policy: quick, window: 1 },
      batch: { ...options, size: 6, pollMs: 5 },
    })
    for await (const answered of asked) {
      expect(answered).toMatchObject({ kind: 'reply' })
      if (answered.kind === 'reply') count += answered.reply.text.length
    }
    await journal.close()
    expect(count).toBe(6 * long.length)
    expect(server!.calls).toHaveLength(0)
  }, 300_000)

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
