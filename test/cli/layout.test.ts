// The commands that make data sets of data sets, as a person uses them.
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { filterDataset } from '../../src/layout/filter.js'
import { fixture, importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { pairsOf } from '../support/whole-dataset.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const dir = tempDir()
const [data, la] = [join(dir, 'data'), join(dir, 'la')]
const mimicit = (...args: string[]) => {
  const run = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status: run.status, stdout: run.stdout, stderr: run.stderr }
}

beforeAll(async () => {
  await importFixtures(data)
  await filterDataset(data, { out: la, subset: ['LA'] })
})

test('filter by subset and by a file of ids', async () => {
  const ids = (await pairsOf(data)).slice(3, 6).map(({ id }) => id)
  writeFileSync(join(dir, 'ids.txt'), `${ids.join('\r\n')}\n\n`)
  const some = mimicit('filter', data, '--ids', join(dir, 'ids.txt'), '--out', join(dir, 'some'))
  expect([some.status, some.stderr]).toEqual([0, ''])
  expect(some.stdout).toMatch(/^3 pairs, 1 picture \(.*\): .*some\n {2}context /)
  expect((await pairsOf(join(dir, 'some'))).map(({ id }) => id)).toEqual(ids)
  const wrong = mimicit('filter', data, '--subset', 'XY', '--out', join(dir, 'wrong'))
  expect([wrong.status, wrong.stderr.includes('one of LA, CGD')]).toEqual([2, true])
  expect(existsSync(join(dir, 'wrong'))).toBe(false)
})

test('split and merge', () => {
  const out = join(dir, 'split')
  const split = mimicit('split', la, '--validation', '20%', '--test', '0.2', '--seed', '1', '--out', out)
  expect([split.status, split.stderr]).toEqual([0, ''])
  expect(split.stdout).toMatch(/\n {2}(test|train|validation) \d+, /)
  const merged = mimicit('merge', la, data, '--namespace', 'a', 'b', '--out', join(dir, 'merged'), '--json')
  expect(JSON.parse(merged.stdout)).toMatchObject({ manifest: { tables: { media: { rows: 16 } } } })
  expect(mimicit('merge', la, data, '--out', join(dir, 'x')).stderr).toContain('MIMICIT_DUPLICATE_ID')
  const nowhere = mimicit('merge', la, data)
  expect([nowhere.status, nowhere.stderr]).toEqual([2, expect.stringContaining('--out of mimicit merge')])
  expect(mimicit('split', la, '--test', '120%', '--out', join(dir, 'x')).stderr).toContain('a part such as 1%')
})

test('import --append', async () => {
  const source = [fixture('mimicit/CGD_instructions.json'), '--train', fixture('mimicit/CGD_train.json')]
  const grown = mimicit('import', ...source, '--images', fixture('mimicit/LA.json'), '--append', la)
  expect([grown.status, grown.stderr]).toEqual([0, ''])
  expect((await pairsOf(la)).length).toBe((await pairsOf(data)).length)
  expect(mimicit('verify', la).stdout).toMatch(/: no issue\n$/)
  expect(mimicit('info', la).stdout).toContain('generation 2')
  expect(mimicit('import', ...source).stderr).toContain('either out (a new data set) or append')
})

test('export', () => {
  const out = join(dir, 'files')
  const { status, stdout, stderr } = mimicit('export', data, '--to', 'llava', '--subset', 'LA', '--out', out)
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^\d+ pairs, 16 pictures -> 17 files, .*files\n {2}data\.json: /)
  expect(stdout).toMatch(/\n {2}warning: left out \d+ times, contexts of the table train \("LA_INS_/)
  const json = mimicit('export', la, '--to', 'mimic-it', '--name', 'X', '--out', join(dir, 'trio'), '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ to: 'mimic-it', losses: [], files: [{ path: 'X.json' }, {}, {}] })
  expect(mimicit('export', la, '--to', 'tar', '--out', join(dir, 'x')).status).toBe(2)
  const wrong = mimicit('export', la, '--to', 'hf', '--name', 'X', '--out', join(dir, 'x'))
  expect([wrong.status, wrong.stderr.includes('MIMICIT_UNKNOWN_OPTION')]).toEqual([2, true])
})

test('every command explains itself', () => {
  for (const command of ['filter', 'merge', 'split', 'export']) {
    const { status, stdout } = mimicit(command, '--help')
    expect([status, stdout.includes(`Usage: mimicit ${command}`)]).toEqual([0, true])
  }
})

test('tokenize', () => {
  const made = mimicit('tokenize', data, '--tokenizer', 'bytes', '--template', 'llama2', '--ids')
  expect([made.status, made.stderr]).toEqual([0, ''])
  expect(made.stdout).toMatch(/^lengths bytes-llama2: \d+ pairs with [\d,]+ tokens of text, \d+ pairs in all\n$/)
  const again = mimicit('tokenize', data, '--tokenizer', 'bytes', '--template', 'llama2', '--ids', '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({ name: 'bytes-llama2', added: 0 })
  expect(mimicit('info', data).stdout).toMatch(/lengths bytes-llama2 +\d+ pairs, with their ids/)
  expect(mimicit('verify', data).stdout).toMatch(/: no issue\n$/)
  expect(mimicit('tokenize', data, '--tokenizer', 'none.json').stderr).toContain('MIMICIT_NOT_FOUND')
})
