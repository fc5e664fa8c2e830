// What the viewer says of a data set, against what the data set and the loader say themselves.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LocalServer } from '../../src/serve/http/server.js'
import { openViewer } from '../../src/serve/open-viewer.js'
import type {
  FullPair,
  IssuesReport,
  Overview,
  PlanView,
  RowLine,
  Sample,
  SearchProgress,
} from '../../src/serve/wire.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { normalisations } from '../../src/vision/normalise.js'
import { SOURCES } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { clientOf } from './client.js'

const data = join(tempDir(), 'la')
let server: LocalServer
let dataset: Dataset
let client: ReturnType<typeof clientOf>

beforeAll(async () => {
  await importMimicIt({ ...SOURCES, out: data })
  await buildContext(data, { select: 'text-similarity', name: 'near', k: 3 })
  server = await openViewer({ dataset: data })
  dataset = await openDataset(data)
  client = clientOf(server)
})
afterAll(async () => {
  await server.close()
  await dataset.close()
})

const get = async <T>(path: string): Promise<T> => {
  const { status, json, text } = await client.get(path)
  expect(status, text).toBe(200)
  return json() as T
}
const failure = async (path: string) => {
  const { status, json } = await client.get(path)
  return [status, (json() as { code: string }).code]
}
/** A search to its end, and what it found. */
async function search(filter: unknown): Promise<{ readonly rows: number[]; readonly last: SearchProgress }> {
  const begun = (await client.post('/api/searches', filter)).json() as SearchProgress
  const { events, end } = await client.events(`/api/searches/${begun.id}`)
  expect(end).toBe('end')
  const lines = await get<RowLine[]>(`/api/lines?from=0&to=500&search=${begun.id}`)
  return { rows: lines.map(({ row }) => row), last: events.at(-1) as SearchProgress }
}
async function rowsWhere(is: (pair: FullPair | Awaited<ReturnType<Dataset['pair']>>) => boolean): Promise<number[]> {
  const rows: number[] = []
  for await (const [row, pair] of dataset.pairs()) if (is(pair)) rows.push(row)
  return rows
}

describe('a data set', () => {
  it('is told in a few words', async () => {
    const { parts, dataset: facts } = await get<Overview>('/api/overview')
    expect(parts).toContain('data')
    expect(facts).toMatchObject({ pairs: 146, pictures: 16, defaultContext: 'train' })
    expect(facts?.contexts.map(({ name }) => name).sort()).toEqual(['near', 'rel_ins_ids', 'train'])
  })

  it('gives lines of any rows, and none behind the last', async () => {
    const lines = await get<RowLine[]>('/api/lines?from=140&to=160')
    expect(lines.map(({ row }) => row)).toEqual([140, 141, 142, 143, 144, 145])
    const pair = await dataset.pair(141)
    expect(lines[1]).toEqual({
      ...{ row: 141, id: pair.id, subset: pair.subset, language: 'en', split: pair.split },
      ...{ instruction: pair.instruction.slice(0, 160), pictures: pair.media.length, firstPicture: pair.media[0] },
    })
    expect(await get('/api/lines?from=9000000&to=9000010')).toEqual([])
  })

  it('gives a pair in full, and finds it by its id', async () => {
    const pair = await dataset.pair(100)
    const full = await get<FullPair>('/api/pairs/100')
    expect(full).toMatchObject({ ...pair, row: 100 })
    expect(full.pictures.map(({ row }) => row)).toEqual(pair.media)
    expect(await get(`/api/ids/${pair.id}`)).toEqual({ row: 100 })
    // Every word that somebody searches for is asked about, so none is a failure.
    expect(await get('/api/ids/none')).toEqual({ row: null })
  })

  it('verifies it when somebody asks', async () => {
    const { events, end } = await client.events('/api/issues')
    expect(end).toBe('end')
    expect(events.at(-1)).toEqual({ report: { ok: true, listed: true, issues: [] } })
  })

  it('tells what is damaged, where statistics cannot be had', async () => {
    const damaged = join(tempDir(), 'damaged')
    cpSync(data, damaged, { recursive: true })
    const shard = join(damaged, 'pairs', '00000.parquet')
    writeFileSync(shard, readFileSync(shard).fill(0, 200, 300))
    const other = await openViewer({ dataset: damaged })
    try {
      expect((await clientOf(other).events('/api/statistics')).end).toBe('fault')
      const { events, end } = await clientOf(other).events('/api/issues')
      expect(end).toBe('end')
      const { report } = events.at(-1) as { readonly report: IssuesReport }
      expect(report.ok).toBe(false)
      expect(report.issues.flatMap(({ examples }) => examples.map(({ where }) => where)).join()).toContain(
        'pairs/00000.parquet',
      )
    } finally {
      await other.close()
    }
  })

  it('gives contexts of any stored C_psi, with their scores where it has them', async () => {
    for (const name of ['near', 'rel_ins_ids', 'train']) {
      const stored = await (await dataset.context(name)).get(5)
      const { contexts } = await get<{ contexts: { score: number | null; pair: FullPair }[] }>(
        `/api/pairs/5/contexts?name=${name}`,
      )
      expect(contexts.map(({ pair }) => pair.row)).toEqual(stored?.contexts)
      expect(contexts.map(({ score }) => score)).toEqual(stored?.scores ?? stored?.contexts.map(() => null))
    }
    expect(await get('/api/pairs/5/contexts?name=none')).toEqual({ name: 'none', listed: false, contexts: [] })
  })

  it('gives pictures as they are stored, or small', async () => {
    const { bytes, headers } = await client.get('/api/pictures/3')
    expect(bytes.equals(await dataset.picture(3))).toBe(true)
    expect(headers['content-type']).toBe('image/jpeg')
    const small = await client.get('/api/pictures/3?side=96')
    const { width = 0, height = 0 } = await sharp(small.bytes).metadata()
    expect(Math.max(width, height)).toBe(96)
  })

  it('says what is wrong with a question', async () => {
    expect(await failure('/api/pairs/146')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/pairs/-1')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/pairs/x')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/pictures/16')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/pictures/1?side=100000')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/lines?from=0&to=100000')).toEqual([400, 'MIMICIT_BAD_VALUE'])
    expect(await failure('/api/lines?from=0&to=10&search=s999')).toEqual([404, 'MIMICIT_NOT_FOUND'])
    expect(await failure('/api/pairs/1/contexts?name=other')).toEqual([400, 'MIMICIT_UNKNOWN_NAME'])
    expect(await failure('/api/pairs/1/sample?tokenizer=/etc/passwd')).toEqual([400, 'MIMICIT_UNKNOWN_OPTION'])
    expect(await failure('/api/pairs/1/sample?template=none')).toEqual([400, 'MIMICIT_UNKNOWN_NAME'])
    expect(await failure('/api/pairs/1/sample?maxTokens=20')).toEqual([413, 'MIMICIT_TOO_LONG'])
  })
})

describe('a search', () => {
  it('finds words of instruction or response, in any case and order', async () => {
    const { rows, last } = await search({ text: 'DOG picture' })
    const has = (text: string) => /dog/i.test(text) && /picture/i.test(text)
    expect(rows).toEqual(await rowsWhere((pair) => has(`${pair.instruction}\n${pair.response}`)))
    expect(rows.length).toBeGreaterThan(0)
    expect(last).toMatchObject({ done: 146, total: 146, found: rows.length, finished: true })
  })

  it('finds by subset, pictures, a part of the id, and contexts of a C_psi', async () => {
    expect((await search({ subset: 'CGD' })).rows).toEqual(await rowsWhere((pair) => pair.subset === 'CGD'))
    expect((await search({ minPictures: 2 })).rows).toEqual(await rowsWhere((pair) => pair.media.length >= 2))
    expect((await search({ id: '790_1' })).rows).toEqual(await rowsWhere((pair) => pair.id.includes('790_1')))
    const table = await dataset.context('rel_ins_ids')
    const counts = await Promise.all(
      Array.from({ length: 146 }, async (_, row) => (await table.get(row))?.contexts.length ?? 0),
    )
    const few = counts.flatMap((count, row) => (count <= 2 ? [row] : []))
    expect((await search({ context: 'rel_ins_ids', maxContexts: 2 })).rows).toEqual(few)
    expect((await search({ language: 'zh' })).rows).toEqual([])
  })

  it('is refused where it makes no sense, and tells what fails while it runs', async () => {
    expect((await client.post('/api/searches', { minPictures: -1 })).status).toBe(400)
    expect((await client.post('/api/searches', { sql: '1=1' })).json()).toMatchObject({
      code: 'MIMICIT_UNKNOWN_OPTION',
    })
    const { id } = (await client.post('/api/searches', { context: 'other', minContexts: 1 })).json() as SearchProgress
    expect((await client.events(`/api/searches/${id}`)).end).toBe('fault')
  })

  it('is forgotten when it is deleted, and when others are newer', async () => {
    const first = (await client.post('/api/searches', { subset: 'LA' })).json() as SearchProgress
    await client.delete(`/api/searches/${first.id}`)
    expect((await client.get(`/api/lines?from=0&to=1&search=${first.id}`)).status).toBe(404)
    const second = (await client.post('/api/searches', { subset: 'LA' })).json() as SearchProgress
    for (let i = 0; i < 4; i++) await search({ subset: 'CGD' })
    expect((await client.get(`/api/lines?from=0&to=1&search=${second.id}`)).status).toBe(404)
  })
})

describe('a sample', () => {
  const options = { context: 'stored:near', shots: 2, imageSize: 32 } as const
  const query = 'context=near&shots=2&imageSize=32'

  const batchOf = async (id: string) => {
    const loader = loadMimicIT(data, { ...options, only: [id], batchSize: 1, queries: 'all', workers: 0 })
    for await (const batch of loader) return batch
    throw new Error(`no batch of ${id}`)
  }

  it('is the batch that the loader makes of that query', async () => {
    for (const row of [0, 57, 140]) {
      const { id } = await dataset.pair(row)
      const batch = await batchOf(id)
      const sample = await get<Sample>(`/api/pairs/${row}/sample?${query}`)
      expect(sample.ids).toEqual([...batch.inputIds])
      expect(sample.learned).toEqual([...batch.labels].map((label) => (label >= 0 ? 1 : 0)))
      expect(sample.contextIds).toEqual(batch.contextIds[0])
      expect(sample.mediaMask).toEqual([...batch.mediaMask])
      const { L, T, F, H, W } = batch.shape
      expect(sample.shape).toEqual({ L, T, F, H, W })
      expect(sample.pieces.join('')).toContain((await dataset.pair(row)).response)
      expect(sample.droppedIds).toEqual([])
    }
  })

  it('shows the pixels of the tensor, to the last bit of a byte', async () => {
    const { id } = await dataset.pair(57)
    const batch = await batchOf(id)
    const { data: rgb, info } = await sharp((await client.get(`/api/pairs/57/sample/1/0?${query}`)).bytes)
      .raw()
      .toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([32, 32, 3])
    const { mean, std } = normalisations.clip
    const slot = 3 * 32 * 32
    for (const [x, y, c] of [
      [0, 0, 0],
      [31, 31, 2],
      [7, 19, 1],
    ] as const) {
      const value = batch.pixelValues[slot + c * 32 * 32 + y * 32 + x]!
      expect(rgb[(y * 32 + x) * 3 + c]).toBe(Math.round((value * std[c]! + mean[c]!) * 255))
    }
    expect(await failure(`/api/pairs/57/sample/9/0?${query}`)).toEqual([404, 'MIMICIT_NOT_FOUND'])
  })

  it('says which contexts the token budget left out', async () => {
    const whole = await get<Sample>(`/api/pairs/57/sample?${query}`)
    const short = await get<Sample>(`/api/pairs/57/sample?${query}&maxTokens=${whole.shape.L - 1}`)
    expect(whole.contextIds).toHaveLength(2)
    expect(short.contextIds).toHaveLength(1)
    expect([...short.contextIds, ...short.droppedIds].sort()).toEqual([...whole.contextIds].sort())
  })

  it('tells each token its turn and its text', async () => {
    const { pieces, turns, special } = await get<Sample>(`/api/pairs/0/sample?${query}`)
    expect(Math.max(...turns)).toBe(2)
    expect(special[0]).toBe(1)
    expect(pieces[0]).toBe('<s>')
  })
})

describe('the order', () => {
  it('is that of the stream, with the state that it is in after each step', async () => {
    const { steps, stepsPerEpoch, samples, plan } = await get<PlanView>(
      '/api/plan?context=near&shots=2&batchSize=16&step=3&seed=5',
    )
    const loader = loadMimicIT(data, {
      context: 'stored:near',
      shots: 2,
      batchSize: 16,
      seed: 5,
      imageSize: 224,
      workers: 0,
    })
    expect(await loader.ready()).toMatchObject({ length: stepsPerEpoch, samples, plan })
    let checked = 0
    for await (const batch of loader) {
      const shown = steps.find(({ step }) => step === batch.step)
      if (shown === undefined) continue
      expect(shown.samples.map(({ id }) => id)).toEqual(batch.ids)
      const contexts = await Promise.all(
        shown.samples.map((one) => Promise.all(one.contexts.map(async (row) => (await dataset.pair(row)).id))),
      )
      expect(contexts).toEqual(batch.contextIds)
      expect(shown.after).toEqual(loader.state())
      checked++
    }
    expect(checked).toBe(7)
    expect(steps.at(-1)?.after).toMatchObject({ epoch: 1, step: 0, seen: 146 })
  })
})
