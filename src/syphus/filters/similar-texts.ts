// Texts like one that was seen before, among very many: signatures are cut into bands, and only texts that agree in a whole
// band are compared (locality-sensitive hashing). Memory is about 200 bytes a text and has a bound: beyond it the oldest half
// is forgotten.
import { HashTable } from '../../import/survey/hash-table.js'
import { mixed, SIGNATURE_LENGTH } from './min-hash.js'

const BANDS = 8
const ROWS = SIGNATURE_LENGTH / BANDS

/** Texts seen so far. */
export interface SimilarTexts {
  /**
   * How similar the most similar text is that was seen, as far as the bands tell: at 0.85 about 93 of 100 are found.
   * @returns an estimate with a deviation of about 0.05, or 0
   */
  nearest(signature: Uint32Array): number
  add(signature: Uint32Array): void
}

/** @param most texts that are remembered */
export function similarTexts(most = 500_000): SimilarTexts {
  const half = Math.max(1, Math.ceil(most / 2))
  let older: Generation | undefined
  let newer = generation(half)
  return {
    nearest: (signature) => Math.max(newer.nearest(signature), older?.nearest(signature) ?? 0),
    add(signature) {
      if (newer.add(signature)) return
      older = newer
      newer = generation(half)
      newer.add(signature)
    },
  }
}

interface Generation {
  nearest(signature: Uint32Array): number
  /** @returns false when it is full */
  add(signature: Uint32Array): boolean
}

function generation(most: number): Generation {
  const bands = Array.from({ length: BANDS }, () => new HashTable())
  /** The lowest byte of each place: equal by chance once in 256 times. */
  let kept = new Uint8Array(1024 * SIGNATURE_LENGTH)
  let count = 0
  const keyOf = (signature: Uint32Array, band: number) => {
    let high = 0x2545f491 ^ band
    let low = 0x9e3779b9 + band
    for (let n = band * ROWS; n < (band + 1) * ROWS; n++) {
      high = mixed(Math.imul(high, 31) ^ signature[n]!)
      low = mixed(Math.imul(low, 131) + signature[n]!)
    }
    return [high, low] as const
  }
  return {
    nearest(signature) {
      let nearest = 0
      for (let band = 0; band < BANDS; band++) {
        const text = bands[band]!.get(...keyOf(signature, band))
        if (text < 0) continue
        let equal = 0
        for (let n = 0; n < SIGNATURE_LENGTH; n++) {
          if (kept[text * SIGNATURE_LENGTH + n] === (signature[n]! & 255)) equal++
        }
        nearest = Math.max(nearest, equal / SIGNATURE_LENGTH)
      }
      return nearest
    },
    add(signature) {
      if (count === most) return false
      if ((count + 1) * SIGNATURE_LENGTH > kept.length) {
        const grown = new Uint8Array(Math.min(most * SIGNATURE_LENGTH, kept.length * 2))
        grown.set(kept)
        kept = grown
      }
      for (let n = 0; n < SIGNATURE_LENGTH; n++) kept[count * SIGNATURE_LENGTH + n] = signature[n]! & 255
      for (let band = 0; band < BANDS; band++) bands[band]!.set(...keyOf(signature, band), count)
      count++
      return true
    },
  }
}
