// --json for every command: standard output is one JSON value and nothing else, so that a program can read it. A command that
// is new has no line here and fails the first test.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { createProgram } from '../../src/cli/program.js'
import { freshDist, ROOT } from '../fresh-dist.js'
import { writeReviewed } from '../serve/review.js'
import { allCommands } from '../support/command-lines.js'
import { fixture, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const at = (name: string) => join(dir, name)
const la = at('la')
const id = 'LA_INS_000000516008_0'
const { captions } = writeReviewed(dir)
const checkpoint = (name: string) => join(ROOT, 'test/goldens/checkpoints', name)

/** What each command is asked for, in an order in which each has what it needs. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  import: [fixture('mimicit/LA_instructions.json'), '--images', fixture('mimicit/LA.json'), '--out', la],
  info: [la],
  verify: [la],
  head: [la, '--count', '2'],
  stats: [la, '--verb-sample', '20'],
  filter: [la, '--ids', at('ids.txt'), '--out', at('few')],
  split: [at('few'), '--test', '0.2', '--out', at('split')],
  merge: [at('few'), at('split'), '--namespace', 'a', 'b', '--out', at('merged')],
  rewrite: [at('few'), '--format', 'arrow', '--out', at('arrow')],
  export: [at('few'), '--to', 'jsonl', '--out', at('lines')],
  index: [at('few')],
  tokenize: [at('few'), '--tokenizer', 'bytes', '--threads', '0'],
  context: [at('few'), '--select', 'random', '--name', 'any', '--k', '2'],
  // The captions have markup.
  'syphus run': [captions, '--task', 'visual-qa', '--without-filters', 'markup', '--out', at('qa')],
  'syphus translate': [at('few'), '--to-languages', 'ja', '--model', 'x', '--dry-run', '--out', at('ja')],
  report: [at('few'), '--out', at('report.html')],
  plan: [at('few'), '--shots', '1'],
  train: [at('few'), '--steps', '1', '--batch-size', '1', '--backend', 'wasm', '--out', at('run')],
  generate: [at('run'), '--id', id, '--max-new-tokens', '1', '--backend', 'wasm'],
  'eval caption': [
    '--predictions',
    at('predictions.jsonl'),
    '--references',
    at('references.jsonl'),
    '--metrics',
    'bleu',
  ],
  'eval few-shot': [
    ...['--dataset', at('few'), '--task', 'vqa', '--shots', '0', '--seeds', '1'],
    ...['--predictions', at('predictions.jsonl'), '--failed', 'empty', '--out', at('few-shot')],
  ],
  'eval judge': ['--benchmark', at('benchmark.jsonl'), '--predictions', at('choices.jsonl')],
  'eval benefit': [
    ...[at('run'), '--dataset', at('few'), '--shots', '0', '--queries', '1', '--seeds', '1', '--backend', 'wasm'],
  ],
  'eval elo': [at('battles.jsonl'), '--bootstrap', '0'],
  'weights info': [checkpoint('checkpoint.pt')],
  'weights convert': [checkpoint('model.bf16.safetensors'), '--out', at('weights.safetensors')],
  view: [at('few'), '--no-open'],
  arena: [at('predictions.jsonl'), at('other.jsonl'), '--no-open', '--out', at('votes.jsonl')],
}

/** Those that cannot be run to an end here, and where their JSON is looked at. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  doctor: 'test/cli/doctor.test.ts', // tries what is built
  'serve-batches': 'test/serve/serve-batches.test.ts', // standard output has the batches
  'syphus cold-start': 'test/cli/cold-start-review.test.ts', // a person answers
  worker: 'test/long/parts.test.ts', // takes Redis
}

beforeAll(() => {
  freshDist()
  const lines = (values: readonly object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('')
  const few = [...sourcePairs.slice(0, 6), ...sourcePairs.filter(([name]) => name === id)]
  writeFileSync(at('ids.txt'), few.map(([name]) => name).join('\n'))
  writeFileSync(at('predictions.jsonl'), lines(few.map(([name]) => ({ id: name, answer: 'a dog' }))))
  writeFileSync(at('other.jsonl'), lines(few.map(([name]) => ({ id: name, answer: 'a cat' }))))
  writeFileSync(at('references.jsonl'), lines(few.map(([name, { answer }]) => ({ id: name, caption: answer }))))
  writeFileSync(at('battles.jsonl'), lines([{ id: '1', a: 'x', b: 'y', winner: 'a' }]))
  writeFileSync(at('benchmark.jsonl'), lines([{ id: '1', question: 'Is it?', label: 'yes' }]))
  writeFileSync(at('choices.jsonl'), lines([{ id: '1', answer: 'yes' }]))
})

it('has a line for every command', async () => {
  const names = (await allCommands(Object.keys(commands))).map(({ name }) => name)
  expect([...Object.keys(LINES), ...Object.keys(ELSEWHERE)].sort()).toEqual(names.sort())
  for (const path of Object.values(ELSEWHERE)) expect(existsSync(join(ROOT, path)), path).toBe(true)
})

/** Ends a server as Ctrl-C does, once it listens for that; the listeners of the runner hear nothing of it. */
function stopServer(before: readonly NodeJS.SignalsListener[]): void {
  const added = process.listeners('SIGTERM').filter((listener) => !before.includes(listener))
  for (const listener of added) listener('SIGTERM')
}

// Each command listens for Ctrl-C once.
process.setMaxListeners(60)
afterEach(() => vi.restoreAllMocks())
afterAll(() => {
  process.exitCode = undefined
})

it.each(Object.entries(LINES))('mimicit %s', async (name, args) => {
  let said = ''
  const listeners = process.listeners('SIGTERM')
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    if (name === 'view' || name === 'arena') setImmediate(stopServer, listeners)
    return true
  })
  const argv = [...name.split(' '), ...args, '--json']
  await (await createProgram(argv)).parseAsync(argv, { from: 'user' })
  expect(process.exitCode ?? 0).toBe(0)
  expect(JSON.parse(said)).toBeTypeOf('object')
})
