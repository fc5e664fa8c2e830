// What doctor says of this machine, and of one that lacks a program.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { version } from '../../src/base/version.js'
import type { Finding } from '../../src/cli/examine.js'
import { ROOT } from '../fresh-dist.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()

function doctor(place: string, path: string, env: NodeJS.ProcessEnv = {}) {
  const args = [join(ROOT, 'dist/cli/main.js'), 'doctor', place, '--json']
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: path, ...env },
  })
  const { parts } = JSON.parse(stdout) as { readonly parts: readonly Finding[] }
  return { status, parts, part: (name: string) => parts.find(({ part }) => part === name) }
}

test('tries what is there and says how to get what is not', () => {
  const { status, parts, part } = doctor(dir, dir)
  expect(status).toBe(0)
  expect(part('mimicit')).toMatchObject({ state: 'ok', found: version })
  expect(part('node')).toMatchObject({ state: 'ok', found: process.versions.node })
  expect(part('disk')).toMatchObject({ state: 'ok', found: expect.stringMatching(/ free$/) })
  expect(part('pictures')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^sharp \d/) })
  expect(part('backend wasm')).toMatchObject({ state: 'ok', found: expect.stringMatching(/^version \d/) })
  // Nothing lies in the only folder of PATH.
  expect(part('ffmpeg')).toMatchObject({ state: 'absent', found: expect.stringContaining('apt-get install ffmpeg') })
  for (const { found } of parts.filter(({ state }) => state === 'absent')) expect(found).toMatch(/install/i)
})

test('a backend that is installed and has no graphics card to run on is no fault', () => {
  const { status, part } = doctor(dir, dir, { VK_DRIVER_FILES: 'nowhere', VK_ICD_FILENAMES: 'nowhere' })
  expect(status).toBe(0)
  expect(part('backend webgpu')).toMatchObject({
    state: 'absent',
    found: expect.stringMatching(/packages are there, a graphics card with a driver .* is not/),
  })
})

test('a directory that is not there is told', () => {
  expect(doctor(join(dir, 'nowhere'), dir).part('disk')).toMatchObject({
    state: 'broken',
    found: expect.stringContaining('ENOENT'),
  })
})
