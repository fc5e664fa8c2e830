// Places of a window by the tokens of their samples. Equal ones stand in the order of their places.
import type { KeyPart } from '../../base/random.js'
import { keyedPermutation } from './permutation.js'

/** More places than any window has. */
const PLACES = 2 ** 20

/** Places from the shortest sample to the longest. */
export function placesByTokens(tokens: Int32Array): Int32Array {
  // As numbers that carry both: a typed array sorts ten times as fast as a list with a comparison.
  const keys = Float64Array.from(tokens, (count, place) => count * PLACES + place).sort()
  return Int32Array.from(keys, (key) => key % PLACES)
}

/** Groups in an order that belongs to a key. */
export function shuffledGroups(groups: readonly Int32Array[], key: readonly KeyPart[]): Int32Array[] {
  const order = keyedPermutation(groups.length, ...key)
  return groups.map((_, i) => groups[order(i)]!)
}
