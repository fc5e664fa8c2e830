// Answers of models to the same questions: JSON Lines with the id of a pair and the answer, a file for each model or the name of
// the model in each line.
import { basename } from 'node:path'
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import { modelName } from '../../evaluate/elo/battles.js'
import { jsonLines } from '../../import/json-lines.js'
import { openFile } from '../../io/directory.js'

/** Answers by model, then by the id of the pair. */
export type Answers = ReadonlyMap<string, ReadonlyMap<string, string>>

const text = z.string()
const record = z
  .object({
    id: text.min(1),
    model: modelName.optional(),
    answer: text.optional(),
    prediction: text.optional(),
    response: text.optional(),
  })
  .transform(({ id, model, answer, prediction, response }) => ({ id, model, answer: answer ?? prediction ?? response }))

/**
 * Reads answers. A line without `model` is of the model that the file is named after.
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_BAD_JSON, MIMICIT_DUPLICATE_ID for a second answer of a model to a question,
 * MIMICIT_EMPTY if no two models answer the same question
 */
export async function readAnswers(paths: readonly string[]): Promise<Answers> {
  const answers = new Map<string, Map<string, string>>()
  for (const path of paths) {
    const name = basename(path).replace(/\.jsonl?$/i, '')
    const file = await openFile(path)
    try {
      for await (const { value, where } of jsonLines(file)) {
        const { id, answer, model } = parseAnswer(value, name, where)
        const own = answers.get(model) ?? new Map<string, string>()
        answers.set(model, own)
        if (own.has(id)) {
          throw new MimicitError('MIMICIT_DUPLICATE_ID', {
            expected: 'one answer of a model to a question',
            where,
            received: `a second one of ${show(model)} to ${show(id)}`,
            hint: 'Files of several conditions need a name for each: {"model": "otter, 4 shots", …}.',
          })
        }
        own.set(id, answer)
      }
    } finally {
      await file.close()
    }
  }
  return answers
}

/** @param name of the model that the file is named after */
function parseAnswer(value: unknown, name: string, where: string) {
  const { data } = record.safeParse(value)
  const model = data?.model ?? name
  if (data?.answer === undefined || !modelName.safeParse(model).success) {
    throw new MimicitError('MIMICIT_BAD_RECORD', {
      expected:
        '{"id": "…", "answer": "…"} (or "prediction"), and "model", no blank at an end of it, unless the file is named after it',
      where,
      received: show(value),
    })
  }
  return { id: data.id, answer: data.answer, model }
}
