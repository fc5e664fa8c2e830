// The report of an import: every issue as a line, beside the data set.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Issue } from '../../src/base/issues.js'
import { issueFile } from '../../src/import/issue-file.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
let made = 0

/** A set of 20 pictures that are none, and a pair on each. */
function brokenSet() {
  const path = join(dir, `${made++}`)
  const numbers = Array.from({ length: 20 }, (_, n) => n)
  const pairs = numbers.map((n) => [
    `A_INS_${n}`,
    { instruction: 'q', answer: 'a', image_ids: [`A_IMG_${n}`], rel_ins_ids: [] },
  ])
  writeFileSync(`${path}.json`, JSON.stringify(Object.fromEntries(numbers.map((n) => [`A_IMG_${n}`, 'AAAA']))))
  writeFileSync(`${path}-instructions.json`, JSON.stringify({ data: Object.fromEntries(pairs) }))
  return { instructions: [`${path}-instructions.json`], images: [`${path}.json`], out: path }
}

const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Issue)

test('a failed import leaves the report and nothing else, and its error names it', async () => {
  const options = brokenSet()
  const fault = await faultOf(importMimicIt(options))
  const report = `${options.out}.issues.jsonl`
  expect(fault.code).toBe('MIMICIT_BAD_PICTURE')
  expect(fault.message).toContain(`Every fault is listed in ${report}.`)
  expect(lines(report)).toHaveLength(20)
  const { id, level, code } = lines(report)[17]!
  expect([id, level, code]).toEqual(['A_IMG_17', 'error', 'MIMICIT_BAD_PICTURE'])
  expect(existsSync(options.out)).toBe(false)
})

test('an import that goes on lists what it left out; one without issues removes an old report', async () => {
  const options = brokenSet()
  const { report, issues } = await importMimicIt({ ...options, broken: 'drop-visual' })
  expect(report).toBe(`${options.out}.issues.jsonl`)
  const counted = issues.reduce((sum, { count }) => sum + count, 0)
  expect([counted, issues[0]!.examples.length]).toEqual([40, 5])
  expect(lines(report!).map(({ code, id }) => [code, id])).toEqual([
    ...Array.from({ length: 20 }, (_, n) => ['MIMICIT_BAD_PICTURE', `A_IMG_${n}`]),
    ...Array.from({ length: 20 }, (_, n) => ['MIMICIT_DANGLING_MEDIA', `A_INS_${n}`]),
  ])
  const out = join(dir, 'sound')
  writeFileSync(`${out}.issues.jsonl`, '{}\n')
  expect((await importFixtures(out)).report).toBeNull()
  expect(existsSync(`${out}.issues.jsonl`)).toBe(false)
})

test('a report is written as it grows, and begins anew', () => {
  const out = join(dir, 'long')
  const file = issueFile(out)
  const issue = { code: 'MIMICIT_BAD_RECORD', level: 'warning', where: 'x'.repeat(1000), message: 'ü' } as const
  expect(file.path).toBeNull()
  for (let n = 0; n < 1000; n++) file.add(issue)
  expect(readFileSync(file.path!).byteLength).toBeGreaterThan(900_000)
  file.close()
  file.close()
  expect(lines(file.path!)).toHaveLength(1000)
  const again = issueFile(out)
  again.add(issue)
  again.close()
  expect(lines(again.path!)).toEqual([issue])
})

test('a report that cannot be written is an error', async () => {
  const file = issueFile(join(dir, 'no', 'such', 'folder'))
  file.add({ code: 'MIMICIT_BAD_RECORD', level: 'warning', where: 'x', message: 'y' })
  expect((await faultOf(() => file.close())).code).toBe('MIMICIT_NOT_FOUND')
  expect(readdirSync(dir)).not.toContain('no')
})
