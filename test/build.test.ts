// `npm ci` builds dist/, and npm builds again whenever it prepares the package, such as at the first `npx mimicit` of a clone:
// what is up to date must then stay, since somebody may be using it.
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { freshDist, ROOT } from './fresh-dist.js'

test('a dist/ that is up to date is left alone', () => {
  freshDist()
  const files = () =>
    readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
      .sort()
      .map((path) => `${path} ${statSync(join(ROOT, 'dist', path)).ino} ${statSync(join(ROOT, 'dist', path)).mtimeMs}`)
  const before = files()
  freshDist()
  expect(files()).toEqual(before)
})
