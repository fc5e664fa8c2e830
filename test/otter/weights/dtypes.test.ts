// Number types of weights: widening is exact, rounding goes to the nearest and to the even one of two.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { narrow, widenInto } from '../../../src/otter/weights/dtypes.js'

const widen = (dtype: 'float16' | 'bfloat16', bits: Uint16Array) => {
  const out = new Float32Array(bits.length)
  widenInto(out, dtype, new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength))
  return out
}
const bitsOf = (dtype: 'float16' | 'bfloat16', values: readonly number[]) => {
  const bytes = narrow(Float32Array.from(values), dtype, 'x')
  return new Uint16Array(bytes.buffer, bytes.byteOffset, values.length)
}
const all = Uint16Array.from({ length: 65_536 }, (_, bits) => bits)

describe.each(['float16', 'bfloat16'] as const)('%s', (dtype) => {
  const values = widen(dtype, all)
  const finite = [...values].map((value, bits) => [value, bits] as const).filter(([value]) => Number.isFinite(value))

  test('every value comes back as it was', () => {
    for (const [bits, value] of values.entries()) {
      const [back = 0] = bitsOf(dtype, [value])
      if (Number.isNaN(value)) expect(widen(dtype, Uint16Array.of(back))[0]).toBeNaN()
      else if (back !== bits) expect.fail(`${value} became ${back} instead of ${bits}`)
    }
  })

  test('any other value becomes the nearest, the even one of two', () => {
    const positive = finite.filter(([, bits]) => bits < 0x8000)
    fc.assert(
      fc.property(
        fc.nat(positive.length - 2),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        (i, part, negative) => {
          const [low, lowBits] = positive[i]!
          const [high] = positive[i + 1]!
          for (const between of [Math.fround(low + part * (high - low)), low + (high - low) / 2]) {
            const sign = negative ? -1 : 1
            const [bits = 0] = bitsOf(dtype, [sign * between])
            const down = between - low < high - between || (between - low === high - between && lowBits % 2 === 0)
            expect(bits & 0x7fff).toBe(down ? lowBits : lowBits + 1)
            expect(bits >> 15).toBe(negative ? 1 : 0)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  test('a value beyond its range is refused by name, an infinity stays one', () => {
    const largest = Math.max(...finite.map(([value]) => value))
    expect(widen(dtype, bitsOf(dtype, [largest, -largest, Infinity, -Infinity]))).toEqual(
      Float32Array.of(largest, -largest, Infinity, -Infinity),
    )
    const tooLarge = dtype === 'float16' ? 65_520 : 3.4e38
    expect(() => narrow(Float32Array.of(tooLarge), dtype, 'tensor a')).toThrow(
      expect.objectContaining({ code: 'MIMICIT_BAD_VALUE', message: expect.stringContaining('tensor a') }),
    )
  })

  test('values need not lie on a boundary', () => {
    const bytes = new Uint8Array(7)
    bytes.set(new Uint8Array(bitsOf(dtype, [1, 2, 3]).slice().buffer), 1)
    const out = new Float32Array(3)
    widenInto(out, dtype, bytes.subarray(1))
    expect(out).toEqual(Float32Array.of(1, 2, 3))
  })
})
