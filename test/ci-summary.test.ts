// The last line of .ci/run: what counts as passed, failed and skipped.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { ROOT } from './fresh-dist.js'

const directory = mkdtempSync(join(tmpdir(), 'mimicit-summary-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const file = (...statuses: string[]) => ({
  status: statuses.includes('failed') ? 'failed' : 'passed',
  assertionResults: statuses.map((status) => ({ status })),
})
function report(name: string, ...testResults: object[]): string {
  const path = join(directory, name)
  writeFileSync(path, JSON.stringify({ testResults }))
  return path
}
function summary(...args: string[]) {
  const run = spawnSync(process.execPath, [join(ROOT, '.ci/summary.js'), ...args], { encoding: 'utf8' })
  return { line: run.stdout.trimEnd().split('\n').at(-1), status: run.status }
}

it('sums reports', () => {
  const a = report('a.json', file('passed', 'passed'), file('passed'))
  const b = report('b.json', file('passed', 'failed'))
  const c = report('c.json', file('passed', 'skipped', 'pending', 'todo'))
  expect(summary(a)).toEqual({ line: '3 passed, 0 failed', status: 0 })
  expect(summary(a, b)).toEqual({ line: '4 passed, 1 failed', status: 1 })
  expect(summary(a, c)).toEqual({ line: '4 passed, 0 failed, 3 skipped', status: 0 })
})

it('counts skipped tests of the long run as failed', () => {
  const short = report('short.json', file('passed', 'skipped'))
  const long = report('long.json', file('passed', 'skipped'))
  expect(summary(short, '--skips-fail', long)).toEqual({ line: '2 passed, 1 failed, 1 skipped', status: 1 })
})

it('counts what could not run as failed', () => {
  const broken = report('broken.json', { status: 'failed', assertionResults: [] }, file('passed'))
  const hook = report('hook.json', { status: 'failed', assertionResults: [{ status: 'passed' }] })
  const none = report('none.json')
  expect(summary(broken)).toEqual({ line: '1 passed, 1 failed', status: 1 })
  expect(summary(hook)).toEqual({ line: '1 passed, 1 failed', status: 1 })
  expect(summary(none)).toEqual({ line: '0 passed, 1 failed', status: 1 })
  expect(summary(join(directory, 'nowhere.json'))).toEqual({ line: '0 passed, 1 failed', status: 1 })
})

it('names what failed and why before the sum', () => {
  const test = { status: 'failed', fullName: 'a room has a door', failureMessages: ['Error: it is a window'] }
  const path = report('named.json', {
    name: join(process.cwd(), 'test/room.test.ts'),
    status: 'failed',
    assertionResults: [test],
  })
  const skipped = report('skipped.json', {
    name: 'b',
    status: 'passed',
    assertionResults: [{ status: 'skipped', fullName: 'x' }],
  })
  const run = spawnSync(process.execPath, [join(ROOT, '.ci/summary.js'), path, '--skips-fail', skipped], {
    encoding: 'utf8',
  })
  expect(run.stdout).toContain('FAILED test/room.test.ts: a room has a door\nError: it is a window\n')
  expect(run.stdout).toContain('SKIPPED b: x')
  expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 2 failed')
})
