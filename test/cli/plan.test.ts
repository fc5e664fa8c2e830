// mimicit plan, and what mimicit rewrite says of a new order, as a person uses them.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const root = tempDir()
const data = join(root, 'data')

function mimicit(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

beforeAll(() => importFixtures(data))

test('plan prints what an epoch costs, as a table', () => {
  const args = ['plan', data, '--shots', '2', '--pack', '--reuse', '1MB', '--decode-rate', '10', '--bandwidth', '1MB']
  const { status, stdout, stderr } = mimicit(...args)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^epoch 0 +\d steps, 128 samples, 1\.56 contexts each$/m)
  expect(stdout).toMatch(/^pictures +14 distinct, \d+ uses$/m)
  expect(stdout).toMatch(/^decoded +at most (\d+), each [\d.]+ times, with 1\.00 MB of them kept$/m)
  expect(stdout).toMatch(/^ +each once with 2\.11 MB$/m)
  expect(stdout).toMatch(/^reads +at most \d+ of [\d.]+ MB, 100\.0 % of it wanted$/m)
  expect(stdout).toMatch(/^padding +[\d.]+ % of [\d,]+ tokens, [\d.]+ % with a sample a row in order$/m)
  expect(stdout).toMatch(/^time +about [\d.]+ s, decoding 10 pictures a second, reading 1\.00 MB a second$/m)
})

test('plan prints JSON, says what is not known, and refuses what a stream would', () => {
  const { status, stdout } = mimicit('plan', data, '--decode-rate', '7', '--json')
  const plan = JSON.parse(stdout) as { pictures: { decoded: number }; estimate: { seconds: number }; steps: number }
  expect([status, plan.steps, plan.pictures.decoded, plan.estimate.seconds]).toEqual([0, 16, 14, 2])
  const table = mimicit('plan', data, '--decode-rate', '7').stdout
  expect(table).toMatch(/^padding +not known: 0 of 146 pairs have token counts \(mimicit tokenize\)$/m)
  expect(table).toMatch(/^ +as if all fitted into --max-tokens: token counts of 146 pairs are not stored/m)
  // Each once is what it is.
  expect(table).toMatch(/^decoded +14, each once, with/m)
  expect(table).toMatch(/^time +at least 2\.\d+ s/m)
  const wrong = mimicit('plan', data, '--shuffle', 'best')
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('MIMICIT_UNKNOWN_NAME')])
})

test('rewrite --order locality says what the order does to an epoch', () => {
  const { status, stdout } = mimicit(
    ...['rewrite', data, '--order', 'locality', '--context', 'rel_ins_ids', '--out', join(root, 'near')],
  )
  expect(status).toBe(0)
  expect(stdout).toMatch(
    / {2}an epoch in windows, 3 shots, 64\.0 MB of decoded pictures kept: 16 instead of 16 pictures decoded \(16 distinct\), \d+ instead of \d+ reads/,
  )
})

test('train --pack fills rows, and says when it has to count tokens itself', () => {
  const args = ['--steps', '2', '--shots', '1', '--batch-size', '2', '--max-tokens', '400', '--pack', '--stats']
  const { status, stdout, stderr } = mimicit('train', data, '--out', join(root, 'run'), ...args)
  expect(status).toBe(0)
  expect(stderr).toContain(
    'token counts of 0 of 146 pairs are stored (mimicit tokenize); the others are counted window by',
  )
  expect(stdout).toMatch(/^ {2}padding +[\d.]+ % of [\d,]+ tokens, [\d.]+ % with a sample a row in order$/m)
})
