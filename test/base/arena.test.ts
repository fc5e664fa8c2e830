// Bytes that are kept until a reset.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createArena } from '../../src/base/arena.js'

test('every copy holds its bytes until the reset, whatever else is kept and however long it is', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(50), { maxLength: 30 }), { maxLength: 4 }), (rounds) => {
      const arena = createArena(32)
      for (const lengths of rounds) {
        const source = new Uint8Array(50)
        const kept = lengths.map((length, i) => arena.keep(source.subarray(0, length).fill(i)))
        source.fill(255)
        expect(kept.map((bytes) => Array.from(bytes))).toEqual(lengths.map((length, i) => new Array(length).fill(i)))
        arena.reset()
      }
    }),
  )
})

test('memory is taken once and used again', () => {
  const arena = createArena(32)
  const first = arena.keep(Uint8Array.of(1))
  arena.reset()
  expect(arena.keep(Uint8Array.of(2)).buffer).toBe(first.buffer)
})
