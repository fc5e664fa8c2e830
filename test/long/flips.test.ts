// Ten thousand flipped bits, every one found.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import { unfoundFlips } from '../support/flips.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

test('verification finds each of 10,000 flipped bits', { timeout: 20 * 60_000 }, async () => {
  const dir = join(tempDir(), 'set')
  await writeSmallDataset(dir)
  await tokenizeDataset(dir, { tokenizer: 'bytes', ids: true, workers: 0 })
  expect(await unfoundFlips(dir, 10_000, 2)).toEqual([])
})
