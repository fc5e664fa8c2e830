// examples/swap-context.ts as a reader runs it, with few steps: two in-context functions, 0, 2 and 4 shots, one table.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('swap-context trains with every function and number of shots, and prints them side by side', () => {
  const args = ['--import', 'tsx', 'examples/swap-context.ts', '4']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  const shared = [...stdout.matchAll(/^(\S+): instructions share (\d+\.\d) %/gm)].map(([, name, part]) => [
    name,
    Number(part),
  ])
  expect(shared.map(([name]) => name)).toEqual(['text-similarity', 'random'])
  expect(shared[0]![1]).toBeGreaterThan(Number(shared[1]![1]))
  const rows = [...stdout.matchAll(/^(\S+) +([024]) +(\d\.\d{3}) +(\d\.\d{3})$/gm)]
  expect(rows.map(([, name, shots]) => `${name} ${shots}`)).toEqual([
    'none 0',
    'text-similarity 2',
    'random 2',
    'text-similarity 4',
    'random 4',
  ])
  // The same weights and queries at the beginning, other contexts: other losses, and all of them fall.
  expect(new Set(rows.map(([, , , first]) => first)).size).toBe(rows.length)
  for (const [, , , first, final] of rows) expect(Number(final)).toBeLessThan(Number(first))
})
