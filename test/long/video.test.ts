// Frames of real videos, made and read by the system's ffmpeg.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ImportDatasetOptions, importDataset, importPart } from '../../src/import/import-dataset.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { decodeWithSharp } from '../../src/vision/decode.js'
import { transforms } from '../../src/vision/transforms.js'
import { faultOf } from '../support/fault.js'
import { imported } from '../support/imported.js'
import { expectFiles, filesOf } from '../support/killed-imports.js'
import { tempDir } from '../support/temp-dir.js'

// Where everything is at hand for certain, nothing is left out.
const isThere = process.env.MIMICIT_LONG === '1' || spawnSync('ffmpeg', ['-version']).status === 0
if (!isThere) console.warn('test/long/video.test.ts is skipped: ffmpeg is not installed (apt-get install ffmpeg)')

const dir = tempDir()
const movies = join(dir, 'movies')
let made = 0

/** A movie whose brightness says its time: 20 a second. */
function makeMovie(name: string, seconds: number, rate: string, ...more: readonly string[]) {
  const source = `color=c=black:s=640x360:r=${rate}:d=${seconds},format=gray,geq=lum='20*T':cb=128:cr=128`
  const args = ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-pix_fmt', 'yuv420p', ...more]
  const { status, stderr } = spawnSync('ffmpeg', [...args, join(movies, name)], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
}

async function importMovies(videos: readonly string[], options: Partial<ImportDatasetOptions> = {}) {
  const path = join(dir, `pairs-${made}.jsonl`)
  const line = (video: string, n: number) =>
    JSON.stringify({ id: `V_INS_${n}`, video, instruction: 'q', response: 'a', source: 'test' })
  writeFileSync(path, `${videos.map(line).join('\n')}\n`)
  return importDataset({ paths: [path], root: movies, out: join(dir, `out-${made++}`), ...options })
}

/** The first pair's frames: time, size, brightness. */
async function framesOf(out: string) {
  const dataset = await openDataset(out)
  try {
    const pair = await dataset.pair(0)
    return await Promise.all(
      pair.media.map(async (row, i) => {
        const { width, height, frameTime, clip, ids } = await dataset.media(row)
        const [bright] = await decodeWithSharp(await dataset.picture(row), 8, transforms.squash, 'frame')
        expect([pair.mediaKind, pair.mediaTimes?.[i], ids[0]]).toEqual(['video', frameTime, pair.mediaIds[i]])
        return { time: frameTime!, size: [width, height], bright: bright!, clip }
      }),
    )
  } finally {
    await dataset.close()
  }
}

describe.skipIf(!isThere)('frames of videos', () => {
  beforeAll(() => {
    mkdirSync(join(movies, 'sub'), { recursive: true })
    makeMovie('steady.mp4', 9.9, '30000/1001')
    // From second 3 to 6 nothing moves, and no frame is stored.
    makeMovie('sub/varying.mkv', 10, '10', '-vf', "select='not(between(t,3,6))'", '-vsync', 'vfr')
    makeMovie('late.ts', 4, '25', '-output_ts_offset', '100')
  })

  test('one a second: each is the frame of its moment, 336 pixels wide', async () => {
    const { out, manifest } = await importMovies(['steady.mp4'], { fps: 1 })
    expect(await verifyDataset(out, { deep: true })).toMatchObject({ ok: true, issues: [] })
    expect(manifest.tables.media.rows).toBe(10)
    for (const [second, { time, size, bright, clip }] of (await framesOf(out)).entries()) {
      expect([size, clip]).toEqual([[336, 189], 'steady'])
      expect(Math.abs(time - second)).toBeLessThan(0.04)
      expect(Math.abs(bright - 20 * time)).toBeLessThan(4)
    }
    const provenance = JSON.parse(readFileSync(join(out, 'provenance.json'), 'utf8')) as { made: object[] }
    expect(provenance.made).toEqual([expect.objectContaining({ ffmpeg: expect.stringMatching(/\d/), fps: 1 })])
  })

  test('movies that are cut in parts give the data set of one process; one that is none is told by the join', async () => {
    const path = join(dir, 'parts.jsonl')
    const names = ['steady.mp4', 'late.ts', 'gone.mp4', 'sub/varying.mkv', 'steady.mp4']
    const lines = names.map((video, n) => JSON.stringify({ id: `V_INS_${n}`, video, instruction: 'q', response: 'a' }))
    writeFileSync(path, lines.join('\n'))
    const options = { paths: [path], root: movies, fps: 1, broken: 'skip' } as const
    const alone = await importDataset({ ...options, out: join(dir, 'parts-alone') })
    const out = join(dir, 'parts-joined')
    const directory = `${out}.parts`
    const done = []
    // The third part is left to the join.
    for (const index of [2, 1, 4]) done.push(await importPart({ ...options, out }, { index, count: 4 }, directory))
    expect(done.filter(({ pictures }) => pictures > 0).length).toBeGreaterThan(0)
    const joined = await importDataset({ ...options, out }, { directory, count: 4 })
    expect(joined.issues).toEqual(alone.issues)
    await expectFiles(out, await filesOf(alone.out))
  })

  test('frames are JPEG of quality 90 with 4:2:0, as said', async () => {
    const { out } = await importMovies(['steady.mp4'], { frames: 1 })
    const dataset = await openDataset(out)
    const bytes = Buffer.from(await dataset.picture(0))
    await dataset.close()
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', chromaSubsampling: '4:2:0' })
    // The tables of the standard at quality 90: a fifth of 16, 11, 12, 14, 12, 10.
    const table = bytes.subarray(bytes.indexOf(Buffer.of(0xff, 0xdb)) + 5)
    expect([...table.subarray(0, 6)]).toEqual([3, 2, 2, 3, 2, 2])
  })

  test('lines have the fields of JSONL; two files may use the same ids for different things', async () => {
    const folder = join(dir, 'lines')
    mkdirSync(folder)
    const write = (name: string, lines: readonly object[]) => {
      writeFileSync(join(folder, name), lines.map((line) => JSON.stringify(line)).join('\n'))
      return join(folder, name)
    }
    const movie = { video: 'steady.mp4' }
    const one = write('one.jsonl', [
      { ...movie, question: 'q', output: 'a', language: 'de', split: 'test', subset: 'TVC', extra: 1 },
      { ...movie, id: 'x', instruction: 'q', response: 'a', context: ['one_1'], rel_ins_ids: ['one_1'] },
    ])
    const two = write('two.jsonl', [{ ...movie, id: 'x', instruction: 'another', response: 'a' }])
    const out = join(dir, 'out-lines')
    const { issues } = await importDataset({ paths: [one, two], root: movies, frames: 2, out })
    expect(issues.map(({ code }) => code)).toEqual(['MIMICIT_ID_COLLISION'])
    const { pairs, contexts, media } = await imported(out)
    expect(media).toHaveLength(2)
    expect(pairs).toMatchObject([
      {
        id: 'one_1',
        instruction: 'q',
        response: 'a',
        language: 'de',
        split: 'test',
        subset: 'TVC',
        metadata: { extra: 1 },
      },
      { id: 'x', mediaKind: 'video', metadata: null },
      { id: 'two/x', instruction: 'another' },
    ])
    const expected = { one_1: [], x: ['one_1'], 'two/x': [] }
    expect(contexts).toEqual({ context: expected, rel_ins_ids: expected })
    for (const [line, part] of [
      [{ ...movie, instruction: 'q' }, 'field response'],
      [{ instruction: 'q', response: 'a', image: 'a.jpg' }, 'a file of their own'],
      [{ ...movie, instruction: 'q', response: 7 }, 'field response'],
    ] as const) {
      const path = write('bad.jsonl', [{ ...movie, instruction: 'q', response: 'a' }, line])
      const fault = await faultOf(importDataset({ paths: [path], root: movies, frames: 1, out: join(dir, 'out-bad') }))
      expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_RECORD', expect.stringMatching(/line 2/)])
      expect(fault.message).toContain(part)
    }
  })

  test('a line that is no JSON stops an import, or is left out and told; so is a field that stands twice', async () => {
    const path = join(dir, 'broken.jsonl')
    writeFileSync(
      path,
      '{"id":"y","video":"steady.mp4","instruction":"p","instruction":"q","response":"a"}\n{"id":"z","video":',
    )
    const given = { paths: [path], root: movies, frames: 1, out: join(dir, 'out-broken') }
    expect((await faultOf(importDataset(given))).message).toMatch(/broken\.jsonl, line 2 .*--broken skip/)
    const { issues } = await importDataset({ ...given, broken: 'skip' })
    const [bad, twice] = ['MIMICIT_BAD_JSON', 'MIMICIT_REPEATED_FIELD']
    expect(issues.map(({ code, count }) => [code, count]).sort()).toEqual([
      [bad, 1],
      [twice, 1],
    ])
    expect((await imported(given.out)).pairs.map(({ id }) => id)).toEqual(['y'])
  })

  test('so many in all, of a rate that changes', async () => {
    const { out } = await importMovies(['sub/varying.mkv'], { frames: 5, maxSide: 64 })
    const frames = await framesOf(out)
    expect(frames.map(({ time }) => Math.round(time * 10) / 10)).toEqual([1, 2.9, 7, 9])
    for (const { size, time, bright } of frames) {
      expect(size).toEqual([64, 36])
      expect(Math.abs(bright - 20 * time)).toBeLessThan(4)
    }
  })

  test('a clock that does not begin at zero', async () => {
    const frames = await framesOf((await importMovies(['late.ts'], { fps: 2 })).out)
    expect(frames).toHaveLength(8)
    for (const [n, { time, bright }] of frames.entries()) {
      expect(Math.abs(time - n / 2)).toBeLessThan(0.05)
      expect(Math.abs(bright - 20 * time)).toBeLessThan(4)
    }
  })

  test('the same movie in two pairs is decoded and stored once, the same every time', async () => {
    const first = await importMovies(['steady.mp4', 'late.ts', 'steady.mp4'], { frames: 4 })
    const again = await importMovies(['steady.mp4', 'late.ts', 'steady.mp4'], { frames: 4 })
    expect(first.manifest.tables.media.rows).toBe(8)
    expect(again.manifest.tables).toEqual(first.manifest.tables)
  })

  test('a movie that is not there, is none, or lies outside is a broken picture of its pair', async () => {
    copyFileSync(join(movies, 'steady.mp4'), join(dir, 'outside.mp4'))
    writeFileSync(join(movies, 'text.mp4'), 'no movie at all')
    writeFileSync(join(movies, 'list.mp4'), `ffconcat version 1.0\nfile ${join(dir, 'outside.mp4')}\n`)
    copyFileSync(join(movies, 'steady.mp4'), join(movies, 'cut.mp4'))
    truncateSync(join(movies, 'cut.mp4'), 3000)
    for (const [video, code] of [
      ['missing.mp4', 'MIMICIT_NOT_FOUND'],
      ['text.mp4', 'MIMICIT_BAD_PICTURE'],
      ['list.mp4', 'MIMICIT_BAD_PICTURE'],
      ['cut.mp4', 'MIMICIT_BAD_PICTURE'],
      ['../outside.mp4', 'MIMICIT_BAD_PICTURE'],
    ] as const) {
      const fault = await faultOf(importMovies([video]))
      expect([fault.code, fault.message], video).toEqual([code, expect.stringContaining(video.replace('../', ''))])
    }
    const { manifest, issues } = await importMovies(['text.mp4', 'steady.mp4'], { broken: 'skip', frames: 2 })
    expect([manifest.tables.pairs.rows, manifest.tables.media.rows]).toEqual([1, 2])
    expect(issues.map(({ code }) => code)).toContain('MIMICIT_BAD_PICTURE')
  })
})
