// `mimicit tokenize` in the library: a table as counting gives it, with any number of threads, kept up with appends, and
// carried along by every rewrite. Training on stored ids is training on texts.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filterDataset } from '../../src/layout/filter.js'
import { mergeDatasets } from '../../src/layout/merge.js'
import { reorderByLocality } from '../../src/layout/reorder.js'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { splitDataset } from '../../src/layout/split.js'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { openLengths } from '../../src/shards/lengths-table.js'
import { rebuildIndexes } from '../../src/shards/rebuild-indexes.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { cleanings } from '../../src/text/cleaning.js'
import { templates } from '../../src/text/templates.js'
import { ALL_TOKENS } from '../../src/text/tokenise.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { type PairSpec, writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const at = (name: string) => join(root, name)
const llama2 = { tokenizer: 'bytes', template: 'llama2', ids: true }
const rules = { tokenizer: byteTokenizer, template: templates.llama2!, cleaning: cleanings.none!, tokens: ALL_TOKENS }
const pairsOf = (prefix: string, count: number): PairSpec[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${prefix}_${n}`,
    subset: n % 3 === 0 ? 'A' : 'B',
    instruction: `What is ${'?'.repeat(n % 11)}`,
    response: `It is ${n}.`,
    mediaPositions: n % 4 === 0 ? [] : null,
  }))
const withDataset = async <T>(dir: string, work: (dataset: Dataset) => Promise<T>): Promise<T> => {
  const dataset = await openDataset(dir)
  return work(dataset).finally(() => dataset.close())
}
/** Counts as stored and as counted anew, and how many of them are stored. */
async function compareLengths(dir: string): Promise<number> {
  return withDataset(dir, async (dataset) => {
    const { rows } = dataset.manifest.tables.pairs
    const stored = openLengths(dataset, rules)
    const { lengths: _, ...bare } = dataset.manifest
    const counted = openLengths({ ...dataset, manifest: bare }, rules)
    expect(counted.stored).toBe(0)
    expect(await stored.window(0, rows)).toEqual(await counted.window(0, rows))
    await Promise.all([stored.close(), counted.close()])
    return stored.stored
  })
}
const filesOf = (dir: string) =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.endsWith('provenance.json') && statSync(join(dir, path)).isFile())
    .sort()
const bytesOf = (dir: string) => filesOf(dir).map((path) => [path, readFileSync(join(dir, path)).toString('base64')])

beforeAll(async () => {
  await writeDataset(at('plain'), { pairs: pairsOf('P', 700) })
  cpSync(at('plain'), at('set'), { recursive: true })
  await tokenizeDataset(at('set'), llama2)
})

describe('tokenizing a data set', () => {
  test('adds a table and changes neither order nor generation', async () => {
    expect(await verifyDataset(at('set'))).toMatchObject({ ok: true, issues: [] })
    expect(await compareLengths(at('set'))).toBe(700)
    const [before, after] = await Promise.all(
      ['plain', 'set'].map((name) => withDataset(at(name), async ({ manifest }) => manifest)),
    )
    const { lengths, indexes, ...rest } = after!
    expect({ ...rest, indexes: before!.indexes }).toEqual(before)
    expect(Object.keys(lengths!)).toEqual(['bytes-llama2'])
    expect(Object.keys(indexes)).toEqual([...Object.keys(before!.indexes), 'lengths/bytes-llama2.sums'])
    expect(lengths!['bytes-llama2']).toMatchObject({
      rows: 700,
      orderKey: before!.orderKey,
      ids: true,
      cleaning: 'none',
    })
  })

  test('gives the same bytes with threads', async () => {
    cpSync(at('plain'), at('threads'), { recursive: true })
    const seen: number[] = []
    const onProgress = ({ done }: { readonly done: number }) => seen.push(done)
    const summary = await tokenizeDataset(at('threads'), { ...llama2, workers: 2, onProgress })
    expect(summary).toMatchObject({ name: 'bytes-llama2', rows: 700, added: 700 })
    expect(seen).toEqual(Array.from({ length: 700 }, (_, i) => i + 1))
    expect(bytesOf(at('threads'))).toEqual(bytesOf(at('set')))
  })

  test('a second time has nothing to do', async () => {
    const before = bytesOf(at('set'))
    expect(await tokenizeDataset(at('set'), llama2)).toMatchObject({ rows: 700, added: 0, tokens: 0 })
    expect(bytesOf(at('set'))).toEqual(before)
  })

  test('goes on behind an append, whose readers keep what they had', async () => {
    cpSync(at('set'), at('grown'), { recursive: true })
    const writer = await appendDataset(at('grown'))
    const [first] = pairsOf('Q', 1)
    const none = { language: 'en', split: null, media: [], mediaIds: [], mediaTimes: null, metadata: null }
    await writer.addPair({ ...none, ...(first as Required<PairSpec>), mediaKind: 'none' })
    await writer.finish({})
    expect(await compareLengths(at('grown'))).toBe(700)
    await withDataset(at('grown'), async (old) => {
      const lengths = openLengths(old, rules)
      expect(await tokenizeDataset(at('grown'), llama2)).toMatchObject({ rows: 701, added: 1 })
      expect((await lengths.window(0, 700)).response).toHaveLength(700)
      await lengths.close()
    })
    expect(await compareLengths(at('grown'))).toBe(701)
    expect(await verifyDataset(at('grown'))).toMatchObject({ ok: true, issues: [] })
    await rebuildIndexes(at('grown'))
    expect(await verifyDataset(at('grown'))).toMatchObject({ ok: true })
  })

  test('refuses a name that another table has, and names that exist nowhere', async () => {
    const before = bytesOf(at('set'))
    for (const [options, code] of [
      [{ tokenizer: 'bytes', name: 'bytes-llama2' }, 'MIMICIT_BAD_VALUE'],
      [{ ...llama2, ids: false }, 'MIMICIT_BAD_VALUE'],
      [{ tokenizer: 'bytes', name: '../x' }, 'MIMICIT_BAD_VALUE'],
      [{ tokenizer: 'bytes', template: 'fancy' }, 'MIMICIT_UNKNOWN_NAME'],
      [{ tokenizer: 'bytes', cleaning: 'fancy' }, 'MIMICIT_UNKNOWN_NAME'],
      [{ tokenizer: at('none.json') }, 'MIMICIT_NOT_FOUND'],
      [{ tokenizer: 'bytes', threads: 2 }, 'MIMICIT_UNKNOWN_OPTION'],
    ] as const) {
      expect((await faultOf(tokenizeDataset(at('set'), options as never))).code).toBe(code)
    }
    expect(bytesOf(at('set'))).toEqual(before)
  })

  test.each([0, 2])('leaves the data set as it was when it is stopped, with %i threads', async (workers) => {
    const before = bytesOf(at('plain'))
    const stop = new AbortController()
    const onProgress = () => stop.abort()
    const { signal } = stop
    const fault = await faultOf(tokenizeDataset(at('plain'), { ...llama2, workers, onProgress, signal }))
    expect(fault.code).toBe('MIMICIT_ABORTED')
    expect(bytesOf(at('plain'))).toEqual(before)
  })

  test('tells what a thread found', async () => {
    cpSync(at('plain'), at('damaged'), { recursive: true })
    const path = join(at('damaged'), 'pairs/00000.parquet')
    const bytes = readFileSync(path)
    bytes[200]! ^= 1
    writeFileSync(path, bytes)
    for (const workers of [0, 1]) {
      expect((await faultOf(tokenizeDataset(at('damaged'), { ...llama2, workers }))).code).toBe('MIMICIT_CORRUPT')
    }
  })
})

describe('lengths tables are carried along', () => {
  test('by a filter, a split and a rewrite into Arrow and back', async () => {
    await filterDataset(at('set'), { out: at('filtered'), subset: ['B'] })
    await splitDataset(at('set'), { out: at('split'), validation: 0.2 })
    await rewriteDataset({ source: at('set'), out: at('arrow'), form: 'arrow' })
    await rewriteDataset({ source: at('arrow'), out: at('back'), form: 'parquet' })
    await rewriteDataset({ source: at('set'), out: at('compat'), form: 'parquet', compat: true })
    const counts = { filtered: 466, split: 700, arrow: 700, back: 700, compat: 700 }
    for (const [name, rows] of Object.entries(counts)) {
      expect([name, await compareLengths(at(name))]).toEqual([name, rows])
      expect(await verifyDataset(at(name))).toMatchObject({ ok: true, issues: [] })
    }
    expect(bytesOf(at('back'))).toEqual(bytesOf(at('set')))
  })

  test('by a merge as far as every source has them, and gone on with', async () => {
    await writeDataset(at('other'), { pairs: pairsOf('O', 20) })
    await mergeDatasets([at('set'), at('other')], { out: at('ahead') })
    expect(await compareLengths(at('ahead'))).toBe(700)
    expect(await tokenizeDataset(at('ahead'), llama2)).toMatchObject({ rows: 720, added: 20 })
    expect(await compareLengths(at('ahead'))).toBe(720)
    await mergeDatasets([at('other'), at('set')], { out: at('behind') })
    expect(await compareLengths(at('behind'))).toBe(0)
    await tokenizeDataset(at('other'), llama2)
    await mergeDatasets([at('other'), at('set')], { out: at('both') })
    expect(await compareLengths(at('both'))).toBe(720)
    expect(await verifyDataset(at('both'))).toMatchObject({ ok: true, issues: [] })
  })

  test('by a layout in another order, if they are whole', async () => {
    const near = Array.from({ length: 30 }, (_, query) => ({ query, contexts: [(query + 15) % 30], scores: null }))
    await writeDataset(at('near'), { pairs: pairsOf('N', 30), contexts: { near } })
    await tokenizeDataset(at('near'), llama2)
    await reorderByLocality(at('near'), { out: at('ordered'), context: 'near' })
    expect(await withDataset(at('ordered'), async (dataset) => (await dataset.pair(1)).id)).not.toBe('N_1')
    expect(await compareLengths(at('ordered'))).toBe(30)
    expect(await verifyDataset(at('ordered'))).toMatchObject({ ok: true, issues: [] })
  })

  test('in the Arrow form, too, where they are made there', async () => {
    await rewriteDataset({ source: at('plain'), out: at('plain-arrow'), form: 'arrow' })
    await tokenizeDataset(at('plain-arrow'), llama2)
    expect(await compareLengths(at('plain-arrow'))).toBe(700)
    expect(await verifyDataset(at('plain-arrow'))).toMatchObject({ ok: true, issues: [] })
  })
})

test('training on stored ids gives the batches that texts give', async () => {
  await importFixtures(at('fixtures'))
  const options = { batchSize: 4, imageSize: 8, shots: 2, seed: 3, template: 'idefics', labels: 'query' }
  const rowsOf = async (more: object) => {
    const rows: unknown[] = []
    for await (const batch of loadMimicIT(at('fixtures'), { ...options, ...more })) {
      rows.push([batch.ids, [...batch.inputIds], [...batch.labels], batch.shape])
    }
    return rows
  }
  const uses = [
    {},
    { turnBytes: 0 },
    { tokens: { answer: 'absent', endOfChunk: 'shown' } },
    { mediaLayout: 'interleaved' },
  ]
  const before = await Promise.all(uses.map(rowsOf))
  await tokenizeDataset(at('fixtures'), { tokenizer: 'bytes', template: 'idefics', ids: true })
  expect(await Promise.all(uses.map(rowsOf))).toEqual(before)
  expect(before[0]!.length).toBeGreaterThan(3)
})
