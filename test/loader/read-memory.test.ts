// Rooms for reads: large enough, nobody else's, and not many more than are in use.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readMemory } from '../../src/loader/read-memory.js'

test.each([true, false])('rooms hold what they were asked for and are nobody else, shared: %s', (shared) => {
  const moves = fc.array(fc.record({ bytes: fc.integer({ min: 1, max: 400_000 }), give: fc.nat(6) }), { maxLength: 40 })
  fc.assert(
    fc.property(moves, (all) => {
      const memory = readMemory(shared)
      const taken: Uint8Array[] = []
      for (const { bytes, give } of all) {
        const room = memory.take(bytes)
        expect(room.byteLength).toBeGreaterThanOrEqual(bytes)
        // A small read does not take the room that a large one will want.
        expect(room.byteLength).toBeLessThanOrEqual(2 * bytes + (2 << 16))
        expect(room.buffer instanceof SharedArrayBuffer).toBe(shared)
        expect(taken.map(({ buffer }) => buffer)).not.toContain(room.buffer)
        taken.push(room)
        if (give < taken.length) memory.give(taken.splice(give, 1)[0]!)
      }
    }),
    { numRuns: 100 },
  )
})

test('the smallest room that is large enough is taken again', () => {
  const memory = readMemory(true)
  const rooms = [300_000, 100_000, 200_000].map((bytes) => memory.take(bytes))
  for (const room of rooms) memory.give(room)
  expect(memory.take(90_000)).toBe(rooms[1])
  expect(memory.take(110_000)).toBe(rooms[2])
  expect(memory.take(140_000)).toBe(rooms[0])
})
