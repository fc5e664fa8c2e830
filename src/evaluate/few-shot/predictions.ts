// Predictions as files: one line for each answer with everything it was made from, and the answers of such a file (or of
// anybody's) in the place of a model.
import { MimicitError, show } from '../../base/errors.js'
import { jsonLines } from '../../import/json-lines.js'
import { openFile } from '../../io/directory.js'
import type { Answerer, Condition, ShownPrompt } from './answerer.js'

/** A line of `predictions.jsonl`. */
export interface Prediction extends Condition {
  /** Of the pair that is asked. */
  readonly id: string
  readonly prediction: string
  readonly references: readonly string[]
  /** Of the examples that were shown, as they stood, and of those of them that fitted. */
  readonly contexts: readonly string[]
  readonly fitted: readonly string[]
  /** Why the answer ended. */
  readonly finish: string
  readonly prompt: string
}

const keyOf = (id: string, { select, shots, seed }: Partial<Condition>) => JSON.stringify([id, select, shots, seed])

/**
 * The answers of a file: JSON Lines with `id` and `prediction`, and with `select`, `shots` and `seed` where there are answers
 * of several conditions. A line without them answers every condition.
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_DUPLICATE_ID, MIMICIT_BAD_JSON, MIMICIT_NOT_FOUND
 */
export async function predictionsAnswerer(path: string): Promise<Answerer> {
  const said = new Map<string, string>()
  const file = await openFile(path)
  try {
    for await (const { value, where } of jsonLines(file)) {
      const { id, prediction, select, shots, seed } = (value ?? {}) as Partial<Record<string, unknown>>
      if ((typeof id !== 'string' && typeof id !== 'number') || typeof prediction !== 'string') {
        throw new MimicitError('MIMICIT_BAD_RECORD', {
          ...{ expected: 'an object with an id and a text "prediction"', where, received: show(value) },
          hint: 'docs/evaluate.md shows a line.',
        })
      }
      const key = keyOf(String(id), { select, shots, seed } as Partial<Condition>)
      if (said.has(key)) {
        throw new MimicitError('MIMICIT_DUPLICATE_ID', {
          ...{ expected: 'one prediction for each pair and condition', where, received: `${show(id)} again` },
          hint: 'Keep one of them.',
        })
      }
      said.set(key, prediction)
    }
  } finally {
    await file.close()
  }
  const find = ({ query: { id }, condition: { select, shots, seed } }: ShownPrompt) =>
    said.get(keyOf(id, { select, shots, seed })) ?? said.get(keyOf(id, {}))
  return {
    asking: {
      responder: {
        name: 'predictions',
        kind: 'rules',
        respond: async ({ subject }) => ({
          text: find(subject)!,
          finish: 'stop',
          usage: { promptTokens: 0, completionTokens: 0 },
        }),
      },
    },
    async write(prompt, maxTokens) {
      const { query, contexts, condition } = prompt
      if (find(prompt) === undefined) {
        throw new MimicitError('MIMICIT_UNPAIRED', {
          expected: `a prediction for ${show(query.id)} with ${condition.shots} shots by ${condition.select}, seed ${condition.seed}`,
          where: path,
          received: 'none',
          hint: 'A score of fewer pairs would say something else: predict all, or ask fewer with --queries.',
        })
      }
      const content = keyOf(query.id, condition)
      return {
        request: { messages: [{ role: 'user', content }], maxTokens },
        text: '',
        contextIds: contexts.map(({ id }) => id),
      }
    },
    close: async () => undefined,
  }
}
