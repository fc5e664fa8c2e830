// The place where a data set grows: nothing there is removed that is not ours, and one writer works in it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()

test('a directory of somebody else that has this name is left alone', async () => {
  const out = join(root, 'foreign')
  mkdirSync(`${out}.partial`)
  writeFileSync(`${out}.partial/mine.txt`, 'precious')
  const fault = await faultOf(createDataset(out))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_NOT_EMPTY', `${out}.partial`])
  expect(readFileSync(`${out}.partial/mine.txt`, 'utf8')).toBe('precious')
})

test('two writers of one data set: the first goes on, the second is told', async () => {
  const out = join(root, 'twice')
  const first = await createDataset(out)
  const fault = await faultOf(createDataset(out))
  expect(fault.code).toBe('MIMICIT_NOT_EMPTY')
  expect(fault.message).toContain(`process ${process.pid} is writing`)
  await first.finish({ tool: 'test' })
  expect(existsSync(join(out, 'manifest.json')) && !existsSync(join(out, '.mimicit-partial'))).toBe(true)
})

test('what a process that is gone has left is removed', async () => {
  const out = join(root, 'abandoned')
  mkdirSync(`${out}.partial`)
  // A process number that no system gives out.
  writeFileSync(`${out}.partial/.mimicit-partial`, '2147483646\n')
  writeFileSync(`${out}.partial/half.parquet`, 'PAR1')
  const writer = await createDataset(out)
  await writer.finish({ tool: 'test' })
  expect(existsSync(join(out, 'half.parquet'))).toBe(false)
  expect(existsSync(join(out, 'manifest.json'))).toBe(true)
})
