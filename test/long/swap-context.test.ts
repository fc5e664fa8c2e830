// examples/swap-context.ts as a reader runs it: what its table is there to show stands in it.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

test('swap-context shows that examples by the same annotator help, and by the other one do harm', () => {
  const args = ['--import', 'tsx', 'examples/swap-context.ts']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
  const rows = [...stdout.matchAll(/^([a-z-]+) +([012]) +(\d\.\d{3})(?: +(-?\d\.\d{3}) \((\d\.\d{3})\))?$/gm)]
  expect(rows.map(([, name, shots]) => `${name} ${shots}`)).toEqual([
    'none 0',
    ...['same-annotator', 'random', 'other-annotator'].flatMap((name) => [`${name} 1`, `${name} 2`]),
  ])
  // In standard errors: beyond what chance explains.
  const gain = (row: number) => Number(rows[row]![4]) / Number(rows[row]![5])
  expect(gain(1)).toBeGreaterThan(2)
  expect(gain(2)).toBeGreaterThan(2)
  expect(gain(5)).toBeLessThan(-2)
  expect(gain(6)).toBeLessThan(-2)
  const loss = (row: number) => Number(rows[row]![3])
  expect(loss(1)).toBeLessThan(loss(3))
  expect(loss(3)).toBeLessThan(loss(5))
})
