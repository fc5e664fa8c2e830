// The judge that needs no model: an answer is right if it names the right option, or says the same as the label once case,
// articles, punctuation, number words and contractions are made alike. It cannot know that "a puppy" is "a young dog".
import type { Responder } from '../../llm/chat.js'
import { vqaAnswer } from '../answers/vqa-answer.js'
import { optionOf } from './benchmark.js'
import type { JudgeItem } from './items.js'

/** Whether an answer is right by rules. */
export function offlineMatch({ answer, label, options }: JudgeItem): boolean {
  if (answer.trim() === '') return false
  if (options[label] !== undefined) return optionOf(answer, options) === label
  return vqaAnswer(answer) === vqaAnswer(label)
}

/** Rules as somebody who answers. @param judge the reply for a subject */
export function offlineJudge<S>(judge: (subject: S) => string): Responder<S> {
  return {
    name: 'exact match 1',
    kind: 'rules',
    respond: async ({ subject }) => ({
      text: judge(subject),
      finish: 'stop',
      usage: { promptTokens: 0, completionTokens: 0 },
    }),
  }
}
