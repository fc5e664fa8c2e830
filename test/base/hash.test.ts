// SHA-256, on every Node: with the one call that newer ones have, and without it.
import crypto from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'

const oneShot = crypto.hash

afterEach(() => {
  crypto.hash = oneShot
})

async function hashesWith(hash: typeof crypto.hash | undefined) {
  Object.assign(crypto, { hash })
  vi.resetModules()
  return await import('../../src/base/hash.js')
}

/** Of FIPS 180-4's examples. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe.each([
  ['in one call', oneShot],
  ['by a hash object, as before Node 20.12', undefined],
])('SHA-256 %s', (_, hash) => {
  it('is that of bytes, of views and of text', async () => {
    const { sha256, sha256Hex } = await hashesWith(hash)
    expect(sha256Hex('abc')).toBe(ABC)
    expect(sha256Hex(new Uint8Array(0))).toBe(EMPTY)
    expect(sha256Hex('Bäume')).toBe(sha256Hex(Buffer.from('Bäume')))
    const view = new Uint8Array(Buffer.from('xabcx')).subarray(1, 4)
    expect(Buffer.from(sha256(view)).toString('hex')).toBe(ABC)
    expect(sha256(view)).toHaveLength(32)
  })
})
