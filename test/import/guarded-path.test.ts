import { execFileSync } from 'node:child_process'
import { symlinkSync, truncateSync } from 'node:fs'
import { join, resolve, sep } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byName, MAX_PICTURE_BYTES, openGuardedFolder, pathInside } from '../../src/import/guarded-path.js'
import { faultOf } from '../support/fault.js'
import { writeFiles } from '../support/imported.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
writeFiles(root, {
  'secret.png': 'secret',
  'in/a.png': 'a',
  'in/f/frame_10.png': '',
  'in/f/frame_9.png': '',
  'in/f/notes.txt': '',
  'in/big.png': '',
})
const folder = join(root, 'in')
truncateSync(join(folder, 'big.png'), MAX_PICTURE_BYTES + 1)
symlinkSync('../secret.png', join(folder, 'out.png'))
symlinkSync('..', join(folder, 'up'))
symlinkSync('a.png', join(folder, 'alias.png'))
symlinkSync('loop.png', join(folder, 'loop.png'))

describe('pathInside', () => {
  test.each([
    ['a.png', 'a.png'],
    ['./a//b.png', 'a/b.png'],
    ['a/../b.png', 'b.png'],
    ['a/', 'a'],
    ['..a/b..png', '..a/b..png'],
  ])('%j is %j', (path, plain) => expect(pathInside(path, 'here')).toBe(plain))

  test.each([
    '',
    '.',
    'a/..',
    '..',
    '../a',
    'a/../../b',
    '/a',
    '//x/a',
    '\\a',
    'C:\\a',
    'c:a',
    'a/../C:',
    '..\\a',
    'a\\..\\..\\b',
    'a\0',
  ])('%j is refused', async (path) => {
    const fault = await faultOf(() => pathInside(path, 'line 3 of x'))
    expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_RECORD', 'line 3 of x'])
  })

  test('what is let through lies inside, by the rules of this system, and is its own plain form', () => {
    const piece = fc.constantFrom('..', '.', '/', '\\', 'a', 'b.png', 'C:', '\0', '//', '../')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (path) => {
          let plain: string
          try {
            plain = pathInside(path, 'here')
          } catch (error) {
            expect(error).toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
            return
          }
          expect(resolve('/root', plain).startsWith(`${resolve('/root')}${sep}`)).toBe(true)
          expect(pathInside(plain, 'here')).toBe(plain)
        },
      ),
    )
  })
})

describe('a guarded folder', () => {
  test('reads what lies in it, also through links that stay inside', async () => {
    const guarded = await openGuardedFolder(folder)
    expect(Buffer.from((await guarded.read('a.png', 'here')).bytes).toString()).toBe('a')
    expect(Buffer.from((await guarded.read('alias.png', 'here')).bytes).toString()).toBe('a')
  })

  test('a folder that is itself a link is where it leads', async () => {
    symlinkSync(folder, join(root, 'link'))
    expect((await (await openGuardedFolder(join(root, 'link'))).read('a.png', 'here')).bytes).toHaveLength(1)
  })

  test.each([
    ['out.png', 'MIMICIT_BAD_RECORD'],
    ['up/secret.png', 'MIMICIT_BAD_RECORD'],
    ['none.png', 'MIMICIT_NOT_FOUND'],
    ['a.png/b', 'MIMICIT_NOT_FOUND'],
    ['loop.png', 'MIMICIT_NOT_FOUND'],
    [`${'x'.repeat(300)}.png`, 'MIMICIT_NOT_FOUND'],
    ['f', 'MIMICIT_BAD_PICTURE'],
    ['big.png', 'MIMICIT_BAD_PICTURE'],
  ])('%s is refused', async (path, code) => {
    const guarded = await openGuardedFolder(folder)
    const fault = await faultOf(guarded.read(path, 'line 3 of x'))
    expect([fault.code, fault.parts.where]).toEqual([code, 'line 3 of x'])
  })

  test.skipIf(process.platform === 'win32')('a pipe is not waited for', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.png')])
    const guarded = await openGuardedFolder(folder)
    expect((await faultOf(guarded.read('pipe.png', 'here'))).code).toBe('MIMICIT_BAD_PICTURE')
  })

  test('lists pictures by name, numbers as numbers, and nothing outside', async () => {
    const guarded = await openGuardedFolder(folder)
    expect(await guarded.pictures('f', 'here')).toEqual(['f/frame_9.png', 'f/frame_10.png'])
    expect(await guarded.pictures('none', 'here')).toBeUndefined()
    expect(await guarded.pictures('a.png', 'here')).toBeUndefined()
    expect((await faultOf(guarded.pictures('up', 'here'))).code).toBe('MIMICIT_BAD_RECORD')
  })

  test('must be there and be one', async () => {
    expect((await faultOf(openGuardedFolder(join(root, 'none')))).code).toBe('MIMICIT_NOT_FOUND')
    expect((await faultOf(openGuardedFolder(join(root, 'secret.png')))).code).toBe('MIMICIT_IO')
  })
})

test('the order of names is total: sorting does not depend on where it begins', () => {
  const name = fc.array(fc.constantFrom('a', 'b', '0', '1', '07', '10', '_')).map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.uniqueArray(name), (names) => {
      const sorted = [...names].sort(byName)
      expect([...names].reverse().sort(byName)).toEqual(sorted)
    }),
  )
  expect(['f10', 'f9', 'f009', 'F1'].sort(byName)).toEqual(['F1', 'f009', 'f9', 'f10'])
})
