import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MimicitError } from '../../src/base/errors.js'
import { sha256Hex } from '../../src/base/hash.js'
import { loadZstd } from '../../src/io/zstd.js'
import { faultOf } from '../support/fault.js'

const hasNative = 'zstdDecompressSync' in zlib
const text = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * i) % 977).join(' '))

/** Whoever reads, what the pinned encoder made. */
const readers = {
  zstddec: () => loadZstd(false),
  ...(hasNative && { 'node:zlib': () => loadZstd(true) }),
}

describe.each(Object.entries(readers))('read by %s', (_, load) => {
  test('round trip of any bytes', async () => {
    const { compress, decompress } = await load()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
        expect(Buffer.compare(decompress(compress(bytes), bytes.byteLength), bytes)).toBe(0)
      }),
      { numRuns: 100 },
    )
  })

  test('round trip at and above one piece, of text and of noise', async () => {
    const { compress, decompress } = await load()
    const noise = randomBytes((1 << 20) * 2 + 7)
    for (const length of [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, noise.byteLength]) {
      for (const bytes of [noise.subarray(0, length), text.subarray(0, length)]) {
        expect(Buffer.compare(decompress(compress(bytes), bytes.byteLength), bytes), `${length}`).toBe(0)
      }
    }
  })

  test('damage is MIMICIT_CORRUPT: cuts, other bytes, other lengths', async () => {
    const { compress, decompress } = await load()
    const content = text.subarray(0, 3000)
    const whole = compress(content)
    const damaged: [string, Uint8Array, number][] = [
      ['not zstd', Buffer.from('hello, this is no zstd'), 22],
      ['nothing', new Uint8Array(0), 1],
      ['a longer content', whole, 3001],
      ['a shorter content', whole, 2999],
      ['bytes after the frame', Buffer.concat([whole, Buffer.of(1, 2, 3, 4, 5, 6, 7)]), 3000],
      ...[1, 4, 5, 9, 100, whole.byteLength - 1].map((end): [string, Uint8Array, number] => [
        `cut at ${end}`,
        whole.subarray(0, end),
        3000,
      ]),
    ]
    for (const [what, bytes, length] of damaged) {
      const fault = await faultOf(() => decompress(bytes, length))
      expect(fault.code, what).toBe('MIMICIT_CORRUPT')
      expect(fault.message, what).toContain('compressed text')
    }
  })

  test('a flipped bit is refused or gives bytes of the right length, never anything else', async () => {
    const { compress, decompress } = await load()
    const whole = compress(text.subarray(0, 3000))
    for (let at = 0; at < whole.byteLength; at += 3) {
      const damaged = Buffer.from(whole)
      damaged[at]! ^= 1 << (at % 8)
      try {
        expect(decompress(damaged, 3000).byteLength).toBe(3000)
      } catch (error) {
        expect(error).toBeInstanceOf(MimicitError)
        expect((error as MimicitError).code).toBe('MIMICIT_CORRUPT')
      }
    }
    expect(Buffer.compare(decompress(whole, 3000), text.subarray(0, 3000))).toBe(0)
  })
})

describe('the encoder', () => {
  test('is pinned: the same input gives the same bytes on every machine', async () => {
    const { compress } = await loadZstd()
    const input = Buffer.from('What is in this picture? Two dogs on a beach. '.repeat(30_000))
    // Golden: changes only with the encoder, and then every data set changes its bytes with it.
    expect([input.byteLength, sha256Hex(compress(input))]).toEqual([
      1380000,
      'afa90ed0074634d0c29a948106c3676052b08b3ed4fd201ac66a1390529c19a1',
    ])
  })

  test('makes one frame of each MiB, and the empty frame of nothing', async () => {
    const { compress } = await loadZstd()
    const magic = Buffer.of(0x28, 0xb5, 0x2f, 0xfd)
    const frames = Buffer.from(compress(Buffer.alloc((1 << 20) * 2 + 1, 'abc')))
    let count = 0
    for (let at = frames.indexOf(magic); at >= 0; at = frames.indexOf(magic, at + 1)) count++
    expect(count).toBe(3)
    expect(Buffer.from(compress(new Uint8Array(0))).toString('hex')).toBe('28b52ffd2000010000')
  })
})
