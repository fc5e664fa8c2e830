// A part of an import that is stopped again and again goes on behind what was safe on the disk, and the joined data set is
// that of an import without parts; what cannot be trusted is done anew.
import { appendFileSync, readdirSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ImportDatasetOptions, importDataset, importPart } from '../../src/import/import-dataset.js'
import { MIMIC_IT } from '../support/fixtures.js'
import { picture, writeFiles } from '../support/imported.js'
import { expectFiles, filesOf } from '../support/killed-imports.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const PICTURES = 40
let made = 0
const fresh = () => join(root, `made-${made++}`)
let own: ImportDatasetOptions

beforeAll(async () => {
  const folder = join(root, 'own')
  const lines = Array.from({ length: PICTURES }, (_, n) => ({
    ...{ id: `X_${n}`, instruction: `q ${n}`, response: `a ${n}`, images: [`${n}.png`] },
  }))
  writeFiles(folder, { 'pairs.jsonl': lines })
  for (let n = 0; n < PICTURES; n++) {
    const small = await picture(n)
    writeFileSync(join(folder, `${n}.png`), n % 3 === 0 ? await sharp(small).resize(90, 60).png().toBuffer() : small)
  }
  // Two sources, so that a part can stop in either.
  own = { ...MIMIC_IT, paths: [join(folder, 'pairs.jsonl'), ...MIMIC_IT.paths], maxSide: 48 }
})

const whole = { index: 1, count: 2 }

/** Does a part until it has read so many runs of pictures. */
async function stopped(options: ImportDatasetOptions, directory: string, runs: number): Promise<void> {
  const stop = new AbortController()
  let told = 0
  const onProgress = () => {
    if (++told === runs) stop.abort()
  }
  const part = importPart({ ...options, signal: stop.signal, onProgress }, whole, directory, 0)
  await expect(part).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
}

const left = (directory: string) => readdirSync(directory).filter((name) => name.endsWith('.new'))

describe('a part that was stopped', () => {
  test('goes on behind what was safe, wherever that was', async () => {
    const alone = await importDataset({ ...own, out: fresh() })
    const expected = await filesOf(alone.out)
    for (const moments of [[30], [12, 25, 39], [PICTURES + 2], [20, PICTURES + 3]]) {
      const out = fresh()
      const directory = `${out}.parts`
      for (const runs of moments) await stopped({ ...own, out }, directory, runs)
      const [last] = left(directory)
      expect(last).toBeDefined()
      // What came after the last safe moment is not looked at.
      appendFileSync(join(directory, last!, 'bytes.bin'), 'half a picture')
      appendFileSync(join(directory, last!, 'pictures-0.jsonl'), '{"n":7,')
      const { pictures, resumed } = await importPart({ ...own, out }, whole, directory, 0)
      expect(resumed).toBeGreaterThan(3)
      expect(resumed).toBeLessThan(pictures)
      await importPart({ ...own, out }, { index: 2, count: 2 }, directory)
      await importDataset({ ...own, out }, { directory, count: 2 })
      await expectFiles(out, expected)
    }
  })

  test.each([
    ['its files are shorter than they should be', (run: string) => truncateSync(join(run, 'bytes.bin'), 3)],
    ['how far it was cannot be read', (run: string) => writeFileSync(join(run, 'checkpoint.json'), '{"groups":')],
  ])('is begun anew where %s', async (_, damage) => {
    const out = fresh()
    const directory = `${out}.parts`
    await stopped({ ...own, out }, directory, 30)
    damage(join(directory, left(directory)[0]!))
    expect((await importPart({ ...own, out }, whole, directory)).resumed).toBe(0)
  })

  test('is begun anew where the sources or what becomes of the pictures have changed', async () => {
    const out = fresh()
    const directory = `${out}.parts`
    await stopped({ ...own, out }, directory, 30)
    expect((await importPart({ ...own, out, maxSide: 40 }, whole, directory)).resumed).toBe(0)
    await stopped({ ...own, out }, directory, 30)
    const [pairs] = own.paths
    writeFileSync(pairs!, readFileSync(pairs!, 'utf8').replace('q 3"', 'q three"'))
    utimesSync(pairs!, new Date(), new Date(Date.now() + 5000))
    expect((await importPart({ ...own, out }, whole, directory)).resumed).toBe(0)
  })

  test('before anything was safe leaves nothing', async () => {
    const out = fresh()
    const directory = `${out}.parts`
    await stopped({ ...own, out }, directory, 1)
    expect(left(directory)).toEqual([])
  })
})
