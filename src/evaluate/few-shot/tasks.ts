// What a few-shot evaluation asks and how it scores: a new task is an entry here. Prompts are those that were published with
// Otter; a caption's question is the same for every picture, a visual question says that a short answer is wanted.
import { MimicitError, show } from '../../base/errors.js'
import { vqaAccuracy } from '../answers/vqa-answer.js'
import { readYesNo, yesNoScores } from '../answers/yes-no.js'
import { scoreCaptions } from '../captions/evaluate-captions.js'
import { namesNoOption, offlineMatch } from '../judge/offline.js'

/** A question with what a model answered and what is right. */
export interface ScoredItem {
  readonly id: string
  readonly prediction: string
  /** At least one. */
  readonly references: readonly string[]
  /** Text of each option by its letter, where the question has some. */
  readonly options?: Readonly<Record<string, string>>
}

/** The scores of one condition. */
export interface TaskScores {
  /** By name, of all items. */
  readonly scores: Readonly<Record<string, number>>
  /** The first score of each item, where items have one. */
  readonly items: readonly number[]
}

/** A task. */
export interface FewShotTask {
  /** What is asked instead of a pair's own instruction; in-context examples are shown with it too. */
  readonly instruction: (stored: string) => string
  /** Tokens of an answer at most. */
  readonly maxNewTokens: number
  /** The score that summaries and charts show. */
  readonly main: string
  /** Whether all pairs on the same visuals are one question, with all their responses as references. */
  readonly perVisual: boolean
  score(items: readonly ScoredItem[]): TaskScores
}

const SHORT = ' Please answer in short words.'
const LETTER = "\nAnswer with the option's letter."

/** Every task by name. */
export const fewShotTasks = {
  caption: {
    instruction: () => 'What does the image describe?',
    maxNewTokens: 20,
    main: 'CIDEr-D',
    perVisual: true,
    score(items) {
      const { scores } = scoreCaptions(items.map(({ prediction, ...item }) => ({ ...item, candidate: prediction })))
      const main = scores.find(({ name }) => name === 'CIDEr-D')!
      return {
        scores: Object.fromEntries(scores.map(({ name, corpus }) => [name, corpus])),
        items: Array.from(main.items),
      }
    },
  },
  vqa: {
    instruction: (stored) => `${stored}${SHORT}`,
    maxNewTokens: 5,
    main: 'accuracy',
    perVisual: false,
    score(items) {
      const each = items.map(({ prediction, references }) => vqaAccuracy(prediction, references))
      return { scores: { accuracy: each.reduce((sum, value) => sum + value, 0) / each.length }, items: each }
    },
  },
  'yes-no': {
    instruction: (stored) => stored,
    maxNewTokens: 5,
    main: 'accuracy',
    perVisual: false,
    score(items) {
      const labels = items.map(labelOf)
      const { ...scores } = yesNoScores(
        items.map(({ prediction }) => prediction),
        labels,
      )
      const each = items.map(({ prediction }, i) => {
        return prediction.trim() !== '' && (readYesNo(prediction) !== 'no') === labels[i] ? 1 : 0
      })
      return { scores: { ...scores }, items: each }
    },
  },
  /** Questions of a benchmark, as `mimicit import` makes them of its TSV. */
  choice: {
    instruction: (stored) => (/\nA\. /.test(stored) ? `${stored}${LETTER}` : `${stored}${SHORT}`),
    maxNewTokens: 10,
    main: 'accuracy',
    perVisual: false,
    score(items) {
      const answered = items.map(({ prediction: answer, references, options = {} }) => {
        return { answer, options, label: references[0]! }
      })
      const each = answered.map((item) => (offlineMatch(item) ? 1 : 0))
      const accuracy = each.reduce((sum: number, value) => sum + value, 0) / each.length
      return { scores: { accuracy, unclear: answered.filter(namesNoOption).length }, items: each }
    },
  },
} as const satisfies Readonly<Record<string, FewShotTask>>

/** The name of a task. */
export type FewShotTaskName = keyof typeof fewShotTasks

function labelOf({ id, references }: ScoredItem): boolean {
  const label = readYesNo(references[0]!)
  if (label !== 'unclear') return label === 'yes'
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a response that says yes or no',
    where: `pair ${id}`,
    received: show(references[0]),
    hint: 'Keep only yes-no questions, with --instructions.',
  })
}
