// File names of ids: inside their folder, never the same for two ids.
import { basename, join, resolve } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSafeName, pictureName, safeName } from '../../../src/import/export/safe-name.js'

const nasty = fc.constantFrom(
  '',
  '.',
  '..',
  '/',
  '\\',
  '\u0000',
  '~',
  ':',
  ' ',
  'a',
  'A',
  '_',
  '.jpg',
  'CON',
  'nul',
  'é',
  '😀',
  'LA_IMG_1',
)
const id = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(nasty, { maxLength: 6 }).map((parts) => parts.join('')),
)

test('no name leaves its folder, and any two ids have two names', () => {
  fc.assert(
    fc.property(id, id, fc.constantFrom('jpeg', 'png'), (one, two, format) => {
      const name = pictureName(one, format)
      expect(basename(name)).toBe(name)
      expect(resolve(join('/folder', name))).toBe(`/folder/${name}`)
      expect(name).toMatch(/^[A-Za-z0-9_~.-]+$/)
      expect(name.length).toBeLessThan(200)
      if (one !== two) {
        expect(safeName(one)).not.toBe(safeName(two))
        expect(name).not.toBe(pictureName(two, format))
      }
    }),
    { numRuns: 2000 },
  )
})

test('ids of MIMIC-IT are their own names', () => {
  for (const good of ['LA_IMG_000000215677', 'DC_IMG_v_N1c3C_Npr-E_0000', 'a.b']) expect(safeName(good)).toBe(good)
  for (const bad of ['', '.', '..', '../x', 'a/b', 'con', 'NUL.x', 'a.', '.a', 'x'.repeat(121)])
    expect(isSafeName(bad)).toBe(false)
  expect(pictureName('../é', 'jpeg')).toMatch(/^_~[0-9a-f]{32}\.jpg$/)
})
