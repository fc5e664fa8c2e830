// `npm ci` builds dist/, and npm builds again whenever it prepares the package, such as at the first `npx mimicit` of a clone:
// what is up to date must then stay, since somebody may be using it.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
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

describe('threads', () => {
  const dist = (path: string) => readFileSync(join(ROOT, 'dist', path), 'utf8')
  /** What a module imports, the parts of its bundle followed. */
  const importsOf = (path: string, seen = new Set<string>()): ReadonlySet<string> => {
    for (const [, name] of dist(path).matchAll(/(?<=^|;)import(?:[\w\s{},*$]*from)?\s*["'`]([^"'`]+)["'`]/g)) {
      if (seen.has(name!)) continue
      seen.add(name!)
      if (name!.startsWith('.')) importsOf(join(path, '..', name!), seen)
    }
    return seen
  }

  it.each(['loader/worker.js', 'vision/decoder-worker.js', 'shards/picture-run-worker.js'])(
    '%s loads a few files of ours, and Node',
    (path) => {
      const imports = [...importsOf(path)]
      expect(imports.length).toBeGreaterThan(1)
      expect(imports.filter((name) => !/^node:|^\.\.\/threads\/|^\.\//.test(name))).toEqual([])
      expect(imports.filter((name) => name.startsWith('.')).length).toBeLessThan(20)
    },
  )

  it('say whose code lies in them', () => {
    const licences = dist('threads/LICENCES.txt')
    for (const name of ['zod', 'hyparquet', '@huggingface/tokenizers', 'apache-arrow']) {
      expect(licences).toMatch(new RegExp(`^${name} [\\d.]+ \\((MIT|Apache-2\\.0)\\)$`, 'm'))
    }
  })
})
