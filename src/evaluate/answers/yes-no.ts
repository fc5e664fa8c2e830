// Answers to yes-no questions, as POPE reads and scores them ("yes" is the positive class): a model that says yes to
// everything has a recall of 1, and a yes-ratio that gives it away.

/** What an answer comes to; `unclear` holds neither word and counts as a yes, as POPE has it. */
export type YesNo = 'yes' | 'no' | 'unclear'

/** Reads the first sentence of an answer. */
export function readYesNo(answer: string): YesNo {
  const words = (answer.split('.')[0] ?? '')
    .toLowerCase()
    .replaceAll(',', ' ')
    .replace(/[!?;:"]/g, ' ')
    .split(/\s+/)
  if (words.some((word) => word === 'no' || word === 'not' || word.endsWith("n't"))) return 'no'
  return words.includes('yes') ? 'yes' : 'unclear'
}

/** Counts of answers against labels. */
export interface YesNoScores {
  readonly accuracy: number
  /** 0 where nothing was answered with yes. */
  readonly precision: number
  /** 0 where no label is yes. */
  readonly recall: number
  readonly f1: number
  /** Share of answers that are yes. */
  readonly yesRatio: number
  /** Answers that hold neither word. */
  readonly unclear: number
}

/** Scores answers; both lists are as long. An empty answer is no answer, and wrong whatever the label is. */
export function yesNoScores(answers: readonly string[], labels: readonly boolean[]): YesNoScores {
  let [hits, falseAlarms, misses, rejections, unclear] = [0, 0, 0, 0, 0]
  for (const [i, answer] of answers.entries()) {
    const read = readYesNo(answer)
    if (read === 'unclear') unclear++
    if (answer.trim() === '') labels[i] ? misses++ : falseAlarms++
    else if (read === 'no') labels[i] ? misses++ : rejections++
    else labels[i] ? hits++ : falseAlarms++
  }
  const share = (part: number, all: number) => (all === 0 ? 0 : part / all)
  const precision = share(hits, hits + falseAlarms)
  const recall = share(hits, hits + misses)
  return {
    accuracy: share(hits + rejections, answers.length),
    ...{ precision, recall },
    f1: share(2 * precision * recall, precision + recall),
    yesRatio: share(hits + falseAlarms, answers.length),
    unclear,
  }
}
