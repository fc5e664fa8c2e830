// Whether a context would give the query's answer away, for the guard of tables that are built. Responses wait on the disk in
// the order of their rows; memory is eight bytes a pair.
import type { OnProgress } from '../base/progress.js'
import { namelessSpill, type Spill } from '../io/spill.js'
import type { Dataset } from '../shards/dataset.js'
import { wordsOf } from './embedders/ngrams.js'
import type { LeakCheck } from './guards.js'

/** An answer of fewer words says nothing by being equal: half of all questions are answered by "yes". */
const FEWEST_WORDS = 4
/** Nearly equal: this share of all words of both is in both. */
const ALIKE = 0.9

/** Leak checks of a data set. */
export interface Responses {
  readonly leaks: LeakCheck
  close(): void
}

/** @param directory where the responses wait; needs as much room as they have */
export async function openResponses(dataset: Dataset, directory: string, onProgress?: OnProgress): Promise<Responses> {
  const total = dataset.manifest.tables.pairs.rows
  const ends = new Float64Array(total + 1)
  const spill: Spill = namelessSpill(directory)
  for await (const { firstRow, rows, columns } of dataset.columns('pairs', ['response'])) {
    for (let i = 0; i < rows; i++) {
      spill.add(Buffer.from(` ${wordsOf(columns.response![i] as string).join(' ')} `, 'utf8'))
      ends[firstRow + i + 1] = spill.byteLength
    }
    onProgress?.({ stage: 'reading responses', done: firstRow + rows, total, unit: 'pairs' })
  }
  const text = (row: number) => spill.read(ends[row]!, ends[row + 1]! - ends[row]!).toString('utf8')
  let query = -1
  let answer = ''
  return {
    leaks(of, context) {
      // Many contexts are held against one query.
      if (of !== query) {
        query = of
        answer = text(of)
      }
      return tells(answer, text(context))
    },
    close: () => spill.close(),
  }
}

/**
 * Whether one response tells another: contains it, or has nearly the same words.
 * @param answer and `other`: words with one blank between them and around
 */
export function tells(answer: string, other: string): boolean {
  const words = new Set(answer.split(' ').filter((word) => word !== ''))
  if (words.size < FEWEST_WORDS) return false
  if (other.includes(answer)) return true
  const others = new Set(other.split(' ').filter((word) => word !== ''))
  let both = 0
  for (const word of words) if (others.has(word)) both++
  return both / (words.size + others.size - both) >= ALIKE
}
