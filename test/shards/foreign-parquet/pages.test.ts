// Pages that claim more values than they were said to hold are refused before anybody writes these out.
import { describe, expect, test } from 'vitest'
import type { ParquetChunk } from '../../../src/shards/foreign-parquet/footer.js'
import { checkContent, type ForeignPage } from '../../../src/shards/foreign-parquet/pages.js'

const chunk: ParquetChunk = {
  leaf: { path: ['id'], type: 'BYTE_ARRAY', isText: true, maxDefinition: 1, maxRepetition: 0 },
  codec: 'SNAPPY',
  start: 4,
  end: 100,
  values: 8,
}
const page = (content: Uint8Array, change: Partial<ForeignPage> = {}): ForeignPage => ({
  chunk,
  kind: 'levels',
  encoding: 'RLE_DICTIONARY',
  entries: 8,
  from: 0,
  bytes: content.byteLength,
  ...change,
})
const check = (content: number[], change?: Partial<ForeignPage>) =>
  checkContent(Uint8Array.from(content), page(Uint8Array.from(content), change))

/** A run of 2^31 - 1 times the same value, and one of eight. */
const ENDLESS = [0xfe, 0xff, 0xff, 0xff, 0x0f, 0x01]
const EIGHT = [0x10, 0x01]

describe('a page', () => {
  test('with runs of its values is sound', () => {
    check([2, 0, 0, 0, ...EIGHT, 1, ...EIGHT])
    check([1, ...EIGHT], { kind: 'values' })
  })

  test.each([
    ['levels without end', [6, 0, 0, 0, ...ENDLESS, 1, ...EIGHT], {}],
    ['indexes without end', [2, 0, 0, 0, ...EIGHT, 1, ...ENDLESS], {}],
    ['indexes without end behind levels that are not compressed', [1, ...ENDLESS], { kind: 'values' }],
    ['packed values without bits', [0, 0xff, 0xff, 0xff, 0xff, 0x0f], { kind: 'values' }],
    ['truth values without end', [6, 0, 0, 0, ...ENDLESS], { kind: 'values', encoding: 'RLE' }],
    ['levels longer than the page', [0xff, 0xff, 0xff, 0xff, ...EIGHT], {}],
    ['a width that no index has', [60, ...EIGHT], { kind: 'values' }],
    ['another length than it was said to have', [1, ...EIGHT], { kind: 'values', bytes: 2 }],
  ] as const)('with %s is refused', (_, content, change) => {
    expect(() => check([...content], change)).toThrow(RangeError)
  })
})
