// As test/train/overfit.test.ts, with the preset that is large enough to be of use.
import { expect, test } from 'vitest'
import { learnByHeart } from '../support/learn-by-heart.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

test('small learns sixteen pairs by heart', async () => {
  const { loss, answers, expected } = await learnByHeart(dir, 'small', 40, 2e-3)
  expect(loss).toBeLessThan(0.05)
  expect(answers).toEqual(expected)
}, 900_000)
