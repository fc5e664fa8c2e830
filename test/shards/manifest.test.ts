// A manifest whose checksum is right and whose content cannot be: refused when it is read, before anything goes by it.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../src/shards/manifest.js'
import { faultOf } from '../support/fault.js'
import { type Files, filesOf, fitManifest, type Loose, manifestOf, reading } from '../support/hostile.js'
import { writeSmallDataset } from '../support/small-dataset.js'
import { tempDir } from '../support/temp-dir.js'

const dir = join(tempDir(), 'set')
let sound: Files

beforeAll(async () => {
  await writeSmallDataset(dir, 40)
  sound = await filesOf(dir)
})

describe('a manifest that contradicts itself', () => {
  type Change = (manifest: Loose<Manifest>) => void
  const shard = ({ tables }: Loose<Manifest>) => tables.pairs.shards[0]!
  test.each<[string, RegExp, Change]>([
    ['rows of a table', /7 rows of pairs, whose shards have 40/, (m) => Object.assign(m.tables.pairs, { rows: 7 })],
    ['rows of a context table', /1 rows of context\/near/, (m) => Object.assign(m.contexts.near!, { rows: 1 })],
    ['rows of a shard', /of 9 rows, whose row groups have 40/, (m) => Object.assign(shard(m), { rows: 9 })],
    ['a row group of 2^31 rows', /a row group of 2147483648 rows/, (m) => rows(m, 2 ** 31)],
    ['a row group of no rows', /a row group of 0 rows/, (m) => rows(m, 0)],
    ['a row group behind the end', /in pairs\/00000/, (m) => Object.assign(shard(m).rowGroups[0]!, { bytes: 2 ** 52 })],
    ['blocks', /blocks of pairs/, (m) => Object.assign(m.tables.pairs, { blocks: [20, 20] })],
    ['a shard of two tables', /pairs\/00000.parquet twice/, (m) => Object.assign(m.tables, { media: m.tables.pairs })],
    ['a generation', /a last generation of 41 pairs/, (m) => Object.assign(m.generations[0]!, { pairs: 41 })],
    ['pairs of a context', /made from pairs 0 to 99/, (m) => Object.assign(m.contexts.near!.pairs, { to: 99 })],
    [
      'a path outside',
      /at tables.pairs.shards.0.path/,
      (m) => Object.assign(shard(m), { path: '../pairs/00000.parquet' }),
    ],
    ['an absolute path', /at tables.pairs.shards.0.path/, (m) => Object.assign(shard(m), { path: '/etc/passwd' })],
    ['a number above 2^53', /at tables.pairs.rows/, (m) => Object.assign(m.tables.pairs, { rows: 2 ** 60 })],
    ['a negative number', /at tables.pairs.rows/, (m) => Object.assign(m.tables.pairs, { rows: -1 })],
  ])('%s', async (_, message, change) => {
    const files: Files = new Map(sound)
    const manifest = manifestOf(files)
    change(manifest)
    fitManifest(files, manifest)
    const fault = await faultOf(reading(files, async () => undefined))
    expect([fault.code, fault.message]).toEqual(['MIMICIT_BAD_MANIFEST', expect.stringMatching(message)])
  })
  const rows = ({ tables }: Loose<Manifest>, count: number) => {
    const [first] = tables.pairs.shards
    first!.rowGroups[0]!.rows = count
    Object.assign(first!, { rows: count })
  }
})
