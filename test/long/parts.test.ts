// A run of Syphus in parts: by hand under any scheduler, and through a queue on a real Redis whose workers die. The data set
// is the one of a single process, byte for byte.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../fresh-dist.js'
import { writeCocoLike } from '../support/coco-like.js'
import { expectFiles, filesOf } from '../support/killed-imports.js'
import { type LlmServer, startLlmServer } from '../support/llm-server.js'
import { type RedisServer, redisProgram, startRedis } from '../support/redis-server.js'
import { tempDir } from '../support/temp-dir.js'

const program = redisProgram()
const dir = tempDir()
const coco = writeCocoLike(dir, 40)
const children: ChildProcess[] = []
let server: LlmServer
let undisturbed: Map<string, Buffer>

/** Starts `mimicit`. */
function mimicit(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    ...{ cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] },
  })
  children.push(child)
  return child
}

/** Runs it to its end. */
async function run(...args: string[]): Promise<string> {
  const child = mimicit(...args)
  let said = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, said).toBe(0)
  return said
}

const syphus = (out: string, ...more: string[]) => [
  ...['syphus', 'run', coco.captions, '--boxes', coco.instances, '--images', coco.images, '--task', 'visual-qa'],
  ...['--model', 'loopback', '--base-url', server.url, '--concurrency', '2', '--out', join(dir, out), ...more],
]
const inAll = (asked: ReadonlyMap<string, number>) => [...asked.values()].reduce((sum, count) => sum + count, 0)

beforeAll(async () => {
  server = await startLlmServer({
    delayMs: 40,
    answer({ messages }) {
      const number = /book number (\d+)/.exec(JSON.stringify(messages.at(-1)))?.[1]
      const pairs = Array.from({ length: 10 }, (_, i) => ({
        question: `What is the ${i + 1}th thing that lies beside book number ${number}?`,
        answer: `A brown dog that is on the couch, number ${i + 1} of those near book ${number}.`,
      }))
      return JSON.stringify({ pairs })
    },
  })
  await run(...syphus('one'))
  undisturbed = await filesOf(join(dir, 'one'))
})
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  await server.close()
})

describe('parts by hand', () => {
  it('are joined by the same command or by merge, which asks what is missing', async () => {
    const before = inAll(server.asked)
    for (const part of ['1/3', '3/3']) expect(await run(...syphus('hand', '--part', part))).toMatch(/^part \d-of-3: /m)
    const asked = inAll(server.asked) - before
    expect(asked).toBeGreaterThan(5)
    expect(asked).toBeLessThan(40)
    await run('merge', join(dir, 'hand.parts'))
    expect(inAll(server.asked) - before).toBe(40)
    await expectFiles(join(dir, 'hand'), undisturbed)
  })
})

// Where everything is at hand (.ci/run), a test that skips itself counts as failed.
describe.skipIf(program === undefined && process.env.MIMICIT_LONG === undefined)('parts through a queue', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis(program!)
  })
  afterAll(() => redis.close())

  it('give the data set of one process, though one of two workers is killed', async () => {
    const before = inAll(server.asked)
    const done = run(...syphus('queued', '--rpm', '1200', '--queue', redis.url, '--parts', '6'))
    const victim = mimicit('worker', redis.url, '--lease', '2')
    for await (const line of createInterface(victim.stdout!)) {
      if (!line.includes(' begins')) continue
      // In the middle of a part: its calls are under way.
      const until = inAll(server.asked) + 2
      while (inAll(server.asked) < until) await new Promise((resolve) => setTimeout(resolve, 5))
      victim.kill('SIGKILL')
      break
    }
    const survivor = mimicit('worker', redis.url, '--lease', '2')
    await done
    survivor.kill('SIGINT')
    await once(survivor, 'close')
    await expectFiles(join(dir, 'queued'), undisturbed)
    // Only what was under way with the dead worker may have been asked twice.
    expect(inAll(server.asked) - before).toBeGreaterThanOrEqual(40)
    expect(inAll(server.asked) - before).toBeLessThanOrEqual(42)
  })
})
