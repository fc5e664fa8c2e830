// Videos as far as they go without ffmpeg: which frames are picked, how they come through a pipe, what is refused. With
// ffmpeg: test/long/video.test.ts.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { formsOf } from '../../src/import/forms.js'
import { importDataset } from '../../src/import/import-dataset.js'
import { pickFrames } from '../../src/import/video/pick-frames.js'
import { ppmFrames } from '../../src/import/video/ppm.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const PATH = process.env.PATH

afterEach(() => {
  process.env.PATH = PATH
})

/** Times of frames at a rate. */
const times = (count: number, fps: number, start = 0) => Array.from({ length: count }, (_, i) => start + i / fps)

describe('pickFrames', () => {
  test('one a second of 29.97 a second does not drift in an hour', () => {
    const all = times(107_892, 30000 / 1001)
    const picked = pickFrames(all, { fps: 1 })
    expect(picked).toHaveLength(3600)
    for (const [second, index] of picked.entries()) {
      expect(all[index]!).toBeLessThanOrEqual(second + 1e-6)
      expect(all[index]!).toBeGreaterThan(second - 1 / 29.9)
    }
  })

  test('so many in all are the centres of equal parts, wherever the clock begins', () => {
    expect(pickFrames(times(100, 10), { frames: 4 })).toEqual([12, 37, 62, 87])
    expect(pickFrames(times(100, 10, 7.25), { frames: 4 })).toEqual([12, 37, 62, 87])
    expect(pickFrames(times(10, 10), { frames: 1 })).toEqual([5])
  })

  test('a rate that changes: what is on the screen at the moment', () => {
    expect(pickFrames([0, 0.1, 0.2, 3, 4], { fps: 1 })).toEqual([0, 2, 3, 4])
  })

  test('a rate below one, one frame, none, and more than there are', () => {
    expect(pickFrames(times(250, 25), { fps: 0.25 })).toEqual([0, 100, 200])
    expect(pickFrames([5], { fps: 1 })).toEqual([0])
    expect(pickFrames([5], { frames: 8 })).toEqual([0])
    expect(pickFrames([], { fps: 1 })).toEqual([])
    expect(pickFrames(times(3, 1), { frames: 50 })).toEqual([0, 1, 2])
  })
})

test('pixmaps come out of a pipe whole, however it is cut; what is cut short at the end is left out', async () => {
  const frame = fc.record({ width: fc.integer({ min: 1, max: 5 }), height: fc.integer({ min: 1, max: 5 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(frame), fc.integer({ min: 1, max: 30 }), fc.nat(20), async (sizes, cut, missing) => {
      const frames = sizes.map(({ width, height }, n) => ({
        width,
        height,
        rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => i + n),
      }))
      const whole = Buffer.concat(
        frames.flatMap(({ width, height, rgb }) => [Buffer.from(`P6\n${width} ${height}\n255\n`), rgb]),
      )
      async function* pieces(end: number) {
        for (let at = 0; at < end; at += cut) yield whole.subarray(at, Math.min(end, at + cut))
      }
      const read = async (end: number) => {
        const found: unknown[] = []
        for await (const { width, height, rgb } of ppmFrames(pieces(end))) {
          found.push({ width, height, rgb: new Uint8Array(rgb) })
        }
        return found
      }
      expect(await read(whole.byteLength)).toEqual(frames)
      const cutShort = await read(Math.max(0, whole.byteLength - missing - 1))
      expect(cutShort).toEqual(frames.slice(0, cutShort.length))
      expect(cutShort.length).toBeLessThan(Math.max(1, frames.length))
    }),
    { numRuns: 100 },
  )
})

describe('the form', () => {
  const pairs = join(dir, 'pairs.jsonl')
  writeFileSync(pairs, `${JSON.stringify({ id: 'X_INS_1', video: 'a.mp4', instruction: 'q', response: 'a' })}\n`)

  test('is found by what stands in the file, and by the name of a movie', async () => {
    expect((await formsOf({ paths: [pairs] }))[0]!.name).toBe('video')
    expect((await formsOf({ paths: [join(dir, 'a.MP4')] }))[0]!.name).toBe('video')
  })

  test('a movie without pairs is told what to write', async () => {
    const fault = await faultOf(importDataset({ paths: [join(dir, 'a.mp4')], out: join(dir, 'movie') }))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('"video": "a.mp4"')])
  })

  test('a rate and a number together are refused', async () => {
    const fault = await faultOf(importDataset({ paths: [pairs], out: join(dir, 'both'), fps: 1, frames: 4 }))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_VALUE', expect.stringContaining('either fps or frames')])
  })

  test('without ffmpeg it says how to install it', async () => {
    const empty = join(dir, 'empty')
    mkdirSync(empty)
    process.env.PATH = empty
    const fault = await faultOf(importDataset({ paths: [pairs], out: join(dir, 'without') }))
    expect(fault.code).toBe('MIMICIT_UNSUPPORTED')
    expect(fault.message).toContain('apt-get install ffmpeg')
  })
})
