// Locations as text: their schemes, and what of them may be shown.
import { expect, test } from 'vitest'
import { isLocal, publicLocation, schemeOf } from '../../src/io/location.js'
import { openStore, type StoreOptions } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'

test.each([
  ['data/la', 'file', 'data/la'],
  ['/data/a@b?c#d', 'file', '/data/a@b?c#d'],
  ['C:\\data', 'file', 'C:\\data'],
  ['file:///data', 'file', 'file:///data'],
  ['HTTPS://host/a', 'https', 'HTTPS://host/a'],
  ['https://user:pass@word@host:8/a@b?sig=1#x', 'https', 'https://host:8/a@b'],
  ['s3://key:secret@bucket/a', 's3', 's3://bucket/a'],
  ['hf://datasets/org/name@v1', 'hf', 'hf://datasets/org/name@v1'],
])('%s', (location, scheme, shown) => {
  expect(schemeOf(location)).toBe(scheme)
  expect(publicLocation(location)).toBe(shown)
  expect(isLocal(location)).toBe(scheme === 'file')
})

test.each(['ftp://user:hunter2@host/x', 'http://user:hunter2@ho st/x', 'http://user:hunter2@'])(
  '%s cannot be read, and is told without its password',
  async (location) => {
    const fault = await faultOf(() => openStore(location))
    expect(['MIMICIT_UNSUPPORTED', 'MIMICIT_BAD_VALUE']).toContain(fault.code)
    expect(String(fault.stack)).not.toContain('hunter2')
  },
)

test.each(['', 'file://host/data', 'file:///a%2Fb'])('%j names no directory', async (location) => {
  const fault = await faultOf(() => openStore(location))
  expect([fault.code, fault.parts.where]).toEqual(['MIMICIT_BAD_VALUE', 'the data set location'])
})

test('a user with a stray % is a user', () => {
  expect(openStore('http://us%er:hunter2@host/x').location).toBe('http://host/x')
})

test.each([
  [{ cach: {} }, 'MIMICIT_UNKNOWN_OPTION', '"cach"'],
  [null, 'MIMICIT_BAD_VALUE', 'null'],
  [{ cache: { dir: '', maxBytes: 1 } }, 'MIMICIT_BAD_VALUE', 'option cache.dir'],
  [{ cache: { dir: 'x', maxBytes: Number.NaN } }, 'MIMICIT_BAD_VALUE', 'option cache.maxBytes'],
  [{ network: { concurrency: 0 } }, 'MIMICIT_BAD_VALUE', 'option network.concurrency'],
  [{ network: { timeoutMs: -1 } }, 'MIMICIT_BAD_VALUE', 'option network.timeoutMs'],
])('options %j are refused: with them nothing would ever be read, or nothing kept', async (options, code, words) => {
  const fault = await faultOf(() => openStore('http://host/x', options as StoreOptions))
  expect([fault.code, fault.message.includes(words)], fault.message).toEqual([code, true])
})
