// The windowed order: two levels of keyed permutations. The samples are cut into blocks of neighbours; blocks are permuted,
// some of them one after the other make a window, and the samples of a window are permuted among themselves. Neighbours
// stay near each other in time, so a window's row groups are decoded once and its pictures are used again while they are at
// hand; the price is that a sample meets only those of its window. (schema/FORMAT.md, "Orders".)
import { type KeyPart, keyWords } from '../../base/random.js'
import { keyedPermutation } from './permutation.js'

/** Sizes of the windowed order. */
export interface WindowSizes {
  /** Samples of a window. */
  readonly rows: number
  /** Blocks it consists of: 1 = neighbours only; more mix distant parts of the data, and read more for it. */
  readonly blocks: number
}

/**
 * The windowed order of n samples.
 * @returns a function from position to sample; one window's keys are kept
 */
export function windowedOrder(n: number, { rows, blocks }: WindowSizes, ...key: readonly KeyPart[]) {
  const block = Math.max(1, Math.floor(rows / blocks))
  const whole = Math.floor(n / block)
  const rest = n - whole * block
  const wholeOrder = keyedPermutation(whole, 'windowed 1 blocks', ...key)
  // A block that is not full stands anywhere among the others.
  const shortSlot = rest === 0 ? whole : keyWords('windowed 1 short', ...key)[0]! % (whole + 1)
  const slots = rest === 0 ? whole : whole + 1
  const startOf = (slot: number) => slot * block - (slot > shortSlot ? block - rest : 0)
  const firstRow = (slot: number) => {
    if (rest > 0 && slot === shortSlot) return whole * block
    return wholeOrder(slot > shortSlot ? slot - 1 : slot) * block
  }
  let window = -1
  let start = 0
  let end = 0
  let inside: (position: number) => number = () => 0
  const enter = (position: number) => {
    window = Math.floor(position / (block * blocks))
    // A short block before the position makes windows begin earlier.
    if (position >= startOf(Math.min(slots, (window + 1) * blocks))) window++
    start = startOf(window * blocks)
    end = startOf(Math.min(slots, (window + 1) * blocks))
    inside = keyedPermutation(end - start, 'windowed 1', ...key, window)
  }
  return (position: number): number => {
    if (position < start || position >= end) enter(position)
    const at = start + inside(position - start)
    let slot = Math.floor(at / block)
    if (slot + 1 < slots && at >= startOf(slot + 1)) slot++
    return firstRow(slot) + at - startOf(slot)
  }
}
