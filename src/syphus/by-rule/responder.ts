// Answers without a model: what rules can tell of an annotation, in the form of the task. Everything after it treats such a
// reply as it treats any other; what is made of it is marked as made by rule.
import { randomStream } from '../../base/random.js'
import type { ChatReply, Responder } from '../../llm/chat.js'
import type { SyphusSubject } from '../request.js'
import { byAnnotation } from './by-annotation.js'

/** Goes up whenever a rule says something else. */
const VERSION = 1

/** @param seed decides what is asked of all that could be, and in which words */
export function rulesResponder(seed: number): Responder<SyphusSubject> {
  return {
    name: `rules ${VERSION}, seed ${seed}`,
    kind: 'rules',
    async respond({ subject: { task, annotation } }): Promise<ChatReply> {
      const random = randomStream('syphus rules', VERSION, seed, task.name, annotation.id)
      const reply =
        task.byRule?.(annotation, random) ?? task.output.fromText(questionsOf(byAnnotation(annotation, random)))
      return { text: JSON.stringify(reply), finish: 'stop', usage: { promptTokens: 0, completionTokens: 0 } }
    },
  }
}

const questionsOf = (pairs: ReturnType<typeof byAnnotation>) =>
  pairs.map(({ instruction, response }) => ({ question: instruction, answer: response }))
