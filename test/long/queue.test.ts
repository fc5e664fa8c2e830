// Parts through a queue on a real Redis: workers that die, parts that stumble, a rate that processes share.
import { type ChildProcess, spawn } from 'node:child_process'
import { once, setMaxListeners } from 'node:events'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { partsOf } from '../../src/work/part.js'
import { runParts } from '../../src/work/queue.js'
import { openSharedRate } from '../../src/work/shared-rate.js'
import { type RedisServer, redisProgram, startRedis } from '../support/redis-server.js'
import { tempDir } from '../support/temp-dir.js'

const program = redisProgram()
const dir = tempDir()
const child = fileURLToPath(new URL('../support/queue-child.js', import.meta.url))

// Where everything is at hand (.ci/run), a test that skips itself counts as failed.
describe.skipIf(program === undefined && process.env.MIMICIT_LONG === undefined)('a queue', () => {
  let redis: RedisServer
  const children: ChildProcess[] = []
  beforeAll(async () => {
    redis = await startRedis(program!)
  })
  afterAll(async () => {
    for (const one of children) one.kill('SIGKILL')
    await redis.close()
  })
  /** A worker, and its end, which may come before anybody asks for it. */
  const worker = (name: string, ms: number) => {
    const started = spawn(process.execPath, [child, redis.url, name, String(ms)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(started)
    return { process: started, ended: once(started, 'exit') }
  }
  const place = (name: string) => {
    const directory = join(dir, name)
    mkdirSync(directory)
    return directory
  }
  const made = (directory: string) => readdirSync(directory).filter((file) => file.includes('-of-')).length

  it('has every part done by two workers, one of which is killed', async () => {
    const directory = place('killed')
    const job = { command: ['job'], directory, parts: 8 }
    const done = runParts(job, partsOf(8), { url: redis.url })
    const victim = worker('victim', 300)
    let begun = 0
    for await (const _ of createInterface(victim.process.stdout!)) if (++begun === 2) victim.process.kill('SIGKILL')
    expect(made(directory)).toBeLessThan(8)
    const survivor = worker('survivor', 20)
    await done
    await survivor.ended
    expect(made(directory)).toBe(8)
    const lines = readFileSync(join(directory, 'begun.txt'), 'utf8').trim().split('\n')
    // The part that the dead worker held was begun twice, and no other.
    expect(lines).toHaveLength(9)
    expect(lines.filter((line) => line.startsWith('victim'))).toHaveLength(2)
  })

  it('tries a part again that failed, and tells one that fails for good', async () => {
    const directory = place('stumble')
    const job = { command: ['job', 'stumble'], directory, parts: 3 }
    const done = runParts(job, partsOf(3), { url: redis.url })
    const helper = worker('a', 1)
    await done
    expect(made(directory)).toBe(3)
    await helper.ended

    const other = { command: ['job', 'break'], directory: place('break'), parts: 2 }
    const failing = runParts(other, partsOf(2), { url: redis.url })
    const breaker = worker('b', 1)
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('broken') as string })
    await breaker.ended
  })

  it('goes on waiting when the same command is given again', async () => {
    const directory = place('again')
    const job = { command: ['job'], directory, parts: 4 }
    const stop = new AbortController()
    const first = runParts(job, partsOf(4), { url: redis.url, signal: stop.signal })
    stop.abort()
    await expect(first).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
    const second = runParts(job, partsOf(4), { url: redis.url })
    worker('a', 1)
    await second
    expect(readFileSync(join(directory, 'begun.txt'), 'utf8').trim().split('\n')).toHaveLength(4)
  })

  it('is told when nobody answers there', async () => {
    const job = { command: ['job'], directory: dir, parts: 1 }
    const nowhere = runParts(job, partsOf(1), { url: 'redis://:secret@127.0.0.1:1' })
    const error: unknown = await nowhere.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'MIMICIT_NETWORK' })
    expect((error as Error).message).not.toContain('secret')
  })

  it('keeps a rate for several at once', async () => {
    const rates = await Promise.all(
      [1, 2, 3].map(() => openSharedRate(redis.url, 'model', { requestsPerMinute: 6000, tokensPerMinute: 60_000 })),
    )
    const never = new AbortController().signal
    setMaxListeners(0, never)
    const began = performance.now()
    // 300 requests at 100 a second, the first 100 at once: two seconds.
    await Promise.all(rates.flatMap((rate) => Array.from({ length: 100 }, () => rate.take(1, 1, never))))
    const requestsMs = performance.now() - began
    expect(requestsMs).toBeGreaterThan(1900)
    expect(requestsMs).toBeLessThan(3000)
    // 1000 tokens a second: what was used beyond the guess makes the next one wait.
    await rates[0]!.correct(2000)
    const corrected = performance.now()
    await rates[1]!.take(1, 1, never)
    expect(performance.now() - corrected).toBeGreaterThan(700)
    const stop = new AbortController()
    const waiting = rates[2]!.take(1, 100_000, never).then(() => rates[2]!.take(1, 1, stop.signal))
    setImmediate(() => stop.abort(new Error('enough')))
    await expect(waiting).rejects.toThrow('enough')
    for (const rate of rates) await rate.close()
  })
})
