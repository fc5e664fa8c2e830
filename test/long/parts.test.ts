// A run of Syphus in parts: by hand under any scheduler, and through a queue on a real Redis whose workers die. The data set
// is the one of a single process, byte for byte.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import sharp from 'sharp'
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
  it('of an import and of contexts are joined by merge, which does what is missing', async () => {
    const folder = join(dir, 'few')
    mkdirSync(folder)
    const line = (n: number) =>
      JSON.stringify({ id: `F_INS_${n}`, instruction: `What is ${n}?`, response: `It is ${n}.` })
    writeFileSync(join(folder, 'pairs.jsonl'), Array.from({ length: 30 }, (_, n) => line(n)).join('\n'))
    const importTo = (out: string) => ['import', join(folder, 'pairs.jsonl'), '--out', join(dir, out)]
    const contextOf = (out: string) => ['context', join(dir, out), '--select', 'text-similarity', '--name', 'near']
    for (const command of [importTo, contextOf]) await run(...command('few-alone'))
    expect(await run(...importTo('few-parts'), '--part', '2/3')).toMatch(/^part 2-of-3: /m)
    expect(await run('merge', join(dir, 'few-parts.parts'))).toContain('1-of-3, 3-of-3')
    expect(await run(...contextOf('few-parts'), '--part', '1/3')).toMatch(/^part 1-of-3: contexts of 10 queries/m)
    expect(await run('merge', join(dir, 'few-parts.context-near.parts'))).toContain('2-of-3, 3-of-3')
    await expectFiles(join(dir, 'few-parts'), await filesOf(join(dir, 'few-alone')))
  })

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
    const survivor = mimicit('worker', redis.url, '--lease', '2', '--json')
    let said = ''
    survivor.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = once(survivor, 'close')
    await done
    survivor.kill('SIGINT')
    await ended
    await expectFiles(join(dir, 'queued'), undisturbed)
    const told = said
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(told.length).toBeGreaterThan(1)
    for (const line of told) {
      expect(line).toEqual({
        ...{ part: expect.stringMatching(/^\d-of-6$/), what: expect.any(String) },
        ...{ command: expect.arrayContaining(['syphus', 'run']), error: null },
      })
    }
    // Only what was under way with the dead worker may have been asked twice.
    expect(inAll(server.asked) - before).toBeGreaterThanOrEqual(40)
    expect(inAll(server.asked) - before).toBeLessThanOrEqual(42)
  })

  it('make an import and its contexts as one process does, though one of two workers is killed in each', async () => {
    const folder = join(dir, 'pictures')
    mkdirSync(folder)
    const lines: object[] = []
    for (let n = 0; n < 48; n++) {
      const raw = Uint8Array.from({ length: 1200 * 900 * 3 }, (_, i) => (i * (n + 3) * 7) & 255)
      const bytes = await sharp(raw, { raw: { width: 1200, height: 900, channels: 3 } })
        .jpeg()
        .toBuffer()
      writeFileSync(join(folder, `${n}.jpg`), bytes)
      const related = [`X_INS_${(n + 17) % 48}`]
      lines.push({
        id: `X_INS_${n}`,
        images: [`${n}.jpg`],
        instruction: `What is ${n}?`,
        response: 'A.',
        context: related,
      })
    }
    const pairs = join(folder, 'pairs.jsonl')
    writeFileSync(pairs, lines.map((line) => JSON.stringify(line)).join('\n'))
    const importTo = (out: string) => ['import', pairs, '--max-side', '200', '--out', join(dir, out)]
    const contextOf = (out: string) => [
      'context',
      join(dir, out),
      '--select',
      'image-similarity',
      '--k',
      '5',
      '--name',
      'near',
    ]
    for (const command of [importTo, contextOf]) await run(...command('alone'))

    for (const [command, begun] of [
      [importTo, 'by-queue.parts'],
      [contextOf, 'by-queue.context-near.parts'],
    ] as const) {
      const done = run(...command('by-queue'), '--queue', redis.url, '--parts', '6')
      const victim = mimicit('worker', redis.url, '--lease', '2')
      victim.stdout!.resume()
      // In the middle of a part: it has written of it, and is not done with it.
      const isAtWork = () =>
        existsSync(join(dir, begun)) && readdirSync(join(dir, begun)).some((name) => name !== 'job.json')
      while (!isAtWork()) await new Promise((resolve) => setTimeout(resolve, 2))
      victim.kill('SIGKILL')
      const survivor = mimicit('worker', redis.url, '--lease', '2')
      const ended = once(survivor, 'close')
      await done
      survivor.kill('SIGINT')
      await ended
    }
    await expectFiles(join(dir, 'by-queue'), await filesOf(join(dir, 'alone')))
    expect(readdirSync(dir).filter((name) => name.startsWith('by-queue'))).toEqual(['by-queue'])
  })
})
