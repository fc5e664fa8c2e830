// In-context examples in a stream: drawn anew in every epoch, in the order asked for, by a function of one's own, and with
// settings of each source.
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { ContextFunction } from '../../src/context/selector.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { CONTEXT_ORDERS, chooseContexts, standing } from '../../src/loader/plan/choose-contexts.js'
import type { LoaderSource } from '../../src/loader/sources.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'
import { batchesOf, threads } from './batches.js'

const root = tempDir()
const data = join(root, 'data')
const COUNT = 12
/** Row q has rows q + 1 to q + 8 as contexts, the nearest first. */
const contextsOf = (row: number) => Array.from({ length: 8 }, (_, i) => (row + 1 + i) % COUNT)
const options: LoaderOptions = { batchSize: 4, workers: 0, imageSize: 8, context: 'near' }

beforeAll(() =>
  writeDataset(data, {
    pairs: Array.from({ length: COUNT }, (_, i) => ({ id: `p${i}` })),
    contexts: {
      near: Array.from({ length: COUNT }, (_, query) => ({ query, contexts: contextsOf(query), scores: null })),
    },
    parameters: { order: 'nearest-first' },
  }),
)

/** Context rows of each sample by epoch and query. */
async function chosen(more: LoaderOptions, source: string | readonly LoaderSource[] = data) {
  const rows = new Map<string, number[]>()
  for (const { epoch, ids, contextIds } of await batchesOf(source, { ...options, ...more })) {
    for (const [i, id] of ids.entries()) {
      rows.set(
        `${epoch} ${id}`,
        contextIds[i]!.map((one) => Number(one.slice(1))),
      )
    }
  }
  return rows
}

const GOLDEN = [
  ['103 104 106 107', '106 107 104 103'],
  ['100 102 103 105', '100 105 103 102'],
  ['100 102 104 106', '100 102 106 104'],
  ['100 101 104 105', '104 100 105 101'],
]

test('k of n: sub-lists of the nearest, in their order, the same for the same key', () => {
  const list = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { maxLength: 12 })
  const draw = fc.record({ seed: fc.integer(), epoch: fc.nat(50), row: fc.nat(999) })
  fc.assert(
    fc.property(
      list,
      fc.nat(6),
      fc.nat(8),
      fc.constantFrom('first' as const, 'last' as const),
      draw,
      (candidates, shots, more, nearest, key) => {
        const size = Math.max(1, shots + more)
        const pool = nearest === 'first' ? candidates.slice(0, size) : candidates.slice(-size)
        const found = chooseContexts(candidates, { shots, nearest, pool: { size, draw: key } })
        expect(found).toEqual(pool.filter((row) => found.includes(row)))
        expect(found).toHaveLength(Math.min(shots, pool.length))
        expect(chooseContexts(candidates, { shots, nearest, pool: { size, draw: key } })).toEqual(found)
        for (const order of CONTEXT_ORDERS) {
          const stand = standing(found, nearest, order, key, (row) => row)
          expect([...stand].sort()).toEqual([...found].sort())
          // What stands beside a context does not move it.
          const without = standing(found.slice(1), nearest, order, key, (row) => row)
          expect(stand.filter((row) => row !== found[0])).toEqual(without)
        }
        expect(standing(found, nearest, 'nearest-first', key, (row) => row)).toEqual(
          nearest === 'first' ? found : [...found].reverse(),
        )
      },
    ),
  )
})

test('the draw is fixed for ever: whoever changes it gives the order of streams another version', () => {
  const candidates = Array.from({ length: 10 }, (_, i) => 100 + i)
  const of = (seed: number, epoch: number, row: number) => {
    const draw = { seed, epoch, row }
    const rows = chooseContexts(candidates, { shots: 4, nearest: 'first', pool: { size: 8, draw } })
    return [rows.join(' '), standing(rows, 'first', 'random', draw, (one) => one).join(' ')]
  }
  expect([of(0, 0, 0), of(0, 1, 0), of(0, 0, 1), of(7, 3, 12345)]).toEqual(GOLDEN)
})

test('every epoch has other contexts, of every size of batch and any start', async () => {
  const once = await chosen({ shots: 3, contextPool: 6, epochs: 3, contextOrder: 'nearest-first' })
  expect(once.size).toBe(3 * COUNT)
  let differ = 0
  for (let row = 0; row < COUNT; row++) {
    for (const epoch of [0, 1, 2]) {
      const rows = once.get(`${epoch} p${row}`)!
      expect(rows).toHaveLength(3)
      expect(rows).toEqual(
        contextsOf(row)
          .slice(0, 6)
          .filter((one) => rows.includes(one)),
      )
    }
    if (`${once.get(`0 p${row}`)}` !== `${once.get(`1 p${row}`)}`) differ++
  }
  expect(differ).toBeGreaterThan(COUNT / 2)
  expect(await chosen({ shots: 3, contextPool: 6, epochs: 3, contextOrder: 'nearest-first', batchSize: 5 })).toEqual(
    once,
  )
  expect(await chosen({ shots: 3, contextPool: 6, epochs: 3, contextOrder: 'nearest-first', worker: true })).toEqual(
    once,
  )
  const loader = loadMimicIT(data, { ...options, shots: 3, contextPool: 6, epochs: 3, contextOrder: 'nearest-first' })
  let seen = 0
  for await (const _ of loader) if (++seen === 4) break
  const resume = loader.state()
  const rest = await chosen({ shots: 3, contextPool: 6, epochs: 3, contextOrder: 'nearest-first', resume })
  expect(rest.size).toBe(3 * COUNT - 4 * 4)
  for (const [key, rows] of rest) expect(rows).toEqual(once.get(key))
})

test('packed rows have the contexts of plain ones', async () => {
  const settings: LoaderOptions = { shots: 3, contextPool: 6, epochs: 2, contextOrder: 'random' }
  const packed = new Map<string, readonly string[]>()
  for (const batch of await batchesOf(data, { ...options, ...settings, pack: true, maxTokens: 700 })) {
    for (const [i, id] of batch.ids.entries()) packed.set(`${batch.epoch} ${id}`, batch.contextIds[i]!)
  }
  for (const [key, rows] of await chosen({ ...settings, maxTokens: 700 })) {
    expect(packed.get(key)).toEqual(rows.map((row) => `p${row}`))
  }
  expect(packed.size).toBe(2 * COUNT)
})

test('the most similar stands last; first, as listed and at random where asked for; a budget drops the farthest in any order', async () => {
  const of = async (more: LoaderOptions) => (await chosen({ shots: 3, ...more })).get('0 p0')!
  expect(await of({})).toEqual([3, 2, 1])
  expect(await of({ contextOrder: 'nearest-first' })).toEqual([1, 2, 3])
  expect(await of({ contextOrder: 'listed' })).toEqual([1, 2, 3])
  const orders = new Set(
    (await Promise.all([0, 1, 2, 3].map((seed) => of({ contextOrder: 'random', seed })))).map(String),
  )
  expect(orders.size).toBeGreaterThan(1)
  for (const contextOrder of CONTEXT_ORDERS) {
    const tight = await of({ contextOrder, maxTokens: 125 })
    expect([contextOrder, [...tight].sort()]).toEqual([contextOrder, [1, 2]])
  }
})

test('an order or a pool makes another plan; one that changes nothing does not', async () => {
  const planOf = async (more: LoaderOptions) => {
    const loader = loadMimicIT(data, { ...options, shots: 3, ...more })
    const { plan } = await loader.ready()
    await loader.close()
    return plan
  }
  const plans = await Promise.all(
    [{}, { contextOrder: 'nearest-first' }, { contextOrder: 'random' }, { contextPool: 5 }, { contextPool: 6 }].map(
      (more) => planOf(more as LoaderOptions),
    ),
  )
  expect(new Set(plans).size).toBe(5)
  expect(await planOf({ contextOrder: 'nearest-last' })).toBe(plans[0])
  expect(await planOf({ shots: 1, contextOrder: 'random' })).toBe(await planOf({ shots: 1 }))
})

test('each source of a mixture has its own', async () => {
  const other = join(root, 'other')
  await writeDataset(other, {
    pairs: Array.from({ length: COUNT }, (_, i) => ({ id: `q${i}` })),
    contexts: {
      near: Array.from({ length: COUNT }, (_, query) => ({ query, contexts: contextsOf(query), scores: null })),
    },
    parameters: { order: 'nearest-first' },
  })
  const rows = await chosen({ shots: 2 }, [
    { source: data },
    { source: other, shots: 4, contextOrder: 'nearest-first', contextPool: 4 },
  ])
  expect(rows.get('0 p0')).toEqual([2, 1])
  expect(rows.get('0 q0')).toEqual([1, 2, 3, 4])
})

const next: ContextFunction = ({ row, id, instruction, ...rest }, dataset, rng) => {
  expect([id, instruction, 'response' in rest]).toEqual([`p${row}`, `What is p${row}?`, false])
  const { rows } = dataset.manifest.tables.pairs
  return [(row + 1) % rows, (row + 2 + rng.below(3)) % rows]
}

test("a function of one's own, in a stream, in a source, and where a thread was asked for", async () => {
  const rows = await chosen({ context: next, shots: 2, epochs: 2 })
  for (let row = 0; row < COUNT; row++) {
    const [far, near] = rows.get(`0 p${row}`)!
    expect(near).toBe((row + 1) % COUNT)
    expect([2, 3, 4]).toContain((far! - row + COUNT) % COUNT)
    expect(rows.get(`1 p${row}`)).toEqual(rows.get(`0 p${row}`))
  }
  const before = threads()
  const loader = loadMimicIT(data, { ...options, context: next, shots: 2, epochs: 2, worker: true })
  const { plan } = await loader.ready()
  expect(threads()).toBe(before)
  await loader.close()
  expect(await chosen({ context: next, shots: 2, epochs: 2, worker: true })).toEqual(rows)
  expect(await chosen({ shots: 2, epochs: 2, worker: true }, [{ source: data, context: next }])).toEqual(rows)
  const changed = loadMimicIT(data, { ...options, context: ({ row }) => [row === 0 ? 1 : 0], shots: 2, epochs: 2 })
  expect((await changed.ready()).plan).not.toBe(plan)
  await changed.close()
})

test('what cannot be is told', async () => {
  const fault = (more: object) => faultOf(batchesOf(data, { ...options, ...more } as LoaderOptions))
  expect(await fault({ context: 3 })).toMatchObject({
    code: 'MIMICIT_BAD_VALUE',
    parts: { where: 'option context of loadMimicIT', expected: 'the name of an in-context function, or a function' },
  })
  expect((await fault({ contextOrder: 'best' })).code).toBe('MIMICIT_BAD_VALUE')
  expect((await fault({ shots: 4, contextPool: 3 })).parts).toMatchObject({
    where: 'option contextPool of loadMimicIT',
  })
  const own = await fault({ shots: 1, context: ({ row }: { readonly row: number }) => [row] })
  expect([own.code, own.message]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('for pair p')])
  expect((await fault({ shots: 1, context: () => [COUNT] })).code).toBe('MIMICIT_BAD_VALUE')
  const thrown = batchesOf(data, {
    ...{ ...options, shots: 1 },
    context() {
      throw new Error('of its own')
    },
  })
  await expect(thrown).rejects.toThrow('of its own')
})
