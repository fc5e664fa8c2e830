// What cannot be done, and what is done instead where that is declared: each line of it.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeCheckedJson } from '../../src/base/checked-json.js'
import { buildContext } from '../../src/context/build.js'
import type { TextEmbedder } from '../../src/context/embedders/embedder.js'
import { registerEmbedder } from '../../src/context/embedders/registry.js'
import { selectContexts } from '../../src/context/select.js'
import { contextStatistics } from '../../src/context/statistics.js'
import { contextRows } from '../../src/shards/context-rows.js'
import { openDataset } from '../../src/shards/dataset.js'
import type { ContextRecord } from '../../src/shards/manifest.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { type PairSpec, writeDataset } from '../support/write-dataset.js'

const root = tempDir()
let made = 0
const responses = ['Two buses wait.', 'Nobody is at home tonight.', 'Green hills, far away.', 'A kettle boils over.']
const pair = (id: string, more: Partial<PairSpec> = {}): PairSpec => ({
  ...{ id, instruction: `What about ${id}?`, response: responses[made++ % responses.length]! },
  ...more,
})

async function setOf(...pairs: readonly PairSpec[]): Promise<string> {
  const path = join(root, `set-${made++}`)
  await writeDataset(path, { pairs })
  return path
}

async function lists(path: string, name: string) {
  const dataset = await openDataset(path)
  const rows: (readonly number[])[] = []
  for await (const { contexts } of contextRows(dataset, name)) rows.push(contexts)
  await dataset.close()
  return rows
}

const COMPUTED = ['random', 'text-similarity']

test.each([...COMPUTED, 'by-task'])('%s: k larger than the candidates gives all of them, once each', async (select) => {
  const path = await setOf(pair('a'), pair('b'), pair('c'))
  const { report } = await buildContext(path, { name: 'all', select, k: 50, guards: { leaks: false } })
  expect((await lists(path, 'all')).map((rows) => [...rows].sort())).toEqual([
    [1, 2],
    [0, 2],
    [0, 1],
  ])
  expect(report.shots).toEqual([0, 0, 3])
})

test.each(COMPUTED)('%s: a pair whose split has no other has no contexts, and is counted', async (select) => {
  const path = await setOf(
    pair('a', { split: 'train' }),
    pair('b', { split: 'train' }),
    pair('alone', { split: 'validation' }),
  )
  const { report } = await buildContext(path, { name: 'near', select, k: 2 })
  expect(await lists(path, 'near')).toEqual([[1], [0], []])
  expect(report.shots).toEqual([1, 2])
})

test('splits of one pair each leave nobody a candidate: nothing is written', async () => {
  const path = await setOf(pair('a', { split: 'train' }), pair('b', { split: 'test' }))
  const fault = await faultOf(buildContext(path, { name: 'near', select: 'text-similarity' }))
  expect([fault.code, fault.parts.where]).toEqual([
    'MIMICIT_EMPTY',
    expect.stringContaining('the in-context function text-similarity'),
  ])
  const { contexts } = (await openDataset(path)).manifest
  expect(contexts).toEqual({})
})

test.each(['clip', 'text-similarity:2', 'stored:near', 'TEXT-SIMILARITY'])('%s is no function', async (select) => {
  const path = await setOf(pair('a'), pair('b'))
  const fault = await faultOf(buildContext(path, { name: 'near', select }))
  expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_UNKNOWN_NAME', JSON.stringify(select)])
  expect(fault.parts.expected).toContain('text-similarity, image-similarity')
})

test.each([
  ['too few', Float32Array.of(1, 2, 3), '1 numbers'],
  ['NaN', Float32Array.of(1, 2, Number.NaN, 1), 'one that is not finite'],
  ['Infinity', Float32Array.of(1, 2, 3, Number.NEGATIVE_INFINITY), 'one that is not finite'],
])("an embedder's vectors with %s are refused", async (_, vectors, received) => {
  const bad: TextEmbedder = { kind: 'text', dimensions: 2, identity: 'bad 1', batch: 8, embed: async () => vectors }
  registerEmbedder('bad', async () => bad)
  const path = await setOf(pair('a'), pair('b'))
  const fault = await faultOf(
    buildContext(path, { name: 'near', select: 'text-similarity', embedders: { text: 'bad' } }),
  )
  expect([fault.code, fault.parts]).toEqual([
    'MIMICIT_BAD_VECTOR',
    expect.objectContaining({ received, where: 'the vector of pair row 1, made by bad 1' }),
  ])
})

test.each([
  ['rows that there never were', (near: ContextRecord) => ({ ...near, pairs: { from: 0, to: 9 } })],
  ['another order key', (near: ContextRecord) => ({ ...near, orderKey: 'f'.repeat(64) })],
])('a table made from %s is refused', async (_, change) => {
  const path = await setOf(pair('a'), pair('b'))
  const { manifest } = await buildContext(path, { name: 'near', select: 'random' })
  const contexts = { near: change(manifest.contexts.near!) }
  await writeFile(join(path, 'manifest.json'), encodeCheckedJson({ ...manifest, contexts }))
  const fault = await faultOf(
    (async () => {
      const dataset = await openDataset(path)
      await selectContexts(dataset, 'stored:near').finally(() => dataset.close())
    })(),
  )
  expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_MANIFEST', expect.stringContaining('near')])
})

test('recall that was measured is kept with the table, and told', async () => {
  const path = await setOf(
    ...Array.from({ length: 30 }, (_, i) => pair(`p${i}`, { instruction: `word${i % 7} w${i}` })),
  )
  const { report } = await buildContext(path, { name: 'near', select: 'text-similarity', k: 2, search: 'cells' })
  await buildContext(path, { name: 'exact', select: 'text-similarity', k: 2 })
  const dataset = await openDataset(path)
  expect((await contextStatistics(dataset, 'near')).recalls).toEqual(report.recalls)
  expect(report.recalls).toMatchObject([{ items: 30 }])
  expect((await contextStatistics(dataset, 'exact')).recalls).toEqual([])
  await dataset.close()
  expect(await readFile(join(path, 'manifest.json'), 'utf8')).toContain('"recalls"')
})
