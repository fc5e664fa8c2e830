import { existsSync } from 'node:fs'
import { cp, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { deriveContext } from '../../src/context/derive.js'
import { contextStatistics } from '../../src/context/statistics.js'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { contextRows } from '../../src/shards/context-rows.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import type { ContextRow } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { tasks, writeTasks } from '../support/task-dataset.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const all = tasks()
let made = 0

beforeAll(() => writeTasks(join(root, 'set'), all))

/** A copy that a test may write to. */
async function copy(): Promise<string> {
  const path = join(root, `copy-${made++}`)
  await cp(join(root, 'set'), path, { recursive: true })
  return path
}

async function withDataset<T>(path: string, work: (dataset: Dataset) => Promise<T>): Promise<T> {
  const dataset = await openDataset(path)
  return work(dataset).finally(() => dataset.close())
}

const tableOf = (path: string, name: string) =>
  withDataset(path, async (dataset) => {
    const rows: ContextRow[] = []
    for await (const row of contextRows(dataset, name)) rows.push(row)
    return rows
  })

test('a built table lists every pair with scores, says how it was made, and the data set stays whole and in its order', async () => {
  const path = await copy()
  const { manifest: before } = await openDataset(path)
  const { manifest, report } = await buildContext(path, { name: 'by-text', select: 'text-similarity', k: 3, seed: 4 })
  expect([manifest.orderKey, manifest.generation]).toEqual([before.orderKey, before.generation + 1])
  expect(manifest.contexts['by-text']).toMatchObject({
    rows: all.length,
    maxContexts: 3,
    select: { name: 'text-similarity', parameters: { k: 3, seed: 4, order: 'nearest-first' } },
  })
  const rows = await tableOf(path, 'by-text')
  expect(rows.map(({ query }) => query)).toEqual([...all.keys()])
  for (const { contexts, scores } of rows) {
    expect(contexts).toHaveLength(3)
    expect([...scores!].sort((a, b) => b - a)).toEqual(scores)
  }
  expect(report).toMatchObject({ queries: all.length, contexts: 3 * all.length, shots: [0, 0, 0, all.length] })
  expect(report.embedders.text).toMatch(/^ngrams 1 256$/)
  expect((await verifyDataset(path)).issues).toEqual([])
  const provenance = JSON.parse(await readFile(join(path, 'provenance.json'), 'utf8')) as { appends: object[] }
  expect(provenance.appends.at(-1)).toMatchObject({ command: 'context', context: 'by-text', generation: 1 })
  expect((await readdir(root)).filter((name) => name.includes('.context-'))).toEqual([])
})

test('the same call gives the same bytes, in another place, with threads, and after it was stopped half way', async () => {
  const options = { name: 'pick', select: 'by-task', k: 4 } as const
  const shards = async (path: string) => {
    const { contexts } = (await openDataset(path)).manifest
    return contexts.pick!.shards.map(({ sha256 }) => sha256)
  }
  const [plain, threaded, stopped] = [await copy(), await copy(), await copy()]
  await buildContext(plain, options)
  await buildContext(threaded, { ...options, threads: 2 })
  const stop = new AbortController()
  const fault = await faultOf(
    buildContext(
      stopped,
      {
        ...options,
        signal: stop.signal,
        onProgress: ({ stage, done }) => {
          if (stage === 'choosing contexts' && done >= 40) stop.abort()
        },
      },
      20,
    ),
  )
  expect(fault.code).toBe('MIMICIT_ABORTED')
  const begun: number[] = []
  await buildContext(stopped, {
    ...options,
    onProgress: ({ stage, done }) => void (stage === 'choosing contexts' && begun.push(done)),
  })
  expect(begun[0]).toBeGreaterThan(60)
  expect(await shards(threaded)).toEqual(await shards(plain))
  expect(await shards(stopped)).toEqual(await shards(plain))
})

test('a draft is gone on with, not begun again, and that of other options is not used', async () => {
  const path = await copy()
  let done = 0
  const options = { name: 'mine', k: 2, guards: { leaks: false } }
  const calls: number[] = []
  const select = (query: { readonly row: number }) => {
    calls.push(query.row)
    if (query.row === 35 && done++ === 0) throw new Error('a fault of the function')
    return [query.row === 0 ? 1 : 0]
  }
  await expect(buildContext(path, { ...options, select }, 10)).rejects.toThrow('a fault of the function')
  expect(existsSync(`${path}.context-mine`)).toBe(true)
  calls.length = 0
  const { report } = await buildContext(path, { ...options, select })
  expect(Math.min(...calls)).toBe(30)
  expect(report.contexts).toBe(all.length)
  expect((await tableOf(path, 'mine'))[5]).toEqual({ query: 5, contexts: [0], scores: null })
  expect(existsSync(`${path}.context-mine`)).toBe(false)
})

test('a name that is taken is refused; --replace takes its place, and an open reader goes on reading the old one', async () => {
  const path = await copy()
  await buildContext(path, { name: 'a', select: 'random', k: 2 })
  const before = await tableOf(path, 'a')
  const reader = await openDataset(path)
  const fault = await faultOf(buildContext(path, { name: 'a', select: 'same-visual' }))
  expect([fault.code, fault.parts.received]).toEqual([
    'MIMICIT_NOT_EMPTY',
    `"a", chosen by random for rows 0 to ${all.length}`,
  ])
  await buildContext(path, { name: 'a', select: 'same-visual', replace: true })
  const old: ContextRow[] = []
  for await (const row of contextRows(reader, 'a')) old.push(row)
  await reader.close()
  expect(old).toEqual(before)
  expect(await tableOf(path, 'a')).not.toEqual(before)
  // Nor does `datasets` see it: the card names the files of the new table, not the directory.
  const card = await readFile(join(path, 'README.md'), 'utf8')
  expect(card).toContain(
    '- config_name: context-a\n  data_files:\n  - split: train\n    path:\n    - context/a/00001.parquet\n',
  )
  // The shard of the generation before stays for whoever reads it; the next change clears it away.
  expect((await verifyDataset(path)).issues).toMatchObject([
    { code: 'MIMICIT_UNKNOWN_FILE', level: 'warning', count: 1 },
  ])
  await buildContext(path, { name: 'b', select: 'random' })
  expect((await verifyDataset(path)).issues).toEqual([])
})

test('after an append the same call adds the new pairs and keeps the rows that are there', async () => {
  const path = await copy()
  await buildContext(path, { name: 'a', select: 'random', k: 2 })
  const before = await tableOf(path, 'a')
  const writer = await appendDataset(path)
  const pair = await withDataset(path, (dataset) => dataset.pair(0))
  await writer.addPair({ ...pair, id: 'LACR_T2T_INS_new', instruction: 'Something new?' })
  await writer.finish({})
  await buildContext(path, { name: 'a', select: 'random', k: 2 })
  const after = await tableOf(path, 'a')
  expect(after.slice(0, -1)).toEqual(before)
  expect(after.at(-1)).toMatchObject({ query: all.length })
  expect((await verifyDataset(path)).issues).toEqual([])
})

test('after an append a search through cells goes on too, and both recalls are kept', async () => {
  const path = await copy()
  const options = { name: 'a', select: 'text-similarity', k: 2, search: 'cells' } as const
  const { report } = await buildContext(path, options)
  const pair = await withDataset(path, (dataset) => dataset.pair(0))
  const writer = await appendDataset(path)
  for (let i = 0; i < 9; i++) await writer.addPair({ ...pair, id: `LACR_T2T_INS_new${i}`, instruction: `New ${i}?` })
  await writer.finish({})
  const after = await buildContext(path, options)
  expect(after.report.recalls).not.toEqual(report.recalls)
  const { recalls } = await withDataset(path, (dataset) => contextStatistics(dataset, 'a'))
  expect(recalls).toEqual([...report.recalls, ...after.report.recalls])
  expect((await faultOf(buildContext(path, { ...options, k: 3, name: 'a' }))).code).toBe('MIMICIT_NOT_EMPTY')
})

test('a pair of pictures is on the same picture as another pair with one of them', async () => {
  const path = join(root, 'shared-pictures')
  await writeDataset(path, {
    media: [1, 2, 3, 4].map((content) => ({ ids: [`p${content}`], content })),
    pairs: [
      { id: 'ab', pictures: ['p1', 'p2'] },
      { id: 'ba', pictures: ['p2', 'p1'] },
      { id: 'bc', pictures: ['p2', 'p3'] },
      { id: 'd', pictures: ['p4'] },
    ],
  })
  const { report } = await buildContext(path, { name: 'a', select: 'random', k: 3 })
  expect((await tableOf(path, 'a')).map(({ contexts }) => [...contexts].sort())).toEqual([[3], [3], [3], [0, 1, 2]])
  expect([report.keptOut.sameVisuals, report.sameVisuals]).toEqual([6, 0])
  const open = await buildContext(path, { name: 'b', select: 'random', k: 3, guards: { sameVisuals: false } })
  expect(open.report.sameVisuals).toBe(0.5)
})

test('guards keep leaks, splits and languages out, and count them', async () => {
  const path = join(root, 'guards')
  const answer = 'The red bus stops beside the old town hall.'
  await writeDataset(path, {
    pairs: [
      { id: 'q', instruction: 'What is there?', response: answer, split: 'train' },
      { id: 'equal', instruction: 'What is there now?', response: answer, split: 'train' },
      { id: 'contains', instruction: 'What is there then?', response: `I see: ${answer} Yes.`, split: 'train' },
      {
        id: 'other',
        instruction: 'What is there today?',
        response: 'A field of maize under a grey sky.',
        split: 'train',
      },
      { id: 'held-out', instruction: 'What is there?', response: 'Nothing at all can be seen.', split: 'test' },
      {
        id: 'french',
        instruction: 'What is there?',
        response: 'Rien du tout dans la rue.',
        split: 'train',
        language: 'fr',
      },
    ],
  })
  const { report } = await buildContext(path, { name: 'guarded', select: 'text-similarity', k: 5 })
  const [query] = await tableOf(path, 'guarded')
  expect(query!.contexts).toEqual([3])
  expect(report.keptOut.leaks).toBeGreaterThanOrEqual(2)
  const open = { leaks: false, splits: false, languages: false }
  await buildContext(path, { name: 'open', select: 'text-similarity', k: 5, guards: open })
  expect([...(await tableOf(path, 'open'))[0]!.contexts].sort()).toEqual([1, 2, 3, 4, 5])
  const statistics = await withDataset(path, (dataset) => contextStatistics(dataset, 'open'))
  expect(statistics.leaks).toBeGreaterThan(0)
  expect((await withDataset(path, (dataset) => contextStatistics(dataset, 'guarded'))).leaks).toBe(0)
  await buildContext(path, { name: 'near', select: 'text-similarity', k: 5, guards: { ...open, minScore: 0.99 } })
  expect((await tableOf(path, 'near'))[0]!.contexts.map((row) => [4, 5].includes(row))).toEqual([true, true])
})

test('the two kinds of contexts are reported, and enforced where there are any', async () => {
  const path = await copy()
  const { report } = await buildContext(path, { name: 'plain', select: 'text-similarity', k: 3 })
  const enforced = await buildContext(path, { name: 'kinds', select: 'text-similarity', k: 3, kinds: 'enforce' })
  expect(report.kinds.both).toBeLessThan(enforced.report.kinds.both)
  expect(enforced.report.kinds.multiModal).toBe(1)
  // What has no other pair on its visuals can have no language-only context.
  const alone = all.filter((one) => !all.some((other) => other !== one && `${other.pictures}` === `${one.pictures}`))
  expect(enforced.report.kinds.languageOnly).toBeCloseTo(1 - alone.length / all.length, 10)
})

test('a build that fails before anything is chosen leaves nothing beside the data set', async () => {
  const path = await copy()
  const before = (await readdir(dirname(path))).sort()
  const select = () => 5 as unknown as readonly number[]
  expect((await faultOf(buildContext(path, { name: 'x', select }))).code).toBe('MIMICIT_BAD_VALUE')
  expect((await readdir(dirname(path))).sort()).toEqual(before)
})

test('what cannot be done is told', async () => {
  const path = await copy()
  const build = (options: object) => faultOf(buildContext(path, { name: 'x', select: 'random', ...options }))
  expect((await build({ select: 'clip' })).code).toBe('MIMICIT_UNKNOWN_NAME')
  expect((await build({ name: '../x' })).code).toBe('MIMICIT_BAD_VALUE')
  expect((await build({ k: 0 })).code).toBe('MIMICIT_BAD_VALUE')
  expect((await build({ shots: 3 })).code).toBe('MIMICIT_UNKNOWN_OPTION')
  expect((await build({ select: 'text-similarity', embedders: { text: 'colour-gradient' } })).code).toBe(
    'MIMICIT_BAD_VALUE',
  )
  expect((await build({ select: 'text-similarity', embedders: { text: 'glove' } })).code).toBe('MIMICIT_UNKNOWN_NAME')
  expect((await build({ select: 'text-similarity', embedders: { text: 'ngrams:2' } })).code).toBe('MIMICIT_BAD_VALUE')
  expect(
    (
      await build({
        select: function wild() {
          return [all.length]
        },
      })
    ).message,
  ).toContain('wild')
  const lonely = join(root, 'lonely')
  await writeDataset(lonely, { pairs: [{ id: 'one' }] })
  expect((await faultOf(buildContext(lonely, { name: 'x', select: 'random' }))).code).toBe('MIMICIT_EMPTY')
})

test('training lists by strategy are those of the original scripts, without their repeats', async () => {
  const path = await copy()
  await buildContext(path, { name: 'recipe', select: 'by-task:mimic-it', guards: { leaks: false, subsets: true } })
  const recipe = await tableOf(path, 'recipe')
  const idOf = (row: number) => all[row]!.id
  const make = async (strategy: string, more: object = {}) => {
    await deriveContext(path, { name: 'train', from: 'recipe', strategy, replace: true, ...more })
    return new Map((await tableOf(path, 'train')).map(({ query, contexts }) => [idOf(query), contexts.map(idOf)]))
  }
  expect([...(await make('copy')).keys()]).toEqual(all.map(({ id }) => id))
  expect((await make('first-k')).get('LACR_T2T_INS_000000010')).toEqual(recipe[0]!.contexts.slice(0, 2).map(idOf))
  const lastOnly = await make('last-round-only')
  expect([...lastOnly.keys()].filter((id) => id.startsWith('LACONV'))).toEqual([
    'LACONV_INS_000000033470_0',
    'LACONV_INS_000000033471_1',
    'LACONV_INS_000000033472_2',
  ])
  expect(lastOnly.get('LACONV_INS_000000033472_2')).toEqual(['LACONV_INS_000000033472_0', 'LACONV_INS_000000033472_1'])
  expect((await make('last-rounds', { k: 1 })).get('SN_INS_scene0000_activity1_round2')).toEqual([
    'SN_INS_scene0000_activity1_round1',
  ])
  const dedup = await make('greedy-dedup')
  expect([...dedup.keys()].filter((id) => id.startsWith('DC_'))).toEqual(['DC_INS_000', 'DC_INS_010', 'DC_INS_020'])
  const half = await make('half')
  expect(half.size).toBeGreaterThan(all.length / 4)
  expect(half.size).toBeLessThan((all.length * 3) / 4)
  expect(await make('half')).toEqual(half)
  const filled = await make('last-round-only', { k: 2, repeat: true })
  expect(filled.get('LACONV_INS_000000033471_1')).toEqual(['LACONV_INS_000000033471_0', 'LACONV_INS_000000033471_0'])
  expect(filled.get('LACONV_INS_000000033470_0')).toEqual([])
  expect((await verifyDataset(path)).issues.filter(({ level }) => level === 'error')).toEqual([])
  expect((await faultOf(deriveContext(path, { name: 'train', from: 'recipe', strategy: 'copy' }))).code).toBe(
    'MIMICIT_NOT_EMPTY',
  )
  expect((await faultOf(deriveContext(path, { name: 'y', from: 'recipes', strategy: 'copy' }))).code).toBe(
    'MIMICIT_UNKNOWN_NAME',
  )
  expect((await faultOf(deriveContext(path, { name: 'y', from: 'recipe', strategy: 'all' }))).code).toBe(
    'MIMICIT_UNKNOWN_NAME',
  )
})
