// Different members of a list in a random order.
import type { RandomStream } from '../../base/random.js'

/**
 * Draws up to `count` of some rows without replacement. The first draws are the same however many are asked for. Memory
 * follows the draws, not the rows.
 */
export function sample(rows: Int32Array, count: number, random: RandomStream): number[] {
  // Fisher-Yates, with the places that were swapped kept apart from the list.
  const moved = new Map<number, number>()
  const drawn: number[] = []
  for (let i = 0; i < Math.min(count, rows.length); i++) {
    const j = i + random.below(rows.length - i)
    drawn.push(rows[moved.get(j) ?? j]!)
    moved.set(j, moved.get(i) ?? i)
  }
  return drawn
}
