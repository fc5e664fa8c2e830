// Runs of Syphus over a little COCO: by rule, and with a real server on loopback that answers well, badly and not at all.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openJournal } from '../../../src/llm/journal.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { verifyDataset } from '../../../src/shards/verify/index.js'
import type { SyphusOptions } from '../../../src/syphus/run/options.js'
import { estimateSyphus, runSyphus } from '../../../src/syphus/run/run-syphus.js'
import { writeCocoLike } from '../../support/coco-like.js'
import { faultOf } from '../../support/fault.js'
import { startLlmServer } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'

const dir = tempDir()
const coco = writeCocoLike(dir, 12)
let made = 0

const options = (more: Partial<SyphusOptions> = {}): SyphusOptions => ({
  annotations: [coco.captions, coco.instances],
  task: 'visual-qa',
  images: coco.images,
  out: join(dir, `out-${made++}`),
  ...more,
})

const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

async function pairsOf(out: string) {
  const dataset = await openDataset(out)
  const pairs = await Promise.all(
    Array.from({ length: dataset.manifest.tables.pairs.rows }, (_, row) => dataset.pair(row)),
  )
  await dataset.close()
  return pairs
}

describe('by rule', () => {
  test('annotations become a sound data set with pictures and contexts', async () => {
    const given = options()
    const summary = await runSyphus(given)
    expect(summary).toMatchObject({
      asked: 12,
      lacking: 1,
      withoutPictures: 1,
      invalid: {},
      ruleMade: true,
      journal: null,
    })
    const report = await verifyDataset(given.out)
    expect(report.issues).toEqual([])
    const pairs = await pairsOf(given.out)
    expect(pairs.length).toBe(summary.pairs)
    expect(pairs.length).toBeGreaterThanOrEqual(12 * 6)
    expect(pairs[0]).toMatchObject({
      id: 'LACONV_INS_000000000001_0',
      subset: 'LACONV',
      language: 'en',
      mediaKind: 'images',
    })
    expect(pairs[0]!.mediaIds).toEqual(['LA_IMG_000000000001'])
    expect(JSON.parse(pairs[0]!.metadata!)).toMatchObject({
      task: 'visual-qa',
      made_by: 'rules 1, seed 0',
      rule_made: true,
    })
    // Rounds have the rounds before them as contexts.
    expect(summary.manifest.contexts.rel_ins_ids?.rows).toBe(pairs.length)
    const provenance = readFileSync(join(given.out, 'provenance.json'), 'utf8')
    expect(provenance).toContain('"ruleMade": true')
    const told = linesOf(summary.invalidFile!)
    expect(told).toContainEqual(expect.objectContaining({ annotation: '000000000014', code: 'lacks' }))
    expect(told).toContainEqual(expect.objectContaining({ annotation: '000000000013', code: 'no-pictures' }))
  })

  test('the same seed gives the same data set, another one other questions', async () => {
    const given = [0, 0, 1].map((seed) => options({ seed, limit: 4 }))
    const [one, same, other] = await Promise.all(given.map(async (each) => (await runSyphus(each)).manifest.tables))
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
  })

  test('a sample is drawn by the seed and does not depend on what is left out', async () => {
    const drawn = async (more: Partial<SyphusOptions>) => {
      const given = options(more)
      await runSyphus(given)
      return [...new Set((await pairsOf(given.out)).map(({ mediaIds }) => mediaIds[0]))]
    }
    const some = await drawn({ sample: 4, seed: 3 })
    expect(some).toHaveLength(4)
    expect(await drawn({ sample: 4, seed: 3, limit: 2 })).toEqual(some.slice(0, 2))
    expect(await drawn({ limit: 2 })).toEqual(['LA_IMG_000000000001', 'LA_IMG_000000000002'])
  })

  test('pictures that are not there: pairs without them, or an error', async () => {
    const given = options({ missing: 'keep' })
    expect(await runSyphus(given)).toMatchObject({ asked: 13, withoutPictures: 0 })
    const bare = (await pairsOf(given.out)).filter(({ mediaKind }) => mediaKind === 'none')
    expect(bare.length).toBeGreaterThan(3)
    expect(JSON.parse(bare[0]!.metadata!)).toMatchObject({ media: ['000000000013'] })
    const fault = await faultOf(runSyphus(options({ missing: 'error' })))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_NOT_FOUND', expect.stringContaining('000000000013')])
  })

  test('without a folder the pairs have no pictures', async () => {
    const given = options({ images: undefined, limit: 2 })
    await runSyphus(given)
    expect((await pairsOf(given.out)).every(({ media }) => media.length === 0)).toBe(true)
  })
})

describe('what cannot be done is told before anything is asked', () => {
  test.each([
    ['MIMICIT_UNKNOWN_NAME', { task: 'no-such-task' }, 'dense-captions'],
    ['MIMICIT_NOT_FOUND', { annotations: ['/nowhere.json'] }, 'nowhere'],
    ['MIMICIT_NOT_FOUND', { images: '/nowhere' }, 'nowhere'],
    ['MIMICIT_NOT_FOUND', { task: '/nowhere.yaml' }, 'nowhere'],
    ['MIMICIT_BAD_VALUE', { temperature: 9 }, 'temperature'],
    ['MIMICIT_UNKNOWN_OPTION', { temprature: 1 } as Partial<SyphusOptions>, 'temprature'],
  ])('%s: %j', async (code, more, part) => {
    const fault = await faultOf(runSyphus(options(more)))
    expect([fault.code, fault.message]).toEqual([code, expect.stringContaining(part)])
  })

  test('a data set that is there stays as it is', async () => {
    const given = options({ limit: 1 })
    await runSyphus(given)
    expect((await faultOf(runSyphus(given))).code).toBe('MIMICIT_NOT_EMPTY')
  })

  test('annotations of which nothing can be made', async () => {
    const path = join(dir, 'silent.json')
    writeFileSync(
      path,
      JSON.stringify({ images: [{ id: 1, width: 1, height: 1 }], annotations: [{ image_id: 1, caption: '.' }] }),
    )
    const given = options({ annotations: [path] })
    const fault = await faultOf(runSyphus(given))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_EMPTY', expect.stringContaining('1 that say too little')])
    expect(existsSync(given.out)).toBe(false)
  })
})

test('a box outside of its picture is left out, counted and told with its annotation', async () => {
  const boxes = JSON.parse(readFileSync(coco.instances, 'utf8')) as {
    images: { id: number; width: number; height: number }[]
    annotations: { image_id: number; bbox: number[] }[]
  }
  const [first] = boxes.annotations
  const { width } = boxes.images.find(({ id }) => id === first!.image_id)!
  first!.bbox = [width - 10, 5, 200, 20]
  const path = join(dir, 'outside.json')
  writeFileSync(path, JSON.stringify(boxes))
  const sound = await runSyphus(options())
  expect(sound.faults).toBe(0)
  const { faults, invalidFile } = await runSyphus(options({ annotations: [coco.captions, path] }))
  expect(faults).toBe(1)
  const told = linesOf(invalidFile!).filter(({ code }) => code === 'outside')
  expect(told).toEqual([
    expect.objectContaining({ what: 'object', reason: expect.stringContaining(`${width - 10},5,200,20`) }),
  ])
})

describe('filters and replacement rules', () => {
  test('are those that are named', async () => {
    const all = await runSyphus(options())
    const one = await runSyphus(options({ filters: ['length'] }))
    expect(one.judged.judged).toBe(all.judged.judged)
    expect(Object.keys(one.judged.objections).every((name) => name.startsWith('length/'))).toBe(true)
    const replacements = [{ name: 'hound', find: 'dog', replace: 'hound' }]
    const { out, judged } = await runSyphus(options({ withoutFilters: ['ungrounded-nouns'], replacements }))
    expect(judged.replacements.hound).toBeGreaterThan(0)
    const texts = (await pairsOf(out)).flatMap(({ instruction, response }) => [instruction, response])
    expect(texts.filter((text) => /\bdog/.test(text))).toEqual([])
  })

  test('a name that is none is told with the one that was meant, before anything is made', async () => {
    for (const given of [{ filters: ['lenght'] }, { withoutFilters: ['refusals'] }]) {
      const fault = await faultOf(runSyphus(options(given)))
      expect(fault.code).toBe('MIMICIT_UNKNOWN_NAME')
      expect(fault.parts.hint).toMatch(/^Did you mean (length|refusal)\?$/)
    }
  })
})

describe('with a model', () => {
  const servers: { close(): Promise<void> }[] = []
  afterAll(async () => {
    for (const server of servers) await server.close()
  })
  const reply = (n: number) =>
    JSON.stringify({
      pairs: Array.from({ length: 8 }, (_, i) => ({
        question: `${['What', 'Who', 'Where', 'Why', 'How', 'When', 'Which dog', 'Whose couch'][i]} is on the couch, number ${n * 8 + i}?`,
        answer: `The brown dog is on the couch ${n * 8 + i}.`,
      })),
    })

  test('a reply that is of no use is asked for once more with the reason, then kept with its cause', async () => {
    const server = await startLlmServer({
      answer: ({ messages }) => {
        const text = JSON.stringify(messages)
        const number = Number(/book number (\d+)/.exec(text)?.[1])
        const again = text.includes('cannot be used')
        if (number === 2 && !again) return 'I see a dog.'
        if (number === 3) return again ? '{"pairs": []}' : '{"pairs": [{"question": "What?"'
        return reply(number)
      },
    })
    servers.push(server)
    const given = options({
      limit: 4,
      model: { baseUrl: server.url, model: 'test', journal: join(dir, 'again.jsonl') },
    })
    const journal = await openJournal(join(dir, 'again.jsonl'))
    const most = { promptTokens: 100, completionTokens: 10 }
    await journal.add({ type: 'send', key: 'lost', id: 'x', responder: 'test', most })
    await journal.close()
    // Told before anything is asked: a run that is stopped by its budget tells it too.
    let told: number | undefined
    const summary = await runSyphus({
      ...given,
      onFound({ inFlight }) {
        told = server.calls.length === 0 ? inFlight : -1
      },
    })
    expect(told).toBe(1)
    expect(summary).toMatchObject({ asked: 4, responder: 'test', ruleMade: false, maybePaid: 1 })
    expect(Object.values(summary.invalid)).toEqual([1])
    expect([...server.asked.values()]).toEqual(Array(6).fill(1))
    const [line] = linesOf(summary.invalidFile!)
    expect(line).toMatchObject({
      what: 'annotation',
      annotation: '000000000003',
      replies: [expect.any(String), '{"pairs": []}'],
    })
    expect(summary.spent.promptTokens).toBeGreaterThan(1000)
    const pairs = await pairsOf(given.out)
    expect(new Set(pairs.map(({ mediaIds }) => mediaIds[0]))).toEqual(
      new Set(['LA_IMG_000000000001', 'LA_IMG_000000000002', 'LA_IMG_000000000004']),
    )
    expect(pairs.some(({ metadata }) => metadata!.includes('rule_made'))).toBe(false)
    // What is journalled is not asked again, and gives the same.
    rmSync(given.out, { recursive: true })
    const second = await runSyphus(given)
    expect(second.manifest.tables).toEqual(summary.manifest.tables)
    expect([...server.asked.values()]).toEqual(Array(6).fill(1))
  })

  test('an answer that is cut off twice is used as far as it is whole, and what is missing is told', async () => {
    const server = await startLlmServer({
      answer: ({ messages }) => {
        const number = Number(/book number (\d+)/.exec(JSON.stringify(messages))?.[1])
        return number === 2 ? reply(number).slice(0, 500) : reply(number)
      },
    })
    servers.push(server)
    const model = { baseUrl: server.url, model: 'test', journal: join(dir, 'cut.jsonl') }
    const given = options({ limit: 3, model })
    const summary = await runSyphus(given)
    expect(summary).toMatchObject({ asked: 3, partial: 1, invalid: {} })
    const whole = (await pairsOf(given.out)).filter(({ mediaIds }) => mediaIds[0] === 'LA_IMG_000000000002').length
    expect(whole).toBeGreaterThan(0)
    const rest = linesOf(summary.invalidFile!).find(({ what }) => what === 'rest')
    expect(rest).toMatchObject({ annotation: '000000000002' })
    expect(String(rest!.notes)).toContain('cut off')
    expect(String(rest!.notes)).toContain(`${whole} of at least 8 pairs`)
  })

  test('answers of which no pair is kept are told with what dropped them', async () => {
    const german = Array.from({ length: 8 }, (_, n) => ({
      question: `Was macht der Mann mit dem braunen Hund auf Bild ${n}?`,
      answer: `Der Mann spielt mit dem braunen Hund im Garten hinter dem Haus ${n}.`,
    }))
    const server = await startLlmServer({ answer: () => JSON.stringify({ pairs: german }) })
    servers.push(server)
    const model = { baseUrl: server.url, model: 'test', journal: join(dir, 'german.jsonl') }
    const fault = await faultOf(runSyphus(options({ limit: 2, model })))
    expect([fault.code, fault.message]).toEqual([
      'MIMICIT_EMPTY',
      expect.stringContaining('16 pairs dropped for language/de'),
    ])
  })

  test('the moderation of the end point is asked where there is one, once about everything, and drops what it flags', async () => {
    const server = await startLlmServer({
      answer: ({ messages }) => reply(Number(/book number (\d+)/.exec(JSON.stringify(messages))?.[1])),
      moderate: (text) => (/number 9\?/.test(text) ? ['violence'] : []),
    })
    servers.push(server)
    const model = { baseUrl: server.url, model: 'test', journal: join(dir, 'moderated.jsonl') }
    const given = options({ limit: 3, model })
    const summary = await runSyphus(given)
    expect(summary.moderation).toBe('omni-moderation-latest')
    expect(summary.judged.objections['moderation/violence']).toEqual({ action: 'drop', pairs: 1 })
    // One call to find it, one for each annotation.
    expect(server.moderated.map((texts) => texts.length)).toEqual([1, 16, 16, 16])
    rmSync(given.out, { recursive: true })
    expect((await runSyphus(given)).manifest.tables).toEqual(summary.manifest.tables)
    expect(server.moderated).toHaveLength(4)
    const without = await runSyphus({ ...given, out: join(dir, 'unmoderated'), moderation: false })
    expect([without.moderation, without.pairs]).toEqual([null, summary.pairs + 1])
  })

  test('an end point without a moderation is told, and is an error only where one is wanted', async () => {
    const server = await startLlmServer({
      answer: ({ messages }) => reply(Number(/book number (\d+)/.exec(JSON.stringify(messages))?.[1])),
    })
    servers.push(server)
    const model = { baseUrl: server.url, model: 'test', journal: join(dir, 'unmoderated.jsonl') }
    const given = options({ limit: 1, model })
    const fault = await faultOf(runSyphus({ ...given, moderation: true }))
    expect(fault).toMatchObject({ code: 'MIMICIT_UNSUPPORTED', parts: { where: '--moderation' } })
    expect(server.asked.size).toBe(0)
    expect((await runSyphus(given)).moderation).toBe(false)
    expect((await faultOf(runSyphus(options({ moderation: true })))).code).toBe('MIMICIT_UNSUPPORTED')
  })

  test('an estimate asks nothing and leaves nothing', async () => {
    const server = await startLlmServer()
    servers.push(server)
    const given = options({
      model: {
        baseUrl: server.url,
        model: 'test',
        journal: join(dir, 'none.jsonl'),
        prices: { prompt: 1, completion: 2 },
      },
    })
    const prompts: string[] = []
    const estimate = await estimateSyphus(given, ({ request }) =>
      prompts.push(request.messages.at(-1)!.content as string),
    )
    expect(estimate).toMatchObject({ asks: 12, known: 0 })
    expect(estimate.mostCost).toBeGreaterThan(0)
    expect(prompts[0]).toContain('A brown dog is sitting on a couch')
    expect(server.asked.size).toBe(0)
    expect([given.out, `${given.out}.invalid.jsonl`, join(dir, 'none.jsonl')].filter(existsSync)).toEqual([])
  })

  test('the budget ends the run, and a larger one goes on from there', async () => {
    const server = await startLlmServer({
      answer: ({ messages }) => reply(Number(/book number (\d+)/.exec(JSON.stringify(messages))?.[1])),
    })
    servers.push(server)
    const model = {
      baseUrl: server.url,
      model: 'test',
      journal: join(dir, 'budget.jsonl'),
      maxTotalTokens: 12_000,
      concurrency: 1,
    }
    const given = options({ model, replyTokens: 1000 })
    expect((await faultOf(runSyphus(given))).code).toBe('MIMICIT_BUDGET')
    expect(existsSync(given.out)).toBe(false)
    const before = server.asked.size
    expect(before).toBeGreaterThan(0)
    expect(before).toBeLessThan(12)
    await runSyphus({ ...given, model: { ...model, maxTotalTokens: 1_000_000 } })
    expect([...server.asked.values()]).toEqual(Array(12).fill(1))
  })
})
