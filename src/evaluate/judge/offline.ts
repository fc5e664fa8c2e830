// The judge that needs no model: an answer is right if it names the right option, or says the same as the label once case,
// articles, punctuation, number words and contractions are made alike. It cannot know that "a puppy" is "a young dog".
import type { Responder } from '../../llm/chat.js'
import { vqaAnswer } from '../answers/vqa-answer.js'
import type { JudgeItem } from './items.js'
import { optionOf } from './option-of.js'

/** Whether an answer is right by rules. */
export function offlineMatch({ answer, label, options }: Pick<JudgeItem, 'answer' | 'label' | 'options'>): boolean {
  if (answer.trim() === '') return false
  if (options[label] !== undefined) return optionOf(answer, options) === label
  return vqaAnswer(answer) === vqaAnswer(label)
}

/** Whether an answer to a question with options says something, but names none of them, or several. */
export function namesNoOption({ answer, options }: Pick<JudgeItem, 'answer' | 'options'>): boolean {
  return Object.keys(options).length > 0 && answer.trim() !== '' && optionOf(answer, options) === undefined
}

/** Rules as somebody who answers. @param judge the reply for a subject */
export function offlineJudge<S>(judge: (subject: S) => string): Responder<S> {
  return {
    name: 'exact match 2',
    kind: 'rules',
    respond: async ({ subject }) => ({
      text: judge(subject),
      finish: 'stop',
      usage: { promptTokens: 0, completionTokens: 0 },
    }),
  }
}
