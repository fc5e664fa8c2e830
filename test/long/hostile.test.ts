// Thousands of data sets that lie with every hash right: each gives values or a MimicitError, reads inside its files and
// comes to an end. Named cases and the first few hundred are in test/shards/hostile.test.ts.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rewriteDataset } from '../../src/layout/rewrite.js'
import { readLyingSets } from '../support/lying-sets.js'
import { repeats } from '../support/repeats.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

const tries = repeats(1000, 3000)

test.each([0, 1, 2])('lies at random, part %i', async (part) => {
  const root = tempDir()
  const seed = Math.floor(Math.random() * 2 ** 31)
  const [dir, compat] = [join(root, 'set'), join(root, 'compat')]
  await writeSmallDataset(dir, 12 + part * 40)
  await rewriteDataset({ source: dir, out: compat, form: 'parquet', compat: true })
  const report = await readLyingSets([dir, compat], seed, tries, 300_000)
  expect(report.refused).toBeGreaterThan(tries / 2)
  expect(report.peakBytes).toBeLessThan(700e6)
})
