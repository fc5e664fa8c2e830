// Keyed random numbers: every draw is a pure function of a key, never of what was drawn before somewhere else. That is
// what makes an order reproducible from (seed, epoch, index) alone.
import { createHash } from 'node:crypto'
import { MimicitError } from './errors.js'

/** Parts of a key; strings and numbers are told apart, so ('1') and (1) are different keys. */
export type KeyPart = string | number

/** 128 bits of key material from its parts, by SHA-256. */
export function keyWords(...parts: readonly KeyPart[]): Uint32Array {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(typeof part === 'string' ? `s${part.length}:${part}` : `n${part};`)
  const digest = hash.digest()
  return Uint32Array.from({ length: 4 }, (_, i) => digest.readUInt32LE(i * 4))
}

/** A stream of random numbers that belongs to one key. */
export interface RandomStream {
  /** The next 32 random bits. */
  bits(): number
  /** The next float in [0, 1), 24 bits of resolution or more. */
  float(): number
  /**
   * The next integer in [0, bound), without modulo bias.
   * @throws MimicitError MIMICIT_BAD_VALUE for a bound that is no integer from 1 to 2^32
   */
  below(bound: number): number
  /** The next standard normal number (Box-Muller). */
  normal(): number
}

const rotl = (x: number, k: number) => (x << k) | (x >>> (32 - k))

/** A xoshiro128** stream seeded by the key. The same key gives the same numbers on every machine and version. */
export function randomStream(...parts: readonly KeyPart[]): RandomStream {
  const words = keyWords(...parts)
  let a = words[0]! | 0
  let b = words[1]! | 0
  let c = words[2]! | 0
  let d = words[3]! | 0 || 1
  let spare: number | undefined
  const bits = () => {
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotl(d, 11)
    return result
  }
  const float = () => bits() / 4294967296
  return {
    bits,
    float,
    below(bound) {
      // Rejection would go on for ever with a bound that no draw can satisfy.
      if (!Number.isInteger(bound) || bound < 1 || bound > 4294967296) {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: 'an integer from 1 to 2^32',
          where: 'the bound of a random number',
          received: String(bound),
        })
      }
      const limit = Math.floor(4294967296 / bound) * bound
      for (;;) {
        const draw = bits()
        if (draw < limit) return draw % bound
      }
    },
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log(1 - float()))
      const angle = 2 * Math.PI * float()
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
  }
}
