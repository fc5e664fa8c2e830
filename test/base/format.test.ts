import { expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration, plural } from '../../src/base/format.js'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.00 kB'],
  [9994, '9.99 kB'],
  [9996, '10.0 kB'],
  [99960, '100 kB'],
  [999_499, '999 kB'],
  [999_999, '1.00 MB'],
  [1_234_567, '1.23 MB'],
  [86.4e9, '86.4 GB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test.each([
  [0, '0 ms'],
  [849.6, '850 ms'],
  [999.7, '1.0 s'],
  [12_340, '12.3 s'],
  [59_990, '1 min 00 s'],
  [245_000, '4 min 05 s'],
  [7_800_000, '2 h 10 min'],
])('%d ms are %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('counts', () => {
  expect(formatCount(2_800_000)).toBe('2,800,000')
  expect([plural(1, 'pair'), plural(60, 'pair'), plural(0, 'entry', 'entries')]).toEqual([
    '1 pair',
    '60 pairs',
    '0 entries',
  ])
})
