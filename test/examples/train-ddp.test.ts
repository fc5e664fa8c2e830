// PyTorch on batches of mimicit: two ranks have the global order and the losses of one, and a run that is killed goes on as if
// it had not been. Needs Python with torch, pyarrow and numpy, and is skipped by name where one is missing.
// MIMICIT_PYTHON names another interpreter.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshDist, ROOT } from '../fresh-dist.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'data')
const python = process.env.MIMICIT_PYTHON ?? 'python3'
const script = join(ROOT, 'examples/python/train_ddp.py')
const run = (...args: readonly string[]) =>
  spawnSync(python, ['-B', ...args], { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '1' } })
const hasModules = run('-c', 'import torch, pyarrow, numpy').status === 0

interface Line {
  readonly step: number
  readonly loss: number
  readonly ids: readonly string[]
}
const log = (name: string) =>
  readFileSync(join(dir, name, 'log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

function train(ranks: number, name: string, ...more: readonly string[]) {
  const launcher = ranks === 1 ? [] : ['-m', 'torch.distributed.run', '--nproc-per-node', String(ranks), '--standalone']
  // 18 steps an epoch: the order goes over its end.
  return run(...launcher, script, data, '--out', join(dir, name), '--steps', '20', ...more)
}

describe.skipIf(!hasModules)(`train_ddp.py (skipped unless ${python} has torch, pyarrow and numpy)`, () => {
  beforeAll(async () => {
    freshDist()
    await importFixtures(data)
  })

  test('two ranks see what one sees, and go on after a kill', () => {
    const alone = train(1, 'one')
    expect(alone.status, alone.stderr).toBe(0)
    const two = train(2, 'two')
    expect(two.status, two.stderr).toBe(0)
    expect(train(2, 'killed', '--kill-at', '7').status).not.toBe(0)
    expect(log('killed')).toHaveLength(6)
    // On another number of ranks, too.
    const resumed = train(1, 'killed')
    expect(resumed.status, resumed.stderr).toBe(0)
    const expected = log('one')
    expect(expected).toHaveLength(20)
    expect(expected.at(-1)!.loss).toBeLessThan(expected[0]!.loss - 0.5)
    for (const name of ['two', 'killed']) {
      const lines = log(name)
      expect(lines.map(({ ids }) => ids.filter((id) => id !== ''))).toEqual(expected.map(({ ids }) => ids))
      for (const [i, { loss }] of lines.entries()) expect(loss).toBeCloseTo(expected[i]!.loss, 4)
    }
  }, 300_000)
})

test.skipIf(run('--version').status !== 0)('train_ddp.py says what it needs where Python has no torch', () => {
  expect(existsSync(script)).toBe(true)
  const { status, stderr } = run(
    '-c',
    `import os, sys; sys.modules['torch'] = None; sys.argv = ['x', 'y']; sys.path.insert(0, os.path.dirname(${JSON.stringify(script)}))
import runpy; runpy.run_path(${JSON.stringify(script)}, run_name='__main__')`,
  )
  expect([status, stderr]).toEqual([1, expect.stringContaining('pip install torch')])
})
