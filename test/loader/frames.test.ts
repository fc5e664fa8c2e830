// Which frames of a video are taken, and what every media layout makes of a pair.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FrameRules, type FrameSamplingName, frameSamplings } from '../../src/loader/frames.js'
import { mediaLayouts } from '../../src/loader/media-layout.js'
import { turnOf } from '../../src/loader/turns.js'
import { MEDIA_LAYOUTS, type MediaLayoutName } from '../../src/tuple/subsets.js'
import { faultOf } from '../support/fault.js'
import { pairWith, rulesWith } from './pairs.js'

const chosen = (frames: FrameSamplingName, count: number, rules: Partial<FrameRules>, times: number[] | null = null) =>
  frameSamplings[frames]({ count, times, where: 'it' }, { frames, maxFrames: 16, framesPerSecond: 1, ...rules })

describe('frames of a video', () => {
  test.each<[FrameSamplingName, number, number, string]>([
    ['linspace', 40, 16, '0 2 5 7 10 13 15 18 20 23 26 28 31 33 36 39'],
    ['linspace', 5, 8, '0 1 2 3 4'],
    ['otter', 5, 8, '0 0 1 1 2 2 3 4'],
    ['otter', 1, 4, '0 0 0 0'],
    ['otter', 62, 16, '0 4 8 12 16 20 24 28 32 36 40 44 48 52 56 61'],
    ['uniform', 40, 4, '5 15 25 35'],
    ['uniform', 7, 2, '1 5'],
    ['uniform', 3, 4, '0 1 2'],
    ['centre', 40, 4, '18 19 20 21'],
    ['centre', 7, 4, '1 2 3 4'],
    ['centre', 3, 4, '0 1 2'],
  ])('%s: of %d at most %d', (name, count, maxFrames, expected) => {
    expect(chosen(name, count, { maxFrames }).join(' ')).toBe(expected)
  })

  test('fps: by the times of the frames, from the first on', () => {
    const thirds = Array.from({ length: 30 }, (_, i) => 2 + i / 3)
    expect(chosen('fps', 30, { framesPerSecond: 1 }, thirds)).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
    expect(chosen('fps', 30, { framesPerSecond: 0.5, maxFrames: 3 }, thirds)).toEqual([0, 6, 12])
    // Faster than it was taken: every frame once.
    expect(chosen('fps', 4, { framesPerSecond: 25 }, [0, 0.5, 1, 1.5])).toEqual([0, 1, 2, 3])
  })

  test('fps without times is refused, naming the pair', async () => {
    const rules = rulesWith({ frames: 'fps' })
    const pair = pairWith({ id: 'DC_1', subset: 'DC', mediaKind: 'video', media: [1, 2] })
    const fault = await faultOf(() => turnOf(pair, rules))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_VALUE', 'pair DC_1'])
  })

  test('whatever the way: frames that are there, in order, no more than may be, and from one frame that one', () => {
    const names = fc.constantFrom(...(Object.keys(frameSamplings) as FrameSamplingName[]))
    const steps = fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 80 })
    fc.assert(
      fc.property(names, steps, fc.integer({ min: 1, max: 40 }), (name, gaps, maxFrames) => {
        let now = 0
        const times = gaps.map((gap) => {
          now += gap
          return now
        })
        const frames = chosen(name, times.length, { maxFrames }, times)
        expect(frames.length).toBeGreaterThan(0)
        expect(frames.length).toBeLessThanOrEqual(maxFrames)
        expect(frames.every((frame, i) => Number.isInteger(frame) && frame >= (frames[i - 1] ?? 0))).toBe(true)
        expect(frames.at(-1)).toBeLessThan(times.length)
        if (name !== 'otter') expect(new Set(frames).size).toBe(frames.length)
      }),
    )
  })
})

describe('media layouts', () => {
  const first3 = (count: number) => Array.from({ length: Math.min(count, 3) }, (_, i) => i)
  const goldens: Readonly<Record<MediaLayoutName, readonly (readonly number[])[]>> = {
    'in-context': [[7], [8], [9], [7]],
    'multi-turn': [[7], [8], [9], [7]],
    interleaved: [[7], [8], [9], [7]],
    'pair-as-images': [[7], [8], [9], [7]],
    'pair-as-frames': [[7, 8, 9, 7]],
    video: [[7, 8, 9]],
    'text-only': [],
  }

  test.each([...MEDIA_LAYOUTS])('%s', (name) => {
    expect(mediaLayouts[name]([7, 8, 9, 7], first3)).toEqual(goldens[name])
    expect(mediaLayouts[name]([], first3)).toEqual([])
  })

  test('the times of the frames lie as the frames do', () => {
    const video = { subset: 'DC', mediaKind: 'video', media: [5, 6, 5, 8, 9], mediaTimes: [0, 0.5, 1, 1.5, 2] } as const
    const { slots, times } = turnOf(pairWith(video), rulesWith({ maxFrames: 3 }))
    expect([slots, times]).toEqual([[[5, 5, 9]], [[0, 1, 2]]])
    expect(turnOf(pairWith({ ...video, mediaTimes: null }), rulesWith()).times).toBeNull()
    const apart = turnOf(pairWith(video), rulesWith({ mediaLayout: 'pair-as-images' }))
    expect(apart.times).toEqual([[0], [0.5], [1], [1.5], [2]])
  })
})
