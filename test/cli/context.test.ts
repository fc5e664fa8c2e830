// `mimicit context` as a person uses it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const data = join(tempDir(), 'data')
const mimicit = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'context', data, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

beforeAll(() => importFixtures(data))

test('build, show, stats', () => {
  const built = mimicit('--select', 'text-similarity', '-k', '2', '--name', 'by-text', '--threads', '0')
  expect([built.status, built.stderr]).toEqual([0, ''])
  expect(built.stdout).toContain("load with context 'stored:by-text'")
  expect(built.stdout).toMatch(/^ {2}2 contexts +█+ \d+$/m)
  expect(built.stdout).toMatch(/^vectors, text +ngrams 1 256$/m)
  const shown = mimicit('--name', 'by-text', '--show', 'LA_INS_000000408805_0')
  expect(shown.stdout).toMatch(/^LA_INS_000000408805_0 .*\n {2}I {2}.+\n\n {2}[01]\.\d{3} {2}\w+/)
  const stats = JSON.parse(mimicit('--name', 'by-text', '--stats', '--json').stdout)
  expect(stats.affinity.instruction.contexts).toBeGreaterThan(stats.affinity.instruction.random)
  expect(stats).toMatchObject({ name: 'by-text', sameVisuals: 0, leaks: 0, select: { name: 'text-similarity' } })
  expect(mimicit('--name', 'by-text', '--stats').stdout).toMatch(/^instructions share +\d/m)
})

test('the preset and a training list of it', () => {
  const preset = JSON.parse(mimicit('--preset', 'mimic-it', '--threads', '0', '--json').stdout)
  expect(preset).toMatchObject({ name: 'mimic-it', select: 'by-task:mimic-it' })
  const train = mimicit('--from-table', 'mimic-it', '--strategy', 'first-k', '--name', 'short')
  expect([train.status, train.stdout]).toEqual([
    0,
    expect.stringMatching(/^short: \d+ queries of mimic-it by first-k, at most 2/),
  ])
})

test('wrong uses are told', () => {
  const wrong = (...args: string[]) => mimicit(...args).stderr
  expect(wrong('--name', 'x')).toContain('--select <function>, --preset <name>')
  expect(wrong('--select', 'clip')).toContain('MIMICIT_UNKNOWN_NAME')
  expect(wrong('--select', 'random', '--name', 'train')).toContain('--replace')
  expect(wrong('--from-table', 'train', '--name', 'x')).toContain('--strategy <name> with --from-table')
  expect(wrong('--stats')).toContain('--name <name>')
  expect(wrong('--name', 'none', '--stats')).toContain('MIMICIT_UNKNOWN_NAME')
})
