// Memory of pixels that is made ready while somebody waits: it is there for a batch of its size, and nobody writes to it from then on.
import { expect, test } from 'vitest'
import { bufferPool } from '../../src/loader/recycle.js'

test('memory that is made ready is taken by the batch of its size, however far it has come', async () => {
  const pool = bufferPool(8 << 20)
  const ready = pool.prepare(3 << 20)
  const { buffer, fresh } = pool.take(3 << 20)
  expect([buffer.byteLength, fresh]).toEqual([3 << 20, false])
  const array = new Uint8Array(buffer).fill(7)
  await ready
  expect(array.every((value) => value === 7)).toBe(true)
  expect(pool.take(3 << 20).fresh).toBe(true)
})

test('more than may be kept is not made ready, and what has another size is not taken', async () => {
  const pool = bufferPool(2 << 20)
  await pool.prepare(3 << 20)
  expect(pool.take(3 << 20).fresh).toBe(true)
  await pool.prepare(1 << 20)
  expect(pool.take(1 << 19).fresh).toBe(true)
  expect(pool.take(1 << 20)).toEqual({ buffer: new ArrayBuffer(1 << 20), fresh: false })
})

test('rooms that are missing are made ready, and none where as many were made already', async () => {
  const pool = bufferPool(8 << 20)
  const held = pool.take(1 << 20)
  await pool.prepare(1 << 20)
  await pool.settle(3, 1 << 20)
  expect(held.fresh).toBe(true)
  expect([pool.take(1 << 20), pool.take(1 << 20), pool.take(1 << 20)].map(({ fresh }) => fresh)).toEqual([
    false,
    false,
    true,
  ])
  await pool.settle(3, 1 << 20)
  expect(pool.take(1 << 20).fresh).toBe(true)
})
