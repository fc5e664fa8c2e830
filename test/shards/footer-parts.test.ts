// The footer of a shard, taken apart at the places that a manifest names, and without them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { findGroups, footerParts } from '../../src/shards/footer-parts.js'
import type { ShardRecord } from '../../src/shards/manifest.js'
import { filesOf, manifestOf, reading, withoutPlaces } from '../support/hostile.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
/** A footer with several row groups, and one with so many that their number does not fit into the first byte of the list. */
const sets = { few: 40, many: 300 }

beforeAll(async () => {
  for (const [name, pairs] of Object.entries(sets)) {
    const sizes = { rowGroupBytes: 1e6, rowGroupRows: 4, shardBytes: 1e9 }
    const writer = await createDataset(join(root, name), { sizes: { media: sizes, text: sizes } })
    for (let i = 0; i < pairs; i++) {
      await writer.addPair({
        ...{ id: `P_${i}`, subset: 'T', split: null, language: 'en', instruction: 'Why?', response: `${i}` },
        ...{ mediaKind: 'none', media: [], mediaIds: [], mediaPositions: null, mediaTimes: null, metadata: null },
      })
    }
    await writer.finish({ tool: 'test' })
  }
})

async function footerOf(name: string) {
  const { path, rowGroups }: ShardRecord = manifestOf(await filesOf(join(root, name))).tables.pairs.shards[0]!
  const file = readFileSync(join(root, name, path))
  const end = file.byteLength - 8
  const start = end - file.readUInt32LE(end)
  return { footer: file.subarray(start, end), begins: rowGroups.map(({ footer }) => footer! - start) }
}

describe.each(Object.keys(sets))('a footer of %s row groups', (name) => {
  test('the manifest names where they begin', async () => {
    const { footer, begins } = await footerOf(name)
    expect(findGroups(footer, begins.length).places.slice(0, -1)).toEqual(begins)
  })

  test('comes apart as it does by going through it', async () => {
    const { footer, begins } = await footerOf(name)
    const [told, found] = [footerParts(footer, begins.length, begins), footerParts(footer, begins.length)]
    expect([told.head, told.tail]).toEqual([found.head, found.tail])
    for (let group = 0; group < begins.length; group++) expect(told.group(group)).toEqual(found.group(group))
  })

  test('places that are wrong are refused, or give what stands there', async () => {
    const { footer, begins } = await footerOf(name)
    const count = begins.length
    fc.assert(
      fc.property(
        fc.nat(count - 1),
        fc.integer({ min: -2 * footer.byteLength, max: 2 * footer.byteLength }),
        (at, by) => {
          fc.pre(by !== 0)
          const wrong = begins.map((place, i) => (i === at ? place + by : place))
          const all = () => {
            const parts = footerParts(footer, count, wrong)
            for (let group = 0; group < count; group++) parts.group(group)
          }
          expect(all).toThrow(RangeError)
        },
      ),
      { numRuns: 200 },
    )
  })
})

test('a data set whose manifest does not name them is read', async () => {
  const files = withoutPlaces(await filesOf(join(root, 'many')))
  expect(files.get('manifest.json')!.includes('"footer"')).toBe(false)
  const ids = (set: { pair(row: number): Promise<{ id: string }> }) =>
    Promise.all([0, 150, 299].map(async (row) => (await set.pair(row)).id))
  expect(await reading(files, ids)).toEqual(await reading(await filesOf(join(root, 'many')), ids))
})
