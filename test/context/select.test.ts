import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { selectors } from '../../src/context/registry.js'
import { defaultContext, selectContexts } from '../../src/context/select.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourcePairs, sourceTrain } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
let dataset: Dataset
const rowOf = new Map(sourcePairs.map(([id], row) => [id, row]))

beforeAll(async () => {
  await importFixtures(join(root, 'set'))
  dataset = await openDataset(join(root, 'set'))
  return () => dataset.close()
})

test('a stored table answers with its rows, by its own name or by stored:name', async () => {
  for (const name of ['train', 'stored:train']) {
    const selection = await selectContexts(dataset, name)
    expect([selection.name, selection.maxContexts, selection.queries!.length]).toEqual([
      'stored:train',
      4,
      sourceTrain.length,
    ])
    for (const [id, ids] of sourceTrain.slice(0, 20)) {
      expect(await selection.contexts(rowOf.get(id)!)).toEqual(ids.map((one) => rowOf.get(one)))
    }
  }
  const related = await selectContexts(dataset, 'rel_ins_ids')
  expect(related.identity).not.toEqual((await selectContexts(dataset, 'train')).identity)
})

test('a query that the table does not list has no contexts', async () => {
  const selection = await selectContexts(dataset, 'train')
  const held = sourcePairs.findIndex(([id]) => !sourceTrain.some(([key]) => key === id))
  expect(await selection.contexts(held)).toEqual([])
})

test('none has none', async () => {
  const none = await selectContexts(dataset, 'none')
  expect([none.maxContexts, none.queries, await none.contexts(0)]).toEqual([0, undefined, []])
})

test.each(['clip', 'none:clip', 'random:3', 'by-tasks', 'stored', 'stored:', 'stored:clip', 'toString', ''])(
  '%j is refused with the names there are',
  async (name) => {
    const fault = await faultOf(selectContexts(dataset, name))
    expect(fault.code).toBe('MIMICIT_UNKNOWN_NAME')
    expect(fault.parts.expected).toBe(
      `one of stored:rel_ins_ids, stored:train, none, ${Object.keys(selectors).join(', ')}`,
    )
    expect(fault.message).toContain(JSON.stringify(name))
  },
)

test('a name that is nearly one is told with the one that was meant; what is stored needs no computing', async () => {
  const hint = async (work: Promise<unknown>) => (await faultOf(work)).parts.hint
  expect(await hint(selectContexts(dataset, 'text-similarty'))).toBe('Did you mean text-similarity?')
  expect(await hint(selectContexts(dataset, 'stored:trian'))).toBe('Did you mean stored:train?')
  const build = (select: string) => hint(buildContext(join(root, 'set'), { name: 'x', select }))
  expect(await build('image-similarty')).toBe('Did you mean image-similarity?')
  expect(await build('none')).toBe('It needs no computing: name it when loading.')
})

test.each([undefined, 5, 'text', { row: 1 }])("a function of one's own that gives %j is refused", async (given) => {
  const selection = await selectContexts(dataset, () => given as unknown as readonly number[])
  const fault = await faultOf(selection.contexts(3))
  expect([fault.code, fault.parts.expected]).toEqual(['MIMICIT_BAD_VALUE', 'a list of pair rows'])
})

test('the default is the training list, else the related ids, else none', async () => {
  expect(defaultContext(dataset)).toBe('stored:train')
  for (const [names, expected] of [
    [['rel_ins_ids', 'mine'], 'stored:rel_ins_ids'],
    [['mine'], 'none'],
  ] as const) {
    const path = join(root, expected)
    const writer = await createDataset(path)
    for (const name of names) await writer.context(name, { name: 'stored', parameters: {} })
    await writer.finish({})
    const other = await openDataset(path)
    expect(defaultContext(other)).toBe(expected)
    await other.close()
  }
})
