// A context table that is damaged: told with its file, and closed like everything else.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { selectContexts } from '../../src/context/select.js'
import { openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { openFilesBelow } from '../support/open-files.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()

test('a damaged table leaves no file open, and the others can still be read', async () => {
  const data = join(root, 'set')
  await importFixtures(data)
  const path = join(data, 'context/train/00000.parquet')
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0, 4, bytes.byteLength >> 1))
  const dataset = await openDataset(data)
  const fault = await faultOf(selectContexts(dataset, 'train'))
  expect(fault.code).toBe('MIMICIT_CORRUPT')
  expect(fault.message).toContain('context/train/00000.parquet')
  expect(openFilesBelow(root) ?? []).toEqual([])
  const related = await selectContexts(dataset, 'rel_ins_ids')
  expect(related.queries).toHaveLength(dataset.manifest.tables.pairs.rows)
  await dataset.close()
  expect(openFilesBelow(root) ?? []).toEqual([])
})
