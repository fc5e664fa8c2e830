import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { openJournal } from '../../src/llm/journal.js'
import { contentOf, type LlmServer, startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const child = fileURLToPath(new URL('../support/llm-child.js', import.meta.url))
const COUNT = 150
let server: LlmServer | undefined
afterAll(() => server?.close())

/** Runs the child. @param kill kills it when it has told so many answers */
async function run(journal: string, kill = Number.POSITIVE_INFINITY): Promise<string[]> {
  const options = { baseUrl: server!.url, model: 'loopback', journal, concurrency: 8, timeoutMs: 1000 }
  const process_ = spawn(process.execPath, [child, JSON.stringify(options), String(COUNT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(process_, 'exit')
  const lines: string[] = []
  for await (const line of createInterface(process_.stdout)) {
    lines.push(line)
    if (lines.length === kill) process_.kill('SIGKILL')
  }
  const [code, signal] = (await exit) as [number | null, string | null]
  expect([code, signal]).toEqual(kill === Number.POSITIVE_INFINITY ? [0, null] : [null, 'SIGKILL'])
  return lines
}

/** Contents of requests that a journal has an answer to. */
function journalled(path: string): string[] {
  const records = readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { type: string; key: string; request?: { messages: unknown } })
  const messages = new Map(
    records.flatMap(({ type, key, request }) => (type === 'send' && request ? [[key, request.messages]] : [])),
  )
  return records.flatMap(({ type, key }) => (type === 'reply' ? [contentOf(messages.get(key))] : []))
}

describe('a job that is killed five times', () => {
  it('gives what an undisturbed one gives, and asks nothing that is journalled', async () => {
    server = await startLlmServer({ delayMs: 8 })
    const undisturbed = await run(join(dir, 'whole.jsonl'))
    await server.close()

    const faults = [{ kind: 'drop' }, { kind: 'status', status: 503 }, { kind: 'cut' }, { kind: 'garbage' }] as const
    server = await startLlmServer({
      delayMs: 8,
      fault: ({ index }) => (index % 6 === 5 ? faults[((index / 6) % 4) | 0] : undefined),
    })
    const path = join(dir, 'killed.jsonl')
    const askedWhenJournalled = new Map<string, number>()
    let found = 0
    let possiblyPaid = 0
    for (const kill of [5, 20, 35, 60, 90]) {
      await run(path, kill)
      for (const content of journalled(path)) {
        if (!askedWhenJournalled.has(content)) askedWhenJournalled.set(content, server.asked.get(content)!)
      }
      const journal = await openJournal(path)
      // What the last run left; the answers that it had told are all there.
      expect(journal.found.replies).toBeGreaterThanOrEqual(kill)
      expect(journal.found.replies).toBeGreaterThan(found)
      expect(journal.found.inFlight).toBeGreaterThanOrEqual(possiblyPaid)
      possiblyPaid = journal.found.inFlight
      found = journal.found.replies
      await journal.close()
    }
    expect(possiblyPaid).toBeGreaterThan(0)
    // Eight under way and three that were written down ahead of their turn.
    expect(possiblyPaid).toBeLessThanOrEqual(5 * 11)
    expect(await run(path)).toEqual(undisturbed)
    for (const [content, count] of askedWhenJournalled) expect(server.asked.get(content)).toBe(count)
    expect(askedWhenJournalled.size).toBe(found)
    // Every send of the server's count is in the journal: none went out unrecorded.
    const sends = readFileSync(path, 'utf8').match(/"type":"send"/g)!.length
    const asked = [...server.asked.values()].reduce((sum, count) => sum + count, 0)
    expect(sends).toBeGreaterThanOrEqual(asked)
    expect(sends - asked).toBeLessThanOrEqual(possiblyPaid)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})
