// Predictions as files: one line for each answer with everything it was made from, and the answers of such a file (or of
// anybody's) in the place of a model.
import { z } from 'zod'
import { MimicitError, show } from '../../base/errors.js'
import type { Issue } from '../../base/issues.js'
import type { Pair } from '../../tuple/tuple.js'
import { readCaptions } from '../captions/read-captions.js'
import { nothingIn } from '../captions/read-references.js'
import type { Answerer, Condition, ShownPrompt } from './answerer.js'

/** A line of `predictions.jsonl`. */
export interface Prediction extends Condition {
  /** Of the pair that is asked. */
  readonly id: string
  readonly prediction: string
  readonly references: readonly string[]
  /** Of a question of a benchmark: text of each option by its letter. */
  readonly options?: Readonly<Record<string, string>>
  /** Of the examples that were shown, as they stood, and of those of them that fitted. */
  readonly contexts: readonly string[]
  readonly fitted: readonly string[]
  /** Why the answer ended. */
  readonly finish: string
  readonly prompt: string
}

const conditionFields = z.object({
  select: z.string().optional(),
  shots: z.int().min(0).optional(),
  seed: z.int().min(0).optional(),
})

const keyOf = (id: string, { select, shots, seed }: Partial<Condition>) => JSON.stringify([id, select, shots, seed])

interface Said {
  readonly id: string
  readonly text: string
  readonly where: string
  /** Of which condition; nothing answers all. */
  readonly condition: Partial<Condition>
}

/**
 * The answers of a file, in any form that captions have; with `select`, `shots` and `seed` where there are answers of several
 * conditions. One without them answers every condition. What is asked of nobody is told when all is done.
 * @param task whether all pairs on a picture are one question, which answers may then name by the id of the picture
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_DUPLICATE_ID, MIMICIT_EMPTY, MIMICIT_BAD_JSON, MIMICIT_NOT_FOUND
 */
export async function predictionsAnswerer(
  path: string,
  { perVisual = false }: { readonly perVisual?: boolean } = {},
): Promise<Answerer> {
  const said = await readPredictions(path)
  const asked = { ids: new Set<string>(), conditions: new Set<string>() }
  const find = ({ query, condition: { select, shots, seed } }: ShownPrompt): string | undefined => {
    for (const id of namesOf(query, perVisual)) {
      const found = said.get(keyOf(id, { select, shots, seed })) ?? said.get(keyOf(id, {}))
      if (found !== undefined) return found.text
    }
    return undefined
  }
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
      for (const id of namesOf(query, perVisual)) asked.ids.add(id)
      asked.conditions.add(keyOf('', condition))
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
    unasked: () => unasked([...said.values()], asked.ids, asked.conditions),
    close: async () => undefined,
  }
}

/** The ids by which a question is known: of the pair, and of its picture where that is what is asked about. */
export function namesOf({ id, mediaIds }: Pick<Pair, 'id' | 'mediaIds'>, perVisual: boolean): readonly string[] {
  return perVisual && mediaIds.length === 1 ? [id, mediaIds[0]!] : [id]
}

async function readPredictions(path: string): Promise<ReadonlyMap<string, Said>> {
  const said = new Map<string, Said>()
  for await (const { id, texts, record, where } of readCaptions(path)) {
    const condition = conditionFields.safeParse(record ?? {})
    if (texts.length !== 1 || !condition.success) {
      const received = texts.length === 1 ? show(record) : `${texts.length} answers to ${show(id)}`
      throw new MimicitError('MIMICIT_BAD_RECORD', {
        ...{ expected: 'one prediction for an id (with select, shots and seed of a condition)', where, received },
        hint: 'docs/evaluate.md shows a line.',
      })
    }
    const key = keyOf(id, condition.data as Partial<Condition>)
    if (said.has(key)) {
      throw new MimicitError('MIMICIT_DUPLICATE_ID', {
        ...{ expected: 'one prediction for each pair and condition', where, received: `${show(id)} again` },
        hint: 'Keep one of them.',
      })
    }
    said.set(key, { id, text: texts[0]!, where, condition: condition.data as Partial<Condition> })
  }
  if (said.size === 0) throw nothingIn(path, 'one prediction')
  return said
}

/** Answers to what is no question here one by one; those of other conditions together. */
function unasked(said: readonly Said[], ids: ReadonlySet<string>, conditions: ReadonlySet<string>): Issue[] {
  const issues: Issue[] = []
  const others = new Map<string, { count: number; where: string }>()
  const issue = (where: string, message: string, id?: string): Issue => ({
    ...{ code: 'MIMICIT_UNPAIRED', level: 'warning', where, message },
    ...(id !== undefined && { id }),
  })
  for (const { id, where, condition } of said) {
    const { select, shots, seed } = condition
    const isAny = select === undefined && shots === undefined && seed === undefined
    if (!ids.has(id))
      issues.push(issue(where, `${show(id)} is no question here: its prediction counts for nothing`, id))
    else if (!isAny && !conditions.has(keyOf('', condition))) {
      const name = `${select}, ${shots} shots, seed ${seed}`
      const entry = others.get(name) ?? { count: 0, where }
      entry.count++
      others.set(name, entry)
    }
  }
  for (const [name, { count, where }] of others) {
    issues.push(issue(where, `${count} predictions are of ${name}, which is not evaluated here`))
  }
  return issues
}
