import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { beginParts, finishPart, missingParts, partsDirectory, readJob, reopenPart } from '../../src/work/part-files.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const job = { command: ['syphus', 'run', 'a.json', '--out', 'x'], directory: '/somewhere', parts: 3 }

describe('the directory of parts', () => {
  it('says what the job is and what is missing', async () => {
    const directory = partsDirectory(join(dir, 'out/'))
    expect(directory).toBe(join(dir, 'out.parts'))
    expect(await readJob(directory)).toBeUndefined()
    // As parts that begin at the same time do.
    await Promise.all([1, 2, 3].map(() => beginParts(directory, job)))
    expect(await readJob(directory)).toEqual(job)
    expect(readdirSync(directory)).toEqual(['job.json'])
    await finishPart(directory, { index: 2, count: 3 })
    expect(await missingParts(directory, 3)).toEqual([
      { index: 1, count: 3 },
      { index: 3, count: 3 },
    ])
    await reopenPart(directory, { index: 2, count: 3 })
    expect(await missingParts(directory, 3)).toHaveLength(3)
  })

  it('holds parts of one job only', async () => {
    const directory = join(dir, 'other.parts')
    await beginParts(directory, job)
    for (const other of [
      { ...job, parts: 4 },
      { ...job, command: ['syphus', 'run', 'b.json', '--out', 'x'] },
      { ...job, directory: '/elsewhere' },
    ]) {
      await expect(beginParts(directory, other)).rejects.toMatchObject({ code: 'MIMICIT_RESUME_MISMATCH' })
    }
    writeFileSync(join(directory, 'job.json'), '{"v":2}')
    await expect(beginParts(directory, job)).rejects.toMatchObject({ code: 'MIMICIT_BAD_RECORD' })
  })
})
