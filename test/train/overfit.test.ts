// Sixteen pairs of the fixtures learned by heart: the loss goes to nothing, and the model then says the answers word for word.
import { expect, test } from 'vitest'
import { learnByHeart } from '../support/learn-by-heart.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

test('tiny learns sixteen pairs by heart', { timeout: 240_000 }, async () => {
  const { loss, answers, expected, instructions } = await learnByHeart(dir, 'tiny', 80, 3e-3)
  expect(loss).toBeLessThan(0.05)
  expect(answers).toEqual(expected)
  // Some ask the same about different pictures, so the pictures have been looked at.
  expect(new Set(instructions.map((text, i) => `${text} ${expected[i]}`)).size).toBeGreaterThan(
    new Set(instructions).size,
  )
})
