// Thousands of flipped bits, every one found; each run flips others.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import { unfoundFlips } from '../support/flips.js'
import { repeats } from '../support/repeats.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

const FLIPS = repeats(2500, 10_000)

test(`verification finds each of ${FLIPS} flipped bits`, { timeout: 20 * 60_000 }, async () => {
  const dir = join(tempDir(), 'set')
  await writeSmallDataset(dir)
  await tokenizeDataset(dir, { tokenizer: 'bytes', ids: true, workers: 0 })
  expect(await unfoundFlips(dir, FLIPS, Math.floor(Math.random() * 2 ** 31))).toEqual([])
})
