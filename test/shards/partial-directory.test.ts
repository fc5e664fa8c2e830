// The place where a data set grows: nothing there is removed that is not ours, and one writer works in it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { claimPartial } from '../../src/shards/partial-directory.js'
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

test.each([true, false])('of several that find it abandoned at once, one gets it (kept: %s)', async (keepAbandoned) => {
  for (let round = 0; round < 5; round++) {
    const out = join(root, `contested-${keepAbandoned}-${round}`)
    mkdirSync(`${out}.partial`)
    writeFileSync(`${out}.partial/.mimicit-partial`, '2147483646\n')
    writeFileSync(`${out}.partial/half.parquet`, 'PAR1')
    const claims = await Promise.allSettled(Array.from({ length: 8 }, () => claimPartial(out, { keepAbandoned })))
    const codes = claims.flatMap((claim) => (claim.status === 'rejected' ? [claim.reason.code] : []))
    expect(codes).toEqual(Array(7).fill('MIMICIT_NOT_EMPTY'))
    expect(readFileSync(`${out}.partial/.mimicit-partial`, 'utf8')).toBe(`${process.pid}\n`)
    expect(readdirSync(`${out}.partial`).sort()).toEqual([
      '.mimicit-partial',
      ...(keepAbandoned ? ['half.parquet'] : []),
    ])
  }
})
