// schema/FORMAT.md is enough: a reader that was written from it alone (test/support/format-1-decoder.ts) finds everything
// in the golden files.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixture } from '../support/fixtures.js'
import {
  checkedJson,
  decodeManifest,
  idRecords,
  mediaLocations,
  orderKeyOf,
  rowsOf,
  uncovered,
} from '../support/format-1-decoder.js'

interface Expected {
  readonly pairs: readonly { readonly id: string }[]
  readonly media: readonly { readonly ids: readonly string[]; readonly byteLength: number; readonly sha256: string }[]
  readonly contexts: Readonly<Record<string, readonly { readonly contexts: readonly number[] }[]>>
}
const golden = fixture('format-1')
const expectedSets = JSON.parse(readFileSync(join(golden, 'expected.json'), 'utf8')) as Record<string, Expected>
const sha256Hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('the example of FORMAT.md has its order key', () => {
  const format = readFileSync(fixture('../schema/FORMAT.md'), 'utf8')
  expect(format).toContain(orderKeyOf(['a', 'ü'], [2], [['x', 'y']], [1]))
})

describe.each(['parquet', 'arrow', 'compat', 'grown', 'counted'])('%s', (set) => {
  const dir = join(golden, set)
  const expected = expectedSets[set === 'grown' ? 'grown' : 'first']!
  const manifest = decodeManifest(dir)
  const { pairs, media } = manifest.tables as Required<typeof manifest.tables>

  test('manifest and provenance carry their checksums', () => {
    expect(Object.keys(checkedJson(readFileSync(join(dir, 'provenance.json'))) as object)[0]).toBe('tool')
    const { form, profile, generation } = manifest
    expect({ form, profile, generation }).toEqual({
      form: set === 'arrow' ? 'arrow' : 'parquet',
      profile: set === 'compat' ? 'compat' : undefined,
      generation: set === 'grown' ? 2 : 1,
    })
    const damaged = readFileSync(join(dir, 'manifest.json'))
    damaged[100]! ^= 1
    expect(() => checkedJson(damaged)).toThrow('another checksum')
  })

  test('shards have the sizes and hashes of the manifest, and its sums of rows', () => {
    const tables = [pairs!, media!, ...Object.values(manifest.contexts), ...Object.values(manifest.lengths ?? {})]
    const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0)
    for (const { rows, shards } of tables) {
      expect(sum(shards.map((shard) => shard.rows))).toBe(rows)
      for (const { path, rows: held, bytes, sha256, rowGroups } of shards) {
        const file = readFileSync(join(dir, path))
        expect([file.length, sha256Hex(file)], path).toEqual([bytes, sha256])
        expect(sum(rowGroups.map((group) => group.rows)), path).toBe(held)
        for (const { offset, bytes: length } of rowGroups) expect(offset + length, path).toBeLessThanOrEqual(bytes)
      }
    }
    for (const table of [pairs!, media!]) {
      expect(table.shards.flatMap(({ rowGroups }) => rowGroups.map(({ rows }) => rows))).toEqual(table.blocks)
    }
  })

  test('media.loc leads to the bytes of every picture', () => {
    const places = mediaLocations(dir, manifest)
    expect(places.length).toBe(expected.media.length)
    for (const [row, { byteLength, sha256 }] of expected.media.entries()) {
      const { shard, offset, length, hash } = places[row]!
      const bytes = readFileSync(join(dir, media!.shards[shard]!.path)).subarray(offset, offset + length)
      expect([bytes.length, sha256Hex(bytes), hash], `row ${row}`).toEqual([byteLength, sha256, sha256.slice(0, 16)])
    }
  })

  test('ids lead to rows, and no others do', () => {
    const ofPairs = idRecords(dir, manifest, 'pairs')
    expect(ofPairs.length).toBe(expected.pairs.length)
    for (const [row, { id }] of expected.pairs.entries()) expect(rowsOf(ofPairs, id), id).toEqual([row])
    const ofMedia = idRecords(dir, manifest, 'media')
    const ids = expected.media.flatMap((picture, row) => picture.ids.map((id) => [id, row] as const))
    expect(ofMedia.length).toBe(ids.length)
    for (const [id, row] of ids) expect(rowsOf(ofMedia, id), id).toEqual([row])
    for (const id of ['', 'LA_INS_', 'la_ins_0']) expect(rowsOf(ofPairs, id)).toEqual([])
  })

  test('sums cover everything but the pictures', () => {
    const lengths = Object.keys(manifest.lengths ?? {}).map((name) => `lengths/${name}`)
    expect(lengths.length).toBe(set === 'counted' ? 2 : 0)
    for (const name of [
      'pairs',
      ...Object.keys(manifest.contexts).map((context) => `context/${context}`),
      ...lengths,
    ]) {
      expect(uncovered(dir, manifest, name), name).toEqual([])
    }
    const gaps = uncovered(dir, manifest, 'media')
    // One for each row group: its pictures lie together.
    expect(gaps.length).toBe(media!.blocks.length)
    const places = mediaLocations(dir, manifest)
    let row = 0
    for (const [i, gap] of gaps.entries()) {
      const inside = places.slice(row, row + media!.blocks[i]!)
      for (const { shard, offset, length } of inside) {
        expect(shard).toBe(gap.shard)
        expect(offset).toBeGreaterThanOrEqual(gap.offset)
        expect(offset + length).toBeLessThanOrEqual(gap.offset + gap.length)
      }
      const last = inside.at(-1)!
      expect(last.offset + last.length).toBe(gap.offset + gap.length)
      // In the Arrow form they are all of it; in Parquet pages begin with a header, and values with their length.
      if (set === 'arrow') expect(inside.reduce((sum, { length }) => sum + length, 0)).toBe(gap.length)
      row += inside.length
    }
  })

  test('the order key of every generation follows from ids and blocks, and contexts name one of them', () => {
    /** The blocks that hold the first rows. */
    const first = (blocks: readonly number[], rows: number) => {
      let at = 0
      return blocks.filter((block) => {
        at += block
        return at <= rows
      })
    }
    for (const generation of manifest.generations) {
      const key = orderKeyOf(
        expected.pairs.slice(0, generation.pairs).map(({ id }) => id),
        first(pairs!.blocks, generation.pairs),
        expected.media.slice(0, generation.media).map(({ ids }) => ids),
        first(media!.blocks, generation.media),
      )
      expect(key).toBe(generation.orderKey)
    }
    expect(manifest.generations.at(-1)?.orderKey).toBe(manifest.orderKey)
    expect(manifest.generations.length).toBe(manifest.generation)
    for (const [name, { orderKey, pairs: range, rows, maxContexts }] of Object.entries(manifest.contexts)) {
      const made = manifest.generations.find((generation) => generation.orderKey === orderKey)
      expect(made?.pairs, name).toBeGreaterThanOrEqual(range.to)
      expect(rows, name).toBe(expected.contexts[name]!.length)
      expect(maxContexts, name).toBe(Math.max(...expected.contexts[name]!.map(({ contexts }) => contexts.length)))
    }
  })
})
