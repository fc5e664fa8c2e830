// Which answers meet: every two models at every question that both have answered, in an order and on sides that the seed decides,
// so that nobody can tell from either whose answer is whose. Planned, not kept: only what was voted on is.
import { randomStream } from '../../base/random.js'
import type { Answers } from './answers.js'

/** Two answers to one question. */
export interface PlannedBout {
  /** The same however often the arena is opened: `question/first/second`. */
  readonly id: string
  readonly question: string
  readonly left: string
  readonly right: string
}

/** All of them, in the order in which they are offered; answers that are the same word for word tell nothing and are left out. */
export function planBouts(answers: Answers, seed: number): readonly PlannedBout[] {
  const models = [...answers.keys()].sort()
  const bouts: { readonly place: number; readonly bout: PlannedBout }[] = []
  for (const [i, first] of models.entries()) {
    for (const second of models.slice(i + 1)) {
      for (const [question, answer] of answers.get(first)!) {
        const other = answers.get(second)!.get(question)
        if (other === undefined || other.trim() === answer.trim()) continue
        const id = [question, first, second].map(encodeURIComponent).join('/')
        const random = randomStream('arena', seed, id)
        const [left, right] = random.below(2) === 0 ? [first, second] : [second, first]
        bouts.push({ place: random.float(), bout: { id, question, left, right } })
      }
    }
  }
  return bouts.sort((a, b) => a.place - b.place || (a.bout.id < b.bout.id ? -1 : 1)).map(({ bout }) => bout)
}
