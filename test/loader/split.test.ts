// loadMimicIT({ split }): queries and in-context examples of one split only.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type LoaderOptions, loadMimicIT } from '../../src/index.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const dir = tempDir()
const [data, other, bare] = ['data', 'other', 'bare'].map((name) => join(dir, name))
const splits = ['train', 'test', 'train', null, 'test', 'train'] as const
const pairs = splits.map((split, i) => ({ id: `p${i}`, split }))
const contexts = {
  near: splits.map((_, query) => ({
    query,
    contexts: [0, 1, 2, 3, 4, 5].filter((row) => row !== query),
    scores: null,
  })),
  train: [5, 1, 0].map((query) => ({ query, contexts: [2, 4], scores: null })),
  lone: [{ query: 3, contexts: [], scores: null }],
}

beforeAll(async () => {
  await writeDataset(data!, { pairs, contexts })
  await writeDataset(other!, { pairs: pairs.map(({ id }, i) => ({ id, split: splits[5 - i]! })), contexts })
  await writeDataset(bare!, { pairs: [{ id: 'p' }] })
})

const options = { shuffle: 'none', batchSize: 2, tokenizer: 'bytes' } as const
async function rowsOf(given: LoaderOptions, source = data!) {
  const rows: [id: string, text: string][] = []
  for await (const batch of loadMimicIT(source, { ...options, ...given })) {
    const width = batch.inputIds.length / batch.ids.length
    for (const [i, id] of batch.ids.entries()) {
      const tokens = [...batch.inputIds.subarray(i * width, (i + 1) * width)]
      rows.push([id, String.fromCharCode(...tokens.filter((token) => token < 256))])
    }
  }
  return rows
}
const idsOf = async (given: LoaderOptions) => (await rowsOf(given)).map(([id]) => id)

test('queries are those of the split, in their order, listed or all', async () => {
  expect(await idsOf({ context: 'none', split: 'train' })).toEqual(['p0', 'p2', 'p5'])
  expect(await idsOf({ context: 'none', split: 'test' })).toEqual(['p1', 'p4'])
  expect(await idsOf({ split: 'train' })).toEqual(['p5', 'p0'])
  expect(await idsOf({ split: 'train', queries: 'all' })).toEqual(['p0', 'p2', 'p5'])
  expect(await idsOf({})).toEqual(['p5', 'p1', 'p0'])
})

test('in-context examples of another split, or of none, are left out', async () => {
  const named = (text: string) => [...text.matchAll(/What is (p\d)\?/g)].map(([, id]) => id)
  const rows = await rowsOf({ context: 'near', split: 'train', shots: 5 })
  expect(rows.map(([id, text]) => [id, named(text).sort()])).toEqual(
    ['p0', 'p2', 'p5'].map((id) => [id, ['p0', 'p2', 'p5']]),
  )
  const test = await rowsOf({ context: 'near', split: 'test', shots: 1 })
  expect(test.map(([id, text]) => [id, named(text)])).toEqual([
    ['p1', ['p4', 'p1']],
    ['p4', ['p1', 'p4']],
  ])
})

test('the worker thread gives the same stream', async () => {
  const given = { context: 'near', split: 'train', shots: 2, shuffle: 'full', seed: 3 } as const
  expect(await rowsOf({ ...given, worker: true })).toEqual(await rowsOf(given))
})

test('the plan tells one split from another, and the same split of other pairs; without one it is as before', async () => {
  const planOf = async (given: LoaderOptions, source = data!) => {
    const loader = loadMimicIT(source, { ...options, context: 'none', ...given })
    const { plan, planParts } = await loader.ready()
    await loader.close()
    return { plan, planParts }
  }
  const plans = await Promise.all([planOf({}), planOf({ split: 'train' }), planOf({ split: 'test' })])
  const elsewhere = await planOf({ split: 'train' }, other!)
  expect(elsewhere.planParts.orderKey).toBe(plans[1]!.planParts.orderKey)
  expect(new Set([...plans, elsewhere].map(({ plan }) => plan)).size).toBe(4)
  expect(plans[0]!.planParts).not.toHaveProperty('split')
  expect((await planOf({}, other!)).plan).toBe(plans[0]!.plan)
})

test.each<[string, LoaderOptions, number, string, string]>([
  ['a split that no pair has', { split: 'validation' }, 0, 'MIMICIT_UNKNOWN_NAME', 'one of test, train'],
  ['a split where none is named', { split: 'train' }, 2, 'MIMICIT_UNKNOWN_NAME', 'mimicit split'],
  [
    'a split without listed queries',
    { split: 'train', context: 'lone' },
    0,
    'MIMICIT_UNKNOWN_NAME',
    'queries to "all"',
  ],
])('%s', async (_, given, source, code, message) => {
  const fault = await faultOf(rowsOf(given, [data, other, bare][source]!))
  expect([fault.code, fault.message.includes(message)], fault.message).toEqual([code, true])
})

test('a name that is no split', async () => {
  const fault = await faultOf(() => loadMimicIT(data!, { split: 'dev' as 'test' }))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_VALUE', 'option split of loadMimicIT'])
})
