import { expect, test } from 'vitest'
import { allSettled } from '../../src/base/all-settled.js'

test('gives results in order', async () => {
  expect(await allSettled([Promise.resolve(1), Promise.resolve(2)])).toEqual([1, 2])
})

test('throws the first failure in order, after all work has ended', async () => {
  let end = () => {}
  const slow = new Promise<number>((resolve) => {
    end = () => resolve(1)
  })
  let told: unknown
  const all = allSettled([slow, Promise.reject(new Error('second')), Promise.reject(new Error('third'))]).catch(
    (error) => {
      told = error
    },
  )
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  expect(told).toBeUndefined()
  end()
  await all
  expect(told).toEqual(new Error('second'))
})
