// A data set into all seven languages by a server on loopback that answers as a model did: what is made, what is caught,
// what a second run asks again, and that it loads by language.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeCost } from '../../../src/layout/statistics/made-cost.js'
import { openJournal } from '../../../src/llm/journal.js'
import { loadMimicIT } from '../../../src/loader/load-mimic-it.js'
import { openDataset } from '../../../src/shards/dataset.js'
import { createDataset } from '../../../src/shards/dataset-writer.js'
import { verifyDataset } from '../../../src/shards/verify/index.js'
import type { TranslateOptions } from '../../../src/syphus/translate/options.js'
import {
  estimateTranslation,
  type TranslateSummary,
  translateDataset,
} from '../../../src/syphus/translate/translate-dataset.js'
import { languages } from '../../../src/tuple/languages.js'
import { type LlmServer, startLlmServer, type WireBody } from '../../support/llm-server.js'
import { tempDir } from '../../support/temp-dir.js'
import { contextsById, pairsOf } from '../../support/whole-dataset.js'
import { recordedLanguages, recordedPairs, sources } from './recorded.js'

const dir = tempDir()
const source = join(dir, 'source')
const to = recordedLanguages

/** What the server answers: recorded translations, one at a time or all, and the sources on the way back. */
function answerOf(body: WireBody): string {
  const [system, ...turns] = body.messages.map(({ content }) => content as string)
  const tag = Object.keys(languages).find((each) => system!.includes(`into ${languages[each]}.`))!
  const asked = (JSON.parse(turns[2]!.split('\n\n')[0]!) as { pairs: { question: string }[] }).pairs
  const table =
    tag === 'en'
      ? to.flatMap((each) => recordedPairs(each).map((pair, n) => [pair, sources[n]!] as const))
      : sources.map((pair, n) => [pair, recordedPairs(tag)[n]!] as const)
  const pairs = asked.map(({ question }) => table.find(([pair]) => pair.instruction === question)![1])
  return JSON.stringify({
    pairs: pairs.map(({ instruction, response }) => ({ question: instruction, answer: response })),
  })
}

/** The first reply for a language is worse than the second, or both are. */
const spoilt: Record<string, (body: WireBody, text: string) => string> = {
  // A number is lost, and is there when it is asked for again.
  de: (body, text) => (body.messages.length > 4 ? text : text.replace('42', 'sieben')),
  // Prose, and prose again.
  ko: () => '번역할 수 없습니다.',
}

let server: LlmServer
let spoil = true
beforeAll(async () => {
  server = await startLlmServer({
    answer(body) {
      const text = answerOf(body)
      const tag = to.find((each) => body.messages[0]!.content.includes(`into ${languages[each]}.` as never))
      return spoil && tag !== undefined ? (spoilt[tag]?.(body, text) ?? text) : text
    },
  })
  const writer = await createDataset(source)
  for (const [n, pair] of sources.entries()) {
    await writer.addPair({
      ...{ id: `VQA_INS_x_${n}`, subset: 'VQA', split: n < 4 ? 'train' : null, language: 'en', ...pair },
      ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null },
      metadata: n === 0 ? '{"album":"a"}' : null,
    })
  }
  const table = await writer.context('siblings', { name: 'stored', parameters: {} })
  for (let query = 1; query < sources.length; query++)
    await table.add({ query, contexts: [query - 1], scores: [query / 10] })
  await writer.finish({ tool: 'test' })
})
afterAll(() => server.close())

const model = (journal: string) => ({
  ...{ baseUrl: server.url, model: 'translator', journal: join(dir, journal), apiKeyEnv: 'MIMICIT_TEST_NO_KEY' },
  prices: { prompt: 1, completion: 2 },
})

describe('a data set in eight languages', () => {
  const out = join(dir, 'out')
  let summary: TranslateSummary
  beforeAll(async () => {
    summary = await translateDataset(source, { out, to, model: model('a.jsonl'), pairsPerAsk: 4, backTranslate: 1 })
  })

  it('has every translation that passed, and lists the others with their cause', async () => {
    for (const tag of to) {
      const lost = tag === 'ko' ? 6 : 0
      expect(summary.languages[tag], tag).toMatchObject({ translated: 6 - lost, invalid: lost, warned: 0 })
    }
    const lines = (await readFile(summary.invalidFile!, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toHaveLength(6)
    expect(lines[0]).toEqual({
      ...{ id: 'VQA_INS_x_0', language: 'ko', code: 'no-pairs' },
      reason: 'The reply has neither JSON nor questions with answers.',
      text: '번역할 수 없습니다.',
    })
    // Two groups in seven languages; one of German and both of Korean twice; six by six on the way back.
    expect(server.calls).toHaveLength(2 * 7 + 1 + 2 + 36)
  })

  it('links each translation to its source and sets its language', async () => {
    const pairs = await pairsOf(out)
    expect(pairs).toHaveLength(6 + 36)
    expect(pairs.slice(0, 6)).toEqual(await pairsOf(source))
    const ja = pairs.find(({ id }) => id === 'VQA_INS_x_ja_0')!
    expect(ja).toMatchObject({ language: 'ja', subset: 'VQA', split: 'train', ...recordedPairs('ja')[0] })
    expect(JSON.parse(ja.metadata!)).toEqual({
      ...{ album: 'a', translation_of: 'VQA_INS_x_0', translated_from: 'en', translated_by: 'translator' },
      back_translation_chrf: 1,
    })
    expect(summary.languages.ja!.backTranslation).toBe(1)
  })

  it('has the contexts of each language in that language', async () => {
    const { siblings } = await contextsById(out)
    expect(Object.keys(siblings!)).toHaveLength(5 * 7)
    expect(siblings!.VQA_INS_x_3).toEqual(['VQA_INS_x_2'])
    expect(siblings!.VQA_INS_x_ar_3).toEqual(['VQA_INS_x_ar_2'])
  })

  it('verifies clean, knows what it cost, and loads by language', async () => {
    const report = await verifyDataset(out)
    expect(report.issues).toEqual([])
    const dataset = await openDataset(out)
    const cost = await madeCost(dataset).finally(() => dataset.close())
    expect(cost).toMatchObject({
      by: ['translator'],
      promptTokens: summary.spent.promptTokens,
      cost: summary.spent.cost,
    })
    const loader = loadMimicIT(out, {
      languages: ['ja', 'ar'],
      context: 'stored:siblings',
      queries: 'all',
      shots: 1,
      batchSize: 4,
      imageSize: 8,
    })
    const ids: string[] = []
    for await (const batch of loader) ids.push(...batch.ids)
    expect(ids.sort()).toEqual(['ar', 'ja'].flatMap((tag) => sources.map((_, n) => `VQA_INS_x_${tag}_${n}`)))
  })

  it('refuses to load a language that it does not have', async () => {
    const loader = loadMimicIT(out, { languages: ['ko'], imageSize: 8 })
    await expect(loader[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'MIMICIT_UNKNOWN_NAME',
      message: expect.stringContaining('option languages'),
    })
  })

  it('asks nothing again that the journal has', async () => {
    const before = server.calls.length
    spoil = false
    const again = await translateDataset(source, {
      out: join(dir, 'again'),
      to,
      model: model('a.jsonl'),
      pairsPerAsk: 4,
      withSource: false,
    })
    expect(server.calls.length).toBe(before)
    expect(again.languages).toMatchObject({ de: { translated: 6 }, ko: { invalid: 6 } })
    expect((await pairsOf(again.out)).map(({ language }) => language)).not.toContain('en')
    const { siblings } = await contextsById(again.out)
    expect(siblings!.VQA_INS_x_de_1).toEqual(['VQA_INS_x_de_0'])
  })
})

describe('a translation', () => {
  it('is reckoned without asking', async () => {
    const before = server.calls.length
    const estimate = await estimateTranslation(source, {
      out: join(dir, 'x'),
      to: ['zh', 'de'],
      model: model('x.jsonl'),
    })
    expect(estimate).toMatchObject({ asks: 2, known: 0 })
    expect(estimate.mostCost).toBeGreaterThan(0)
    expect(server.calls.length).toBe(before)
  })

  it.each([
    [{ to: ['tlh'] }, 'MIMICIT_UNKNOWN_NAME'],
    [{ to: ['en'] }, 'MIMICIT_BAD_VALUE'],
    [{ to: ['de'], from: 'ja' }, 'MIMICIT_EMPTY'],
    [{ to: [] }, 'MIMICIT_BAD_VALUE'],
    [{ to: ['de'], filters: ['refusals'] }, 'MIMICIT_UNKNOWN_NAME'],
    [{ to: ['de'], model: undefined }, 'MIMICIT_BAD_VALUE'],
    [{ to: ['de'], out: source }, 'MIMICIT_NOT_EMPTY'],
  ])('is refused before anything is asked: %j', async (wrong, code) => {
    const options = { out: join(dir, 'no'), model: model('no.jsonl'), ...wrong }
    await expect(translateDataset(source, options)).rejects.toMatchObject({ code })
  })

  it('of which nothing passes is told, with the file that has the causes', async () => {
    spoil = true
    const out = join(dir, 'none')
    const made = translateDataset(source, { out, to: ['ko'], model: model('none.jsonl') })
    await expect(made).rejects.toMatchObject({
      code: 'MIMICIT_EMPTY',
      message: expect.stringContaining('none.invalid.jsonl'),
    })
  })

  it('is held against filters and mended by rules, but not for what its source has', async () => {
    const said = (pairs: readonly (readonly [string, string])[]) => ({
      pairs: pairs.map(([question, answer]) => ({ question, answer })),
    })
    const slipping = await startLlmServer({
      answer: () =>
        JSON.stringify(
          said([
            ['Wie lautet die Adresse auf dem Schild?', 'Auf dem Schild steht **anna@example.com** als Adresse.'],
            ['Welche Farbe hat der Hund im Bild?', 'Schreiben Sie an hilfe@example.org, der Hund ist braun.'],
            ['Was macht die Frau mit dem Ball?', 'Die Frau wirft den Ball zu dem Jungen.'],
          ]),
        ),
    })
    const english = join(dir, 'mails')
    const writer = await createDataset(english)
    const texts = [
      ['Which address is on the sign?', 'The sign says anna@example.com as the address.'],
      ['Which colour does the dog have in the picture?', 'The dog in the picture is brown, as you can see.'],
      ['What does the woman do with the ball?', 'The woman throws the ball to the boy.'],
    ] as const
    for (const [n, [instruction, response]] of texts.entries()) {
      await writer.addPair({
        ...{ id: `VQA_INS_m_${n}`, subset: 'VQA', split: null, language: 'en', instruction, response, metadata: null },
        ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null },
      })
    }
    await writer.finish({ tool: 'test' })
    const run = async (out: string, more: Partial<TranslateOptions>) => {
      const journal = join(dir, `${out}.jsonl`)
      const options = { out: join(dir, out), to: ['de'], withSource: false, ...more }
      const made = await translateDataset(english, {
        ...options,
        model: { baseUrl: slipping.url, model: 'm', journal, apiKeyEnv: 'MIMICIT_TEST_NO_KEY' },
      })
      return { ...made, texts: (await pairsOf(made.out)).map(({ response }) => response) }
    }
    const usual = await run('judged', {})
    expect(usual.languages.de).toMatchObject({ translated: 2, invalid: 1 })
    expect(usual.judged).toEqual({
      objections: { 'personal-data/email': { action: 'drop', pairs: 1 } },
      replacements: { 'bold-mark': 1 },
    })
    expect(usual.texts[0]).toBe('Auf dem Schild steht anna@example.com als Adresse.')
    expect(await readFile(usual.invalidFile!, 'utf8')).toContain('"code":"email"')
    const free = await run('unjudged', {
      withoutFilters: ['personal-data'],
      replacements: [{ name: 'thrown', find: 'wirft', replace: 'schleudert' }],
    })
    expect(free.languages.de).toMatchObject({ translated: 3, invalid: 0 })
    expect(free.judged).toEqual({ objections: {}, replacements: { thrown: 1 } })
    expect(free.texts[2]).toBe('Die Frau schleudert den Ball zu dem Jungen.')
    await slipping.close()
  })

  it('that is too dear stops, and goes on with a larger budget', async () => {
    spoil = false
    const out = join(dir, 'dear')
    const told: number[] = []
    const run = (maxTotalTokens: number) =>
      translateDataset(source, {
        out,
        onFound: ({ inFlight }) => told.push(inFlight),
        to: ['fr'],
        pairsPerAsk: 1,
        model: { ...model('dear.jsonl'), maxTotalTokens, concurrency: 1 },
      })
    await expect(run(4000)).rejects.toMatchObject({ code: 'MIMICIT_BUDGET' })
    const before = server.calls.length
    // A call of which nobody knows what became, as a kill leaves it.
    const journal = await openJournal(join(dir, 'dear.jsonl'))
    const most = { promptTokens: 100, completionTokens: 10 }
    await journal.add({ type: 'send', key: 'lost', id: 'x', responder: 'translator', most })
    await journal.close()
    const { languages: made, maybePaid, spent } = await run(1_000_000)
    expect(made.fr).toMatchObject({ translated: 6 })
    expect([maybePaid, spent.maybeTokens]).toEqual([1, 110])
    expect(told).toEqual([0, 1])
    expect(server.calls.length - before).toBeLessThan(6)
  })
})
