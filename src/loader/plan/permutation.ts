// Keyed permutations of 0..n-1 that need no memory: a Feistel network over the next power of four, walked until it lands
// inside (cycle walking). Any position can be asked for alone, in any order, on any rank.
import { type KeyPart, keyWords } from '../../base/random.js'

const ROUNDS = 6

/** Mixes 32 bits (the finaliser of MurmurHash3, with a round key). */
function mix(value: number, key: number): number {
  let x = (value ^ key) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/**
 * A permutation of 0..n-1 that belongs to a key.
 * @returns a function from position to element; n at most 2^52
 */
export function keyedPermutation(n: number, ...key: readonly KeyPart[]): (position: number) => number {
  if (n <= 1) return () => 0
  // By counting, not by a logarithm: just above a power of four a rounded one would give a network that is too small.
  let half = 2
  while (half * half < n) half *= 2
  const roundKeys: number[] = []
  for (let i = 0; i < ROUNDS; i++) roundKeys.push(keyWords('round', i, ...key)[0]!)
  return (position) => {
    let value = position
    do {
      let left = Math.floor(value / half)
      let right = value % half
      for (const roundKey of roundKeys) {
        const next = (left ^ (mix(right, roundKey) % half)) >>> 0
        left = right
        right = next
      }
      value = left * half + right
    } while (value >= n)
    return value
  }
}
