// Pairs that are looked at together, against the same pairs one by one: an import of either gives the same bytes. A key with
// an escape in it is the same key, and its record one that is not plain.
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { importDatasetSized } from '../../src/import/import-dataset.js'
import { openMimicIt } from '../../src/import/mimic-it/source.js'
import { arePlaced, pairRuns } from '../../src/import/source.js'
import { openDirectory } from '../../src/io/directory.js'
import type { DatasetSizes } from '../../src/shards/create-options.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { sharp } from '../../src/vision/sharp.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
/** Groups and shards of a few rows. */
const SIZES: DatasetSizes = {
  media: { rowGroupBytes: 1e4, rowGroupRows: 3, shardBytes: 1e4 },
  text: { rowGroupBytes: 3_000, rowGroupRows: 7, shardBytes: 2_000 },
}

const PICTURES = 6
const images = join(dir, 'some_images.json')
const pictures = await Promise.all(
  Array.from({ length: PICTURES }, async (_, i) => {
    const create = { width: 8 + i, height: 8, channels: 3, background: { r: 40 * i, g: 0, b: 0 } } as const
    return [`SD_IMG_${i}`, (await sharp({ create }).png().toBuffer()).toString('base64')] as const
  }),
)
writeFileSync(images, JSON.stringify({ ...Object.fromEntries(pictures), SD_IMG_broken: 'bm9uZQ==' }))

const id = fc.oneof(
  { weight: 60, arbitrary: fc.nat(40).map((n) => `SD_INS_${n}`) },
  { weight: 40, arbitrary: fc.nat(40).map((n) => `DC_04_INS_x_${n}_INS_`) },
  { weight: 15, arbitrary: fc.constantFrom('plain', 'LA_INS_', 'é_INS_1') },
  { weight: 1, arbitrary: fc.constant('') },
)
const picture = fc.oneof(
  { weight: 12, arbitrary: fc.nat(PICTURES - 1).map((n) => `SD_IMG_${n}`) },
  // Of another spelling, broken, and of nobody.
  fc.constantFrom('SD_04_IMG_1', 'SD_IMG_broken', 'SD_IMG_none'),
)
const text = fc.oneof(fc.string({ maxLength: 40 }), fc.constantFrom('', 'two\nlines', '漢字', '\u{1f600}'.repeat(20)))
const record = fc.record({
  instruction: text,
  answer: fc.oneof(text, fc.constant('long '.repeat(300))),
  image_ids: fc.oneof(fc.constant([]), fc.array(picture, { maxLength: 4 })),
  rel_ins_ids: fc.array(id, { maxLength: 3 }),
})

/** @param isPlain whether the keys are as they are */
function writeInstructions(path: string, entries: readonly (readonly [string, object])[], isPlain: boolean) {
  const parts = entries.map(([key, value]) => {
    const escaped = key === '' ? '""' : `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"`
    return `${isPlain ? JSON.stringify(key) : escaped}: ${JSON.stringify(value)}`
  })
  writeFileSync(path, `{"meta": {"version": "1"}, "data": {${parts.join(', ')}}}`)
}

test('an import has the same bytes, issues and statistics', async () => {
  const policy = fc.oneof({ weight: 6, arbitrary: fc.constantFrom('skip', 'drop-visual') }, fc.constant('error'))
  let written = 0
  let placed = 0
  const policies = fc.record({
    dangling: policy,
    broken: policy,
    duplicates: fc.oneof({ weight: 6, arbitrary: fc.constantFrom('keep', 'last') }, fc.constant('error')),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(id, record), { maxLength: 25 }), policies, async (entries, given) => {
      const results = []
      // The same name: it is part of the messages.
      const instructions = join(dir, 'some_instructions.json')
      for (const isPlain of [true, false]) {
        writeInstructions(instructions, entries, isPlain)
        if (isPlain) placed += await placedPairs(instructions)
        const out = join(dir, 'out')
        const options = { paths: [instructions], images: [images], out, ...given } as const
        const summary = await importDatasetSized(options as Parameters<typeof importDatasetSized>[0], SIZES).then(
          ({ manifest, issues }) => ({ manifest, issues }),
          (error: Error) => ({ error: error.message }),
        )
        results.push({ summary, files: 'error' in summary ? {} : await filesOf(out) })
        if ('manifest' in summary && isPlain) {
          expect(await verifyDataset(out)).toMatchObject({ ok: true })
          written += summary.manifest.tables.pairs.rows
        }
        rmSync(out, { recursive: true, force: true })
      }
      expect(results[0]).toEqual(results[1])
    }),
    { numRuns: 20 },
  )
  expect(placed).toBeGreaterThan(30)
  expect(written).toBeGreaterThan(30)
})

test('so has one by a training YAML, whose groups change what pairs are', async () => {
  // A pair without an id stops every import.
  const named = id.filter((each) => each !== '')
  const entries = fc.array(fc.tuple(named, record), { minLength: 1, maxLength: 15 })
  await fc.assert(
    fc.asyncProperty(fc.tuple(entries, entries, entries), async (sets) => {
      const groups = ['IMAGE_TEXT', 'TEXT_ONLY', 'VIDEO_TEXT']
      const results = []
      for (const isPlain of [true, false]) {
        const yaml = groups.map((group, i) => {
          writeInstructions(join(dir, `${group}_instructions.json`), sets[i]!, isPlain)
          const pictures = group === 'TEXT_ONLY' ? '' : `\n    images_path: ${images}`
          return `${group}:\n  SET${i}:\n    mimicit_path: ${group}_instructions.json${pictures}\n    num_samples: -1\n`
        })
        writeFileSync(join(dir, 'training.yaml'), yaml.join(''))
        const out = join(dir, 'out')
        const policies = { dangling: 'drop-visual', broken: 'drop-visual', duplicates: 'keep' } as const
        const options = { paths: [join(dir, 'training.yaml')], from: 'yaml', out, ...policies } as const
        const { manifest, issues } = await importDatasetSized(options, SIZES)
        results.push({ manifest, issues, files: await filesOf(out) })
        rmSync(out, { recursive: true, force: true })
      }
      expect(results[0]).toEqual(results[1])
    }),
    { numRuns: 5 },
  )
})

async function filesOf(out: string) {
  const paths = (await openDirectory(out).list()).filter((path) => path !== 'provenance.json')
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(out, path)).toString('base64')]))
}

/** Pairs of a file that are looked at together. */
async function placedPairs(path: string) {
  const source = await openMimicIt('some', { instructions: [path] })
  let count = 0
  for await (const run of pairRuns(source)) if (arePlaced(run)) count += run.length
  await source.close()
  return count
}
