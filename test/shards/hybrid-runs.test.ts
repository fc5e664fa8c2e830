// Runs of Parquet's hybrid encoding give the numbers that were written, whatever runs they came in.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hybridRuns } from '../../src/shards/hybrid-runs.js'

interface Run {
  readonly packed: boolean
  readonly numbers: readonly number[]
}

/** Runs as the format has them: packed ones in eights, others of one number. */
function encoded(runs: readonly Run[], width: number): Uint8Array {
  const bytes: number[] = []
  const head = (value: number) => {
    for (; value >= 0x80; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80)
    bytes.push(value)
  }
  for (const { packed, numbers } of runs) {
    if (!packed) {
      head(2 * numbers.length)
      for (let bit = 0; bit < width; bit += 8) bytes.push(Math.floor(numbers[0]! / 2 ** bit) % 256)
      continue
    }
    head(2 * (numbers.length / 8) + 1)
    const bits = numbers.flatMap((number) =>
      Array.from({ length: width }, (_, bit) => Math.floor(number / 2 ** bit) % 2),
    )
    for (let at = 0; at < bits.length; at += 8)
      bytes.push(bits.slice(at, at + 8).reduce((sum, bit, i) => sum + bit * 2 ** i, 0))
  }
  return Uint8Array.from(bytes)
}

test('any runs of any width are read as they were written', () => {
  const any = fc.integer({ min: 0, max: 24 }).chain((width) => {
    const number = fc.integer({ min: 0, max: 2 ** width - 1 })
    const repeated = fc
      .tuple(number, fc.integer({ min: 1, max: 300 }))
      .map(([one, times]) => ({ packed: false, numbers: Array.from({ length: times }, () => one) }))
    const packed = fc
      .integer({ min: 1, max: 5 })
      .chain((eights) => fc.array(number, { minLength: 8 * eights, maxLength: 8 * eights }))
      .map((numbers) => ({ packed: true, numbers }))
    return fc.tuple(fc.constant(width), fc.array(fc.oneof(repeated, packed), { minLength: 1, maxLength: 6 }), fc.nat(7))
  })
  fc.assert(
    fc.property(any, ([width, runs, beyond]) => {
      const numbers = runs.flatMap((run) => run.numbers)
      // The last eight of a packed run may be more than there are.
      const count = runs.at(-1)!.packed ? numbers.length - beyond : numbers.length
      const bytes = Uint8Array.from([255, 255, ...encoded(runs, width), 255])
      const at = hybridRuns(bytes, 2, bytes.byteLength - 1, width, count)
      expect(Array.from({ length: count }, (_, i) => at(i))).toEqual(numbers.slice(0, count))
    }),
  )
})
