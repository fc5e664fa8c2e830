// The arena over real connections: nobody is told whose an answer is before the vote, votes are on the disk, ratings follow.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { readBattles } from '../../src/evaluate/elo/battles.js'
import { readAnswers } from '../../src/serve/arena/answers.js'
import { planBouts } from '../../src/serve/arena/bouts.js'
import { openViewer } from '../../src/serve/open-viewer.js'
import type { ArenaRatings, ArenaState } from '../../src/serve/wire.js'
import { importFixtures, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { clientOf } from './client.js'

const dir = tempDir()
const data = join(dir, 'data')
const asked = sourcePairs.slice(0, 4)
const file = (name: string, lines: readonly unknown[]) => {
  const path = join(dir, name)
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}
const answers = [
  file(
    'good.jsonl',
    asked.map(([id, { answer }]) => ({ id, answer })),
  ),
  file(
    'loud.jsonl',
    asked.map(([id, { answer }]) => ({ id, prediction: answer.toUpperCase(), shots: 4 })),
  ),
]
beforeAll(() => importFixtures(data))

async function opened(out: string) {
  const server = await openViewer({ dataset: data, arena: { answers, out } })
  const client = clientOf(server)
  return {
    close: server.close,
    origin: server.origin,
    post: client.post,
    text: async () => (await client.get('/api/arena')).text,
    state: async () => (await client.get('/api/arena')).json() as ArenaState,
    ratings: async () => (await client.get('/api/arena/ratings')).json() as ArenaRatings,
    vote: async (id: string, winner: string) => (await client.post('/api/arena/votes', { id, winner })).json(),
  }
}

it('asks blind, writes every vote at once, and goes on where it was left', async () => {
  const out = join(dir, 'battles.jsonl')
  const arena = await opened(out)
  const { bout, left, voted } = await arena.state()
  expect([left, voted, await arena.ratings()]).toEqual([4, 0, { battles: 0, models: [] }])
  const [id, pair] = asked.find(([one]) => one === bout?.question)!
  expect(bout).toMatchObject({ question: id, instruction: pair.instruction, reference: pair.answer })
  expect(bout?.pictures).toHaveLength(1)
  expect([bout?.left, bout?.right].sort()).toEqual([pair.answer, pair.answer.toUpperCase()].sort())
  // The id of a bout names both in the order of the alphabet: it says nothing of the sides.
  expect((await arena.text()).replace(bout!.id, '')).not.toMatch(/good|loud/)

  const goodSide = bout!.left === pair.answer ? 'left' : 'right'
  const cast = (await arena.vote(bout!.id, goodSide)) as { models: Record<string, string>; next: ArenaState }
  expect(cast.models[goodSide]).toBe('good')
  const [line] = readFileSync(out, 'utf8').trim().split('\n')
  expect(JSON.parse(line!)).toMatchObject({ id: bout!.id, winner: goodSide === 'left' ? 'a' : 'b', question: id })
  expect((await arena.ratings()).models[0]).toMatchObject({ model: 'good', won: 1, lost: 0 })
  await arena.vote(cast.next.bout!.id, 'tie')
  await arena.close()

  const again = await opened(out)
  const now = await again.state()
  expect([now.left, now.voted]).toEqual([2, 2])
  await again.vote(now.bout!.id, 'both-bad')
  await again.vote((await again.state()).bout!.id, goodSide)
  expect(await again.state()).toMatchObject({ bout: null, left: 0, voted: 4 })
  await again.close()
  const { battles } = await readBattles([out])
  expect(battles.map(({ winner }) => winner).slice(1, 3)).toEqual(['tie', 'both-bad'])
  expect(new Set(battles.map(({ id: one }) => one)).size).toBe(4)
})

it('takes one vote a bout, of bouts that there are, and only sides for winners', async () => {
  const arena = await opened(join(dir, 'twice.jsonl'))
  const { bout } = await arena.state()
  const both = await Promise.all([arena.vote(bout!.id, 'tie'), arena.vote(bout!.id, 'left')])
  expect(both.filter((one) => one.code === 'MIMICIT_BAD_VALUE')).toHaveLength(1)
  expect(await arena.vote('none', 'tie')).toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  expect(await arena.vote(bout!.id, 'good')).toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  expect((await arena.state()).voted).toBe(1)
  await arena.close()
})

it('keeps a vote open that could not be written', async () => {
  const out = join(dir, 'a new directory', 'battles.jsonl')
  const arena = await opened(out)
  const { bout } = await arena.state()
  mkdirSync(out)
  expect(await arena.vote(bout!.id, 'tie')).toMatchObject({ code: 'MIMICIT_IO' })
  expect((await arena.state()).bout?.id).toBe(bout!.id)
  rmdirSync(out)
  await arena.vote(bout!.id, 'tie')
  await arena.close()
  expect((await readBattles([out])).battles).toHaveLength(1)
})

it('adds to votes whose last line has no end, and to no file in which lines have no place', async () => {
  const earlier = { id: 'q', a: 'good', b: 'loud', winner: 'tie' }
  const cut = join(dir, 'no end.jsonl')
  writeFileSync(cut, JSON.stringify(earlier))
  const arena = await opened(cut)
  await arena.vote((await arena.state()).bout!.id, 'left')
  await arena.close()
  expect((await readBattles([cut])).battles).toHaveLength(2)

  const list = join(dir, 'list.json')
  writeFileSync(list, JSON.stringify([earlier]))
  await expect(opened(list)).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE', message: /a list/ })
  expect(JSON.parse(readFileSync(list, 'utf8'))).toEqual([earlier])
})

it('has its votes for itself until it is closed, by whatever name a second one calls them', async () => {
  const out = join(dir, 'shared.jsonl')
  const arena = await opened(out)
  await arena.vote((await arena.state()).bout!.id, 'tie')
  const busy = { code: 'MIMICIT_BUSY', message: /no other arena.*process \d+ on .*eval elo/s }
  await expect(opened(out)).rejects.toMatchObject(busy)
  await expect(opened(relative(process.cwd(), out))).rejects.toMatchObject(busy)
  await arena.close()
  const again = await opened(out)
  expect((await again.state()).voted).toBe(1)
  await again.close()
  expect(readdirSync(dir).filter((name) => name.startsWith('shared'))).toEqual(['shared.jsonl'])
})

it('goes on where a killed one held the votes, and holds nothing where it could not open', async () => {
  const out = join(dir, 'killed.jsonl')
  // Ended long ago: a process of this machine whose number nobody has any more.
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  writeFileSync(`${out}.lock`, JSON.stringify({ pid, host: hostname() }))
  const arena = await opened(out)
  const taken = Number(new URL(arena.origin).port)
  const other = join(dir, 'other.jsonl')
  await expect(openViewer({ port: taken, arena: { answers, out: other } })).rejects.toMatchObject({
    code: 'MIMICIT_BUSY',
    message: /port/,
  })
  await arena.close()
  expect(readdirSync(dir).filter((name) => name.endsWith('.lock'))).toEqual([])
})

describe('answers', () => {
  const read = (name: string, lines: readonly unknown[]) => readAnswers([file(name, lines)])

  it('take the name of their model from each line, else from the file', async () => {
    const found = await read('some.jsonl', [
      { id: 'q', answer: 'x', model: 'm' },
      { id: 'q', response: 'y' },
    ])
    expect([...found.keys()]).toEqual(['m', 'some'])
  })

  it('are refused where they are none, or twice', async () => {
    await expect(read('none.jsonl', [{ id: 'q' }])).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
    await expect(read('blank.jsonl', [{ id: 'q', answer: 'x', model: 'otter ' }])).rejects.toMatchObject({
      code: 'MIMICIT_BAD_RECORD',
    })
    await expect(read(' otter.jsonl', [{ id: 'q', answer: 'x' }])).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
    await expect(read('list.jsonl', [[1]])).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
    const twice = [
      { id: 'q', answer: 'x' },
      { id: 'q', answer: 'y' },
    ]
    await expect(read('twice.jsonl', twice)).rejects.toMatchObject({ code: 'MIMICIT_DUPLICATE_ID' })
  })

  it('that never differ have nothing to vote on', async () => {
    const same = file(
      'same.jsonl',
      asked.map(([id, { answer }]) => ({ id, answer })),
    )
    const out = join(dir, 'never.jsonl')
    await expect(openViewer({ arena: { answers: [answers[0]!, same], out } })).rejects.toMatchObject({
      code: 'MIMICIT_EMPTY',
    })
  })
})

it('plans every two models at every question once, on sides and in an order that only the seed decides', () => {
  const models = fc.dictionary(
    fc.string({ minLength: 1 }),
    fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.string()),
    {
      maxKeys: 5,
    },
  )
  fc.assert(
    fc.property(models, fc.nat(), (given, seed) => {
      const all = new Map(Object.entries(given).map(([model, said]) => [model, new Map(Object.entries(said))]))
      const bouts = planBouts(all, seed)
      const reversed = planBouts(new Map([...all].reverse()), seed)
      expect(reversed).toEqual(bouts)
      expect(new Set(bouts.map(({ id }) => id)).size).toBe(bouts.length)
      for (const { question, left, right } of bouts) {
        expect(left).not.toBe(right)
        expect(all.get(left)?.get(question)?.trim()).not.toBe(all.get(right)?.get(question)?.trim())
      }
    }),
  )
  const two = new Map(
    ['a', 'b'].map((model) => [model, new Map(Array.from({ length: 400 }, (_, i) => [`${i}`, model]))]),
  )
  const onTheLeft = planBouts(two, 0).filter(({ left }) => left === 'a').length
  expect(onTheLeft).toBeGreaterThan(160)
  expect(onTheLeft).toBeLessThan(240)
})
