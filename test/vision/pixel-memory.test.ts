// Memory of pictures goes round: rooms never overlap, and there are never more than are in use at once.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pixelMemory } from '../../src/vision/pixel-memory.js'

test.each([true, false])('rooms that are taken never share a byte, shared: %s', (shared) => {
  const sizes = [1, 7, 64, 3 * 24 * 24]
  const moves = fc.array(fc.record({ size: fc.constantFrom(...sizes), give: fc.nat(9) }), { maxLength: 60 })
  fc.assert(
    fc.property(moves, (all) => {
      const memory = pixelMemory(shared)
      const taken: { readonly room: Uint8Array; readonly mark: number }[] = []
      const seen = new Map<number, Set<Uint8Array>>()
      let most = 0
      all.forEach(({ size, give }, i) => {
        const room = memory.take(size)
        expect(room.byteLength).toBe(size)
        expect(room.buffer instanceof SharedArrayBuffer).toBe(shared)
        const mark = 1 + (i % 255)
        taken.push({ room: room.fill(mark), mark })
        seen.set(size, (seen.get(size) ?? new Set()).add(room))
        most = Math.max(most, taken.length)
        for (const one of taken) expect(one.room.findIndex((byte) => byte !== one.mark)).toBe(-1)
        if (give < taken.length) memory.give(taken.splice(give, 1)[0]!.room)
      })
      for (const rooms of seen.values()) expect(rooms.size).toBeLessThanOrEqual(most)
    }),
    { numRuns: 100 },
  )
})

test('shared memory holds many small pictures, or one that is larger than a piece of it', () => {
  const memory = pixelMemory(true)
  const small = [1, 2, 3].map(() => memory.take(3 * 224 * 224))
  expect(new Set(small.map(({ buffer }) => buffer)).size).toBe(1)
  const large = memory.take(3 * 2000 * 2000)
  expect(large.byteLength).toBe(12e6)
  memory.give(large)
  expect(memory.take(12e6)).toBe(large)
})
