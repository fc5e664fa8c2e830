// A person at a terminal, whose lines come from here, and a model on loopback: rounds, edits, a stop in the middle, and a
// file that `syphus run --examples` takes.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parse } from 'yaml'
import { terminalReviewer } from '../../../src/cli/review-terminal.js'
import { type ColdStartOptions, coldStart } from '../../../src/syphus/cold-start/cold-start.js'
import { parseExamples } from '../../../src/syphus/examples.js'
import { type LlmServer, startLlmServer } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
const captions = join(dir, 'captions.json')
const pairs = (what: string) => ({
  pairs: Array.from({ length: 8 }, (_, n) => ({
    question: `What is thing number ${n} of ${what}?`,
    answer: `A dog in place ${n}.`,
  })),
})

let server: LlmServer
beforeAll(async () => {
  const names = Array.from({ length: 12 }, (_, n) => n + 1)
  const images = names.map((id) => ({ id, file_name: `${id}.jpg`, width: 10, height: 10 }))
  const annotations = names.map((id) => ({ id, image_id: id, caption: `A dog plays with ball number ${id}.` }))
  await writeFile(captions, JSON.stringify({ images, annotations }))
  server = await startLlmServer({ answer: () => JSON.stringify(pairs('the picture')) })
})
afterAll(() => server.close())
afterEach(() => vi.unstubAllEnvs())

/** A search in which a person types these lines. */
async function search(
  out: string,
  lines: readonly string[],
  more: Partial<ColdStartOptions> = {},
  baseUrl = server.url,
) {
  const [input, output] = [new PassThrough(), new PassThrough()]
  const reviewer = terminalReviewer({ input, output })
  input.end(lines.map((line) => `${line}\n`).join(''))
  const model = {
    baseUrl,
    model: 'm',
    journal: `${join(dir, out)}.journal`,
    apiKeyEnv: 'MIMICIT_TEST_NO_KEY',
  }
  const options = { annotations: [captions], task: 'visual-qa', out: join(dir, out), perRound: 3, model, ...more }
  const result = await coldStart(options, reviewer).finally(() => reviewer.close())
  return { ...result, screen: String(output.read() ?? '') }
}
const systemAndTurns = () => server.calls.map(({ body }) => body.messages.length)

describe('a cold start', () => {
  it('lets no model speak to the terminal', async () => {
    const loud = await startLlmServer({
      answer: () => JSON.stringify(pairs('\u001b[2J\u001b]0;title\u0007 the \u202e picture')),
    })
    try {
      const { screen } = await search('loud.yaml', ['q'], {}, loud.url)
      expect(screen).toContain('\ufffd[2J')
      expect(screen).not.toMatch(/(?![\n\t])[\p{Cc}\u202e]/u)
    } finally {
      await loud.close()
    }
  })

  it('shows candidates, takes decisions, and leads the next round by what was chosen', async () => {
    vi.stubEnv('VISUAL', '')
    vi.stubEnv('EDITOR', '')
    const before = server.calls.length
    const edited = JSON.stringify(pairs('an edit'))
    const lines = ['?', 'a', 'e', '{"pairs": []}', 'e', edited, 'r wrong colour', 'y', 'a', 'r', 'r', 'n']
    const { session, finished, out, screen } = await search('one.yaml', lines)
    expect(finished).toBe(true)
    expect(session.history.map(({ round, decision, reason }) => [round, decision, reason])).toEqual([
      [0, 'accepted', undefined],
      [0, 'edited', undefined],
      [0, 'rejected', 'wrong colour'],
      [1, 'accepted', undefined],
      [1, 'rejected', undefined],
      [1, 'rejected', undefined],
    ])
    // System and annotation alone at first; then with two examples, two turns each.
    expect(systemAndTurns().slice(before)).toEqual([2, 2, 2, 6, 6, 6])
    expect(screen).toContain('A dog plays with ball number')
    expect(screen).toContain('Expected a reply in the form of the task')
    const file = parse(await readFile(out!, 'utf8')) as { history: unknown[] }
    expect(file.history).toHaveLength(6)
    expect(parseExamples(file, out!).map(({ reply }) => reply)).toEqual([
      pairs('the picture'),
      pairs('an edit'),
      pairs('the picture'),
    ])
  })

  it('edits in the editor of the person', async () => {
    // An editor that changes a word.
    vi.stubEnv(
      'VISUAL',
      `node -e "const fs=require('fs'),p=process.argv[1];fs.writeFileSync(p,fs.readFileSync(p,'utf8').replaceAll('dog','cat'))"`,
    )
    const { session } = await search('editor.json', ['e', 'r', 'r', 'n'])
    expect(JSON.stringify(session.examples[0]!.reply)).toContain('A cat in place 0.')
    expect(JSON.parse(await readFile(join(dir, 'editor.json'), 'utf8'))).toMatchObject({ task: 'visual-qa', rounds: 1 })
  })

  it('that is stopped goes on where it was, and asks nothing twice', async () => {
    const before = server.calls.length
    const first = await search('stopped.yaml', ['a', 'q'])
    expect(first).toMatchObject({ finished: false, out: null })
    expect(first.session.open).toHaveLength(2)
    const second = await search('stopped.yaml', ['a'])
    expect(second.finished).toBe(false)
    const third = await search('stopped.yaml', ['r', 'n'])
    expect(third.session.history.map(({ decision }) => decision)).toEqual(['accepted', 'accepted', 'rejected'])
    expect(third.finished).toBe(true)
    expect(server.calls.length - before).toBe(3)
  })

  it('ends when all annotations were seen', async () => {
    const { session, finished } = await search(
      'all.yaml',
      [...Array.from({ length: 5 }, () => 'r'), 'y', ...Array.from({ length: 5 }, () => 'r'), 'y', 'r', 'r', 'y'],
      { perRound: 5 },
    )
    expect(finished).toBe(true)
    expect(new Set(session.seen).size).toBe(12)
  })

  it('tells what could not be proposed', async () => {
    server.fault = () => ({ kind: 'says', text: 'What a nice dog.' })
    const { screen, session } = await search('prose.yaml', [], { perRound: 12 })
    server.fault = () => undefined
    expect(session.history).toEqual([])
    expect(screen).toContain('The reply has neither JSON nor questions with answers.')
  })

  it('shows candidates with slips mended, and what the chosen filters say', async () => {
    const reply = (text: string) => JSON.stringify({ pairs: [{ question: 'What is it?', answer: text }] })
    server.fault = () => ({ kind: 'says', text: reply('As an AI, I see that the user (you) has a  dog.') })
    const plain = await search('mended.yaml', ['q'], { perRound: 1 })
    expect(plain.session.open[0]!.reply).toEqual(JSON.parse(reply('As an AI, I see that you has a dog.')))
    expect(plain.session.open[0]!.objections.join()).toContain('As an AI')
    const replacements = [{ name: 'no-ai', find: 'As an AI, ', replace: '' }]
    const own = await search('own.yaml', ['q'], { perRound: 1, replacements, withoutFilters: ['ungrounded-nouns'] })
    expect(own.session.open[0]!.reply).toEqual(JSON.parse(reply('I see that the user (you) has a  dog.')))
    expect(own.session.open[0]!.objections.join()).not.toContain('As an AI')
    const blind = await search('blind.yaml', ['q'], { perRound: 1, filters: ['length'] })
    expect(blind.session.open[0]!.objections).toEqual([])
    server.fault = () => undefined
  })

  it('works without a model, by rule', async () => {
    const { session } = await search('rules.yaml', ['a', 'q'], { model: undefined })
    expect(session.examples).toHaveLength(1)
  })

  it.each([
    ['one.yaml', {}, 'MIMICIT_NOT_EMPTY'],
    ['x.yaml', { task: 'no-such-task' }, 'MIMICIT_UNKNOWN_NAME'],
    ['x.yaml', { annotations: ['/nowhere.json'] }, 'MIMICIT_NOT_FOUND'],
    ['x.yaml', { filters: ['lenght'] }, 'MIMICIT_UNKNOWN_NAME'],
    ['broken.yaml', {}, 'MIMICIT_BAD_CONFIG'],
    ['other.yaml', {}, 'MIMICIT_BAD_CONFIG'],
  ])('is refused: %s %j', async (out, more, code) => {
    await writeFile(join(dir, 'broken.yaml.session.json'), '{')
    const other = { version: 1, task: 'dense-captions', round: 0, open: [], examples: [], history: [], seen: [] }
    await writeFile(join(dir, 'other.yaml.session.json'), JSON.stringify(other))
    await expect(search(out, [], more)).rejects.toMatchObject({ code })
  })
})
