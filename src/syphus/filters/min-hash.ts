// MinHash (Broder 1997) over the word triples of a text: the share of equal places of two signatures estimates how much of
// their triples two texts share. Signatures are the same on every machine and in every run.
import { comparedWords } from '../../text/words.js'

/** Places of a signature. */
export const SIGNATURE_LENGTH = 64

/** Odd multipliers and offsets of 64 hash functions, from a fixed generator. */
const MULTIPLIERS = new Uint32Array(SIGNATURE_LENGTH)
const OFFSETS = new Uint32Array(SIGNATURE_LENGTH)
for (let n = 0, state = 0x9e3779b9; n < SIGNATURE_LENGTH; n++) {
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    return mixed(state)
  }
  MULTIPLIERS[n] = next() | 1
  OFFSETS[n] = next()
}

/** The hashes of the word triples of a text, each once; of a shorter text its words together. */
export function shinglesOf(text: string): ReadonlySet<number> {
  const words = comparedWords(text)
  const shingles = new Set<number>()
  for (let n = 0; n <= Math.max(0, words.length - 3); n++) shingles.add(textHash(words.slice(n, n + 3).join(' ')))
  return shingles
}

/** Shared part of two sets: their intersection by their union. */
export function jaccard(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let shared = 0
  for (const one of a) if (b.has(one)) shared++
  const all = a.size + b.size - shared
  return all === 0 ? 1 : shared / all
}

/** The signature of a set: the least value that each hash function takes on it. */
export function signatureOf(shingles: ReadonlySet<number>): Uint32Array {
  const signature = new Uint32Array(SIGNATURE_LENGTH).fill(0xffffffff)
  for (const shingle of shingles) {
    for (let n = 0; n < SIGNATURE_LENGTH; n++) {
      const value = mixed((Math.imul(shingle, MULTIPLIERS[n]!) + OFFSETS[n]!) | 0)
      if (value < signature[n]!) signature[n] = value
    }
  }
  return signature
}

/** FNV-1a with a final mix. */
function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193)
  return mixed(hash)
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the result. */
export function mixed(value: number): number {
  let hash = value ^ (value >>> 16)
  hash = Math.imul(hash, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
