// Imports of every form, killed at random moments and run to their end: always the bytes of an undisturbed run.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pack } from 'tar-stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { exportDataset } from '../../src/import/export/export-dataset.js'
import type { ImportDatasetOptions } from '../../src/import/import-dataset.js'
import { sourcesOf } from '../support/export-import.js'
import { FIXTURES, importFixtures } from '../support/fixtures.js'
import { filesOf, killAndResume, runImport } from '../support/killed-imports.js'
import { repeats } from '../support/repeats.js'
import { tempDir } from '../support/temp-dir.js'

const KILLS = repeats(3, 10)
/** Kills of one import before it may end. */
const IN_A_ROW = 3

const dir = tempDir()
const data = join(dir, 'data')
const exported = (form: 'mimic-it-parquet' | 'hf' | 'llava' | 'jsonl') => join(dir, `as-${form}`)
const picturesFolder = join(exported('jsonl'), 'images')

beforeAll(async () => {
  await importFixtures(data)
  for (const to of ['mimic-it-parquet', 'hf', 'llava', 'jsonl'] as const) {
    await exportDataset({ source: data, to, out: exported(to) })
  }
})

const hasFfmpeg = process.env.MIMICIT_LONG === '1' || spawnSync('ffmpeg', ['-version']).status === 0
if (!hasFfmpeg) console.warn('killed imports of videos are skipped: ffmpeg is not installed (apt-get install ffmpeg)')

/** The sources of a form, made of the fixtures. */
const makers: Readonly<Record<string, () => Promise<Omit<ImportDatasetOptions, 'out'>>>> = {
  'mimic-it-parquet': async () => sourcesOf('mimic-it-parquet', exported('mimic-it-parquet')),
  hf: async () => sourcesOf('hf', exported('hf')),
  llava: async () => sourcesOf('llava', exported('llava')),
  jsonl: async () => sourcesOf('jsonl', exported('jsonl')),
  async yaml() {
    const set = (name: string) =>
      `  ${name}:\n    mimicit_path: ${FIXTURES}/mimicit/${name}_instructions.json\n    images_path: ${FIXTURES}/mimicit/LA.json\n`
    const path = join(dir, 'train.yaml')
    writeFileSync(path, `IMAGE_TEXT_IN_CONTEXT:\n${set('LA')}IMAGE_TEXT:\n${set('CGD')}    num_samples: 5\n`)
    return { paths: [path] }
  },
  async webdataset() {
    const archive = pack()
    for (const name of readdirSync(picturesFolder).sort()) {
      const key = basename(name, '.jpg')
      archive.entry({ name }, readFileSync(join(picturesFolder, name)))
      archive.entry({ name: `${key}.json` }, JSON.stringify({ instruction: `What is ${key}?`, response: 'A picture.' }))
      archive.entry(
        { name: `text-${key}.json` },
        JSON.stringify({ instruction: 'And?', response: key, context: [key] }),
      )
    }
    archive.finalize()
    const path = join(dir, 'shard.tar')
    const pieces: Buffer[] = []
    for await (const piece of archive) pieces.push(piece as Buffer)
    writeFileSync(path, Buffer.concat(pieces))
    return { paths: [path] }
  },
  async interleaved() {
    const names = readdirSync(picturesFolder).sort()
    const path = join(dir, 'documents.jsonl')
    const lines = Array.from({ length: 60 }, (_, n) => {
      const [one, two] = [names[n % names.length]!, names[(n * 7 + 1) % names.length]!]
      return JSON.stringify({
        id: `D_${n}`,
        content: [`First ${n}, `, { image: one }, ' then', { image: two }, ' end.'],
      })
    })
    writeFileSync(path, `${lines.join('\n')}\n`)
    return { paths: [path], root: picturesFolder }
  },
  async video() {
    const movies = join(dir, 'movies')
    mkdirSync(movies)
    const lines = [3, 5, 8].flatMap((seconds) => {
      const source = `testsrc=size=320x180:rate=25:duration=${seconds}`
      const { status } = spawnSync('ffmpeg', [
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        source,
        join(movies, `${seconds}.mp4`),
      ])
      expect(status).toBe(0)
      const line = (n: number) => ({
        id: `V_INS_${seconds}_${n}`,
        video: `${seconds}.mp4`,
        instruction: 'q',
        response: 'a',
      })
      return Array.from({ length: 12 }, (_, n) => JSON.stringify(line(n)))
    })
    const path = join(dir, 'videos.jsonl')
    writeFileSync(path, `${lines.join('\n')}\n`)
    return { paths: [path], root: movies, fps: 4 }
  },
}

describe.each(Object.keys(makers))('%s', (form) => {
  test.skipIf(form === 'video' && !hasFfmpeg)(`killed ${KILLS} times or more`, async () => {
    const source = await makers[form]!()
    const undisturbed = join(dir, `${form}-undisturbed`)
    let steps = 0
    await runImport({ ...source, out: undisturbed, onProgress: () => steps++ })
    const expected = await filesOf(undisturbed)
    let [kills, taken] = [0, 0]
    // Some of them must have had something to go on with.
    for (let n = 0; kills < KILLS || taken === 0; n++) {
      const moments = Array.from({ length: IN_A_ROW }, () => 1 + Math.floor(Math.random() * steps))
      // Any step counts: an import may be killed while it still looks around.
      const one = await killAndResume(source, join(dir, `${form}-${n}`), expected, moments, '')
      kills += one.kills
      taken += one.taken
    }
  })
})
