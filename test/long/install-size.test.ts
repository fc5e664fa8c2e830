// What an installation costs its users: every package that comes along without development dependencies, in bytes.
// Needs the package registry.
import { spawnSync } from 'node:child_process'
import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { formatBytes } from '../../src/base/format.js'
import { ROOT } from '../fresh-dist.js'

const MOST_BYTES = 400e6

it('takes less than 400 MB installed without development dependencies', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mimicit-install-'))
  try {
    for (const name of ['package.json', 'package-lock.json', 'scripts']) {
      cpSync(join(ROOT, name), join(directory, name), { recursive: true })
    }
    const args = ['ci', '--omit=dev', '--no-audit', '--no-fund']
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd: directory, encoding: 'utf8' })
    expect(status, stdout + stderr).toBe(0)
    const modules = join(directory, 'node_modules')
    const packages = readdirSync(modules).filter((name) => !name.startsWith('.'))
    const largest = packages
      .map((name) => ({ name, bytes: bytesBelow(join(modules, name)) }))
      .sort((a, b) => b.bytes - a.bytes)
    const total = largest.reduce((sum, { bytes }) => sum + bytes, 0)
    const told = largest.slice(0, 6).map(({ name, bytes }) => `${name} ${formatBytes(bytes)}`)
    console.log(`installed: ${formatBytes(total)} (${told.join(', ')})`)
    expect(packages).toContain('sharp')
    expect(packages).not.toContain('typescript')
    expect(total).toBeLessThan(MOST_BYTES)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

/** Links count as themselves. */
function bytesBelow(path: string): number {
  const facts = lstatSync(path)
  if (!facts.isDirectory()) return facts.size
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0)
}
