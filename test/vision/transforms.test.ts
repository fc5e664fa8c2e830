// Plans of transforms: exact numbers, and what holds for any size.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TransformName, transformNamed, transforms } from '../../src/vision/transforms.js'
import { faultOf } from '../support/fault.js'

describe('transforms', () => {
  test('squash takes the whole picture, whatever its aspect', () => {
    expect(transforms.squash(640, 480, 224)).toEqual({
      source: { left: 0, top: 0, width: 640, height: 480 },
      scaled: { width: 224, height: 224 },
      kept: { left: 0, top: 0, width: 224, height: 224 },
      at: { left: 0, top: 0 },
    })
  })

  test('resize-shortest truncates the longer side and rounds the offset, half to even', () => {
    const plan = transforms['resize-shortest']
    // 640 * 224 / 480 = 298.67, (298 - 224) / 2 = 37.
    expect(plan(640, 480, 224)).toMatchObject({ scaled: { width: 298, height: 224 }, kept: { left: 37, top: 0 } })
    // 640 * 224 / 427 = 335.74, (335 - 224) / 2 = 55.5 -> 56; upright the same.
    expect(plan(640, 427, 224)).toMatchObject({ scaled: { width: 335, height: 224 }, kept: { left: 56, top: 0 } })
    expect(plan(427, 640, 224)).toMatchObject({ scaled: { width: 224, height: 335 }, kept: { left: 0, top: 56 } })
    // 333 - 224 = 109, half 54.5 -> 54.
    expect(plan(333, 224, 224)).toMatchObject({ scaled: { width: 333, height: 224 }, kept: { left: 54, top: 0 } })
  })

  test('centre-crop scales the largest square of the centre', () => {
    expect(transforms['centre-crop'](640, 480, 224)).toEqual({
      source: { left: 80, top: 0, width: 480, height: 480 },
      scaled: { width: 224, height: 224 },
      kept: { left: 0, top: 0, width: 224, height: 224 },
      at: { left: 0, top: 0 },
    })
  })

  test('pad keeps the whole picture and its aspect', () => {
    expect(transforms.pad(640, 480, 336)).toEqual({
      source: { left: 0, top: 0, width: 640, height: 480 },
      scaled: { width: 336, height: 252 },
      kept: { left: 0, top: 0, width: 336, height: 252 },
      at: { left: 0, top: 42 },
    })
    expect(transforms.pad(1, 1000, 224)).toMatchObject({ scaled: { width: 1, height: 224 }, at: { left: 111, top: 0 } })
  })

  test.each(Object.keys(transforms) as TransformName[])(
    '%s stays inside of every picture and of its result',
    (name) => {
      const side = fc.integer({ min: 1, max: 5000 })
      fc.assert(
        fc.property(side, side, fc.constantFrom(1, 32, 224, 336, 449), (width, height, size) => {
          const { source, scaled, kept, at } = transforms[name](width, height, size)
          const inside = (box: typeof source, outer: { width: number; height: number }) =>
            [box.left, box.top].every((edge) => Number.isInteger(edge) && edge >= 0) &&
            [box.width, box.height].every((edge) => Number.isInteger(edge) && edge >= 1) &&
            box.left + box.width <= outer.width &&
            box.top + box.height <= outer.height
          expect(inside(source, { width, height })).toBe(true)
          expect(inside(kept, scaled)).toBe(true)
          expect(inside({ ...at, width: kept.width, height: kept.height }, { width: size, height: size })).toBe(true)
          // Only padding leaves anything of the result uncovered.
          if (name !== 'pad') expect([kept.width, kept.height]).toEqual([size, size])
        }),
      )
    },
  )

  test('an unknown transform is refused, listing those that exist', async () => {
    const fault = await faultOf(() => transformNamed('stretch'))
    expect(fault.code).toBe('MIMICIT_UNKNOWN_NAME')
    expect(fault.message).toContain('squash, resize-shortest, centre-crop, pad')
  })
})
