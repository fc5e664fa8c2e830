// A flipped bit anywhere is found: there is no byte in any file but README.md that nothing covers. Ten thousand flips run
// in test/long/flips.test.ts.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { unfoundFlips } from '../support/flips.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

test('verification finds every flipped bit', async () => {
  const dir = join(tempDir(), 'set')
  await writeSmallDataset(dir)
  await tokenizeDataset(dir, { tokenizer: 'bytes', ids: true, workers: 0 })
  expect((await verifyDataset(dir, { deep: true })).issues).toEqual([])
  expect(await unfoundFlips(dir, 150, 1)).toEqual([])
  expect((await verifyDataset(dir)).ok).toBe(true)
})
