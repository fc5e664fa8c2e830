// Translations that were made, until they are written: on the disk, with four bytes for each pair and language in memory.
import type { Scratch } from '../../io/spill.js'
import type { PairTexts } from './request.js'

/** One of them. */
export interface Translation extends PairTexts {
  /** Row of its source. */
  readonly row: number
  /** Place of its language among the targets. */
  readonly target: number
  /** Codes of warnings. */
  readonly warnings: readonly string[]
}

/** A growing list of translations. */
export interface Translations {
  readonly count: number
  add(translation: Translation): void
  /** The number of the translation of a row into a target, in the order of adding, or -1. */
  numberOf(row: number, target: number): number
  /** All of them in the order of adding, with their numbers. */
  all(): Generator<readonly [number: number, translation: Translation]>
}

/** An empty list. */
export function translations(scratch: Scratch, rows: number, targets: number): Translations {
  const spill = scratch.spill('translations')
  const numbers = Array.from({ length: targets }, () => new Int32Array(rows).fill(-1))
  let count = 0
  return {
    get count() {
      return count
    },
    add(translation) {
      numbers[translation.target]![translation.row] = count++
      spill.add(Buffer.from(`${JSON.stringify(translation)}\n`, 'utf8'))
    },
    numberOf: (row, target) => numbers[target]![row] ?? -1,
    *all() {
      const decoder = new TextDecoder()
      let rest = ''
      let number = 0
      for (const bytes of spill.all()) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) yield [number++, JSON.parse(line) as Translation] as const
      }
    },
  }
}
