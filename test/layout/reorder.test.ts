import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { localityOrder } from '../../src/layout/locality-order.js'
import { reorderByLocality } from '../../src/layout/reorder.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { faultOf } from '../support/fault.js'
import { tasks, writeTasks } from '../support/task-dataset.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()

/** A graph from lists of contexts. */
function graph(lists: readonly (readonly number[])[]) {
  const starts = new Int32Array(lists.length + 1)
  for (const [row, list] of lists.entries()) starts[row + 1] = starts[row]! + list.length
  return { starts, contexts: Int32Array.from(lists.flat()) }
}

test('an order is a permutation, whatever the graph', () => {
  const lists = fc.integer({ min: 1, max: 30 }).chain((rows) => {
    const list = fc.array(fc.integer({ min: 0, max: rows - 1 }), { maxLength: 5 })
    return fc.array(list, { minLength: rows, maxLength: rows })
  })
  fc.assert(
    fc.property(lists, (given) => {
      const order = localityOrder(graph(given))
      expect([...order].sort((a, b) => a - b)).toEqual([...given.keys()])
      expect(localityOrder(graph(given))).toEqual(order)
    }),
  )
})

test('clusters that lie scattered come together, and rows without contexts keep their order', () => {
  // Row r belongs to cluster r % 5; its contexts are the next two of its cluster.
  const lists = Array.from({ length: 40 }, (_, row) => (row < 30 ? [(row + 5) % 30, (row + 10) % 30] : []))
  const order = [...localityOrder(graph(lists))]
  for (let cluster = 0; cluster < 5; cluster++) {
    const members = order.slice(cluster * 6, cluster * 6 + 6).map((row) => row % 5)
    expect(new Set(members).size).toBe(1)
  }
  expect(order.slice(30)).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39])
})

/** Every pair with its pictures and contexts by id: what a data set says, whatever its order. */
async function contentOf(dataset: Dataset) {
  const idOf = async (row: number) => (await dataset.pair(row)).id
  const tables = await Promise.all(Object.keys(dataset.manifest.contexts).map((name) => dataset.context(name)))
  const content: Record<string, unknown> = {}
  for await (const [row, { media, ...pair }] of dataset.pairs()) {
    const pictures = await Promise.all(
      media.map(async (at) => Buffer.from(await dataset.picture(at)).toString('base64')),
    )
    const ids = await Promise.all(media.map(async (at) => (await dataset.media(at)).ids))
    const contexts = await Promise.all(
      tables.map(async (table) => {
        const found = await table.get(row)
        return found && { scores: found.scores, contexts: await Promise.all(found.contexts.map(idOf)) }
      }),
    )
    content[pair.id] = { ...pair, pictures, ids, contexts }
  }
  return content
}

test('a data set laid out anew says the same, in an order in which queries stand near their contexts', async () => {
  const [path, out] = [join(root, 'set'), join(root, 'near')]
  await writeTasks(path, tasks())
  await buildContext(path, { name: 'clip', select: 'same-visual', k: 3 })
  await buildContext(path, { name: 'text', select: 'text-similarity', k: 2 })
  const { manifest } = await reorderByLocality(path, { out, context: 'clip' })
  expect((await verifyDataset(out)).issues).toEqual([])
  const [before, after] = [await openDataset(path), await openDataset(out)]
  expect(manifest.orderKey).not.toBe(before.manifest.orderKey)
  expect(await contentOf(after)).toEqual(await contentOf(before))
  const distance = async (dataset: Dataset) => {
    const table = await dataset.context('clip')
    let sum = 0
    for (const query of table.queries) {
      for (const context of (await table.get(query))!.contexts) sum += Math.abs(context - query)
    }
    return sum
  }
  expect(await distance(after)).toBeLessThan((await distance(before)) / 2)
  await before.close()
  await after.close()
})

test('a table that is not there, and a place that is taken, are told', async () => {
  const path = join(root, 'small')
  await writeDataset(path, {
    pairs: [{ id: 'a' }, { id: 'b' }],
    contexts: { c: [{ query: 0, contexts: [1], scores: null }] },
  })
  const code = async (out: string, context: string) => (await faultOf(reorderByLocality(path, { out, context }))).code
  expect(await code(join(root, 'x'), 'none')).toBe('MIMICIT_UNKNOWN_NAME')
  expect(await code(path, 'c')).toBe('MIMICIT_NOT_EMPTY')
})
