// A run that asks a server which fails in every way it can, killed five times in the middle, gives the same data set as one
// that was left alone, byte for byte; and what was in the journal was never asked for again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeLine } from '../../src/llm/journal-lines.js'
import type { JournalRecord } from '../../src/llm/journal-records.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { runSyphus } from '../../src/syphus/run/run-syphus.js'
import { freshDist } from '../fresh-dist.js'
import { writeCocoLike } from '../support/coco-like.js'
import { contentOf, type LlmFault, type LlmServer, type SeenCall, startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'

const PICTURES = 60
const KILLS = 5
const dir = tempDir()
const child = fileURLToPath(new URL('../support/syphus-child.js', import.meta.url))
const coco = writeCocoLike(dir, PICTURES)
const servers: LlmServer[] = []
afterAll(async () => {
  for (const server of servers) await server.close()
})
beforeAll(() => freshDist())

const numberIn = (text: string) => Number(/book number (\d+)/.exec(text.slice(text.lastIndexOf('book number')))?.[1])

/** Good answers, and for some pictures one that is of no use until it is asked for again. */
function answer({ messages }: { readonly messages: unknown }): string {
  const text = JSON.stringify(messages)
  const number = numberIn(text)
  if (number % 7 === 0 && !text.includes('cannot be used')) return 'There is a dog, I think.'
  return JSON.stringify({
    pairs: ['What', 'Who', 'Where', 'Why', 'How', 'When', 'Which dog', 'Whose couch'].map((word, n) => ({
      question: `${word} is on the couch of the room with book ${number * 8 + n}?`,
      answer: `The brown dog is on the blue couch in room ${number * 8 + n}.`,
    })),
  })
}

/** Every third content fails the first time, each in its own way. */
function fault({ content, before }: SeenCall): LlmFault | undefined {
  if (before > 0) return undefined
  const faults: readonly (LlmFault | undefined)[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    { kind: 'drop' },
    { kind: 'cut' },
    { kind: 'garbage' },
  ]
  const draw = Number.parseInt(content.slice(0, 8), 16)
  return draw % 3 === 0 ? faults[Math.floor(draw / 3) % faults.length] : undefined
}

async function serve(delayMs: number): Promise<LlmServer> {
  const server = await startLlmServer({ answer, fault, delayMs })
  servers.push(server)
  return server
}

const optionsFor = (name: string, server: LlmServer) => ({
  annotations: [coco.captions, coco.instances],
  task: 'visual-qa',
  images: coco.images,
  out: join(dir, name),
  model: { baseUrl: server.url, model: 'test', journal: join(dir, `${name}.journal`), concurrency: 4 },
})

/** Every file of a data set but the one that tells when it was made. */
function filesOf(out: string): Record<string, string> {
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' })
    .map((name) => join(out, name))
    .filter((path) => statSync(path).isFile() && !path.endsWith('provenance.json'))
  return Object.fromEntries(files.sort().map((path) => [relative(out, path), readFileSync(path).toString('base64')]))
}

/** Runs until so many answers came, then kills. @returns whether it was killed */
async function killedAfter(options: ReturnType<typeof optionsFor>, answers: number): Promise<boolean> {
  const run = spawn(process.execPath, [child, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(run, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  for await (const line of createInterface(run.stdout)) {
    if (line.startsWith('done ') && Number(line.slice(5)) >= answers) run.kill('SIGKILL')
  }
  const [code, signal] = await exit
  if (signal !== 'SIGKILL') expect(code).toBe(0)
  return signal === 'SIGKILL'
}

test('killed five times, it gives the same data set and asks for no journalled reply again', async () => {
  const calm = await serve(0)
  const undisturbed = optionsFor('undisturbed', calm)
  const summary = await runSyphus(undisturbed)
  expect(summary.asked).toBe(PICTURES)
  expect(summary.pairs).toBe(PICTURES * 8)

  const server = await serve(20)
  const options = optionsFor('killed', server)
  let kills = 0
  for (let answers = 5; kills < KILLS; answers += 9) {
    const known = repliesOf(options.model.journal)
    const before = new Map([...known].map((content) => [content, server.asked.get(content) ?? 0]))
    expect(await killedAfter(options, answers)).toBe(true)
    kills++
    expect(existsSync(options.out)).toBe(false)
    // Whatever this run asked, it was nothing that had an answer when it began.
    for (const [content, count] of before) expect(server.asked.get(content) ?? 0).toBe(count)
  }
  const known = repliesOf(options.model.journal)
  expect(known.size).toBeGreaterThan(20)
  expect([...known].every((content) => server.asked.has(content))).toBe(true)
  const before = new Map([...known].map((content) => [content, server.asked.get(content) ?? 0]))
  const last = await runSyphus(options)
  for (const [content, count] of before) expect(server.asked.get(content) ?? 0).toBe(count)
  expect(last.maybePaid).toBeGreaterThanOrEqual(0)

  expect(filesOf(options.out)).toEqual(filesOf(undisturbed.out))
  expect(readFileSync(`${options.out}.invalid.jsonl`, 'utf8')).toBe(
    readFileSync(`${undisturbed.out}.invalid.jsonl`, 'utf8'),
  )
  expect((await verifyDataset(options.out)).issues).toEqual([])
}, 240_000)

/** Contents, as the server names them, of the requests whose replies a journal holds. */
function repliesOf(path: string): ReadonlySet<string> {
  if (!existsSync(path)) return new Set()
  // The last line may be cut by the kill.
  const records = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => decodeLine(line) as JournalRecord | undefined)
  const contents = new Map<string, string>()
  const replied = new Set<string>()
  for (const record of records) {
    if (record?.type === 'send' && record.request !== undefined)
      contents.set(record.key, contentOf(record.request.messages))
    if (record?.type === 'reply') replied.add(contents.get(record.key)!)
  }
  return replied
}
