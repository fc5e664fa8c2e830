// Many kills at random moments: the end is always that of an undisturbed run.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { MIMIC_IT } from '../support/fixtures.js'
import { filesOf, killAndResume, runImport } from '../support/killed-imports.js'
import { repeats } from '../support/repeats.js'
import { tempDir } from '../support/temp-dir.js'

const IMPORTS = repeats(10, 40)
const dir = tempDir()

test(`${IMPORTS} imports killed three times each`, async () => {
  const undisturbed = join(dir, 'undisturbed')
  await runImport({ ...MIMIC_IT, out: undisturbed })
  const expected = await filesOf(undisturbed)
  let taken = 0
  for (let i = 0; i < IMPORTS; i++) {
    const moments = Array.from({ length: 3 }, () => 1 + Math.floor(Math.random() * 50))
    taken += (await killAndResume(MIMIC_IT, join(dir, `out-${i}`), expected, moments)).taken
  }
  expect(taken).toBeGreaterThan(2.5 * IMPORTS)
})
