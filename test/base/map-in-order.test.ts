import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mapInOrder } from '../../src/base/map-in-order.js'

/** Work that ends when the test says so. */
function desk() {
  const open = new Map<number, () => void>()
  let most = 0
  return {
    open,
    most: () => most,
    work: (item: number) => {
      const done = new Promise<number>((resolve) => open.set(item, () => resolve(item * 10)))
      most = Math.max(most, open.size)
      return done.finally(() => open.delete(item))
    },
  }
}
const turns = async (n = 10) => {
  for (let i = 0; i < n; i++) await Promise.resolve()
}

test('results come in order of the items however work ends, and never more than the bound is in flight', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()), async (concurrency, picks) => {
      const { open, work, most } = desk()
      const results: number[] = []
      let finished = false
      const all = (async () => {
        for await (const result of mapInOrder([1, 2, 3, 4, 5, 6, 7], concurrency, work)) results.push(result)
        finished = true
      })()
      while (!finished) {
        await turns()
        const waiting = [...open.values()]
        if (waiting.length > 0) waiting[(picks.next().value as number) % waiting.length]!()
      }
      await all
      expect(results).toEqual([10, 20, 30, 40, 50, 60, 70])
      expect(most()).toBe(Math.min(concurrency, 7))
    }),
    { numRuns: 30 },
  )
})

test('a consumer that stops early waits for what is in flight, and nothing new is begun', async () => {
  const { open, work } = desk()
  const iterator = mapInOrder([1, 2, 3, 4, 5, 6], 3, work)
  const first = iterator.next()
  await turns()
  open.get(1)!()
  expect(await first).toEqual({ value: 10, done: false })
  let returned = false
  const stopping = iterator.return(undefined).then(() => {
    returned = true
  })
  await turns(50)
  expect([[...open.keys()], returned]).toEqual([[2, 3], false])
  open.get(2)!()
  open.get(3)!()
  await stopping
  expect([open.size, returned]).toEqual([0, true])
})

test('a failure is thrown in its turn, after what came before it', async () => {
  const seen: number[] = []
  const run = async () => {
    const results = mapInOrder([1, 2, 3, 4], 4, async (item) => {
      if (item === 3) throw new Error('third')
      return item
    })
    for await (const item of results) seen.push(item)
  }
  await expect(run()).rejects.toThrow('third')
  expect(seen).toEqual([1, 2])
})
