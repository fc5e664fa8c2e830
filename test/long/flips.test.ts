// Ten thousand flipped bits, every one found.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { unfoundFlips } from '../support/flips.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

test('verification finds each of 10,000 flipped bits', { timeout: 20 * 60_000 }, async () => {
  const dir = join(tempDir(), 'set')
  await writeSmallDataset(dir)
  expect(await unfoundFlips(dir, 10_000, 2)).toEqual([])
})
