// A task of one's own in YAML: what the model is, which parts of an annotation it is shown, and the rules of its pairs.
import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { VisualAnnotation } from '../import/annotations/annotation.js'
import { captionsOf, objectLines, paragraphs, section, segmentsOf, spanInWords } from './in-words.js'
import { pairList, pairsReply } from './output-form.js'
import { notATask, parseTask, ruleShape } from './own-task.js'
import type { Task } from './task.js'

/** Parts of an annotation, as they can be shown. */
const PARTS = {
  title: ({ title, description }: VisualAnnotation) => [
    ...(title ? [`Title: ${title}`] : []),
    ...(description ? [`Description: ${description}`] : []),
  ],
  captions: (annotation: VisualAnnotation) => section('Captions', captionsOf(annotation)),
  objects: (annotation: VisualAnnotation) =>
    section('Objects (left, top, right, bottom as shares of width and height)', objectLines(annotation)),
  moments: (annotation: VisualAnnotation) =>
    section(
      'Moments',
      segmentsOf(annotation).map((segment) => `${spanInWords(segment)}: ${segment.text}`),
    ),
  tags: ({ notes }: VisualAnnotation) =>
    section(
      'Tags',
      notes.filter(({ tags }) => tags.length > 0).map(({ tags }) => tags.join(', ')),
    ),
} as const

const text = z.string().min(1)
const words = z.strictObject({
  name: text,
  version: z.int().positive().default(1),
  title: text,
  subset: text,
  picturePrefix: text.optional(),
  annotations: text,
  system: text,
  shows: z.array(z.enum(Object.keys(PARTS) as [keyof typeof PARTS])).min(1),
  rules: z.strictObject({
    ...ruleShape,
    forbidden: z
      .array(
        z.strictObject({
          in: z.enum(['instruction', 'response', 'both']).default('both'),
          pattern: text,
          rule: text,
          reason: text,
        }),
      )
      .default([]),
  }),
  relation: z.enum(['siblings', 'earlier-rounds', 'none']).default('siblings'),
  examples: z
    .array(z.strictObject({ user: text, pairs: z.array(z.strictObject({ question: text, answer: text })).min(1) }))
    .default([]),
})

/**
 * Reads a task.
 * @param where the file, for messages
 * @throws MimicitError MIMICIT_BAD_CONFIG
 */
export function taskOfWords(yaml: string, where: string): Task {
  const document = parseDocument(yaml)
  if (document.errors[0] !== undefined) throw notATask(where, document.errors[0].message.split('\n')[0]!, yaml)
  const value: unknown = document.toJS()
  const { success, data, error } = words.safeParse(value)
  if (!success) throw notATask(where, z.prettifyError(error).replace(/\s+/g, ' '), value)
  const { shows, rules, examples, ...task } = data
  const prompt = (annotation: VisualAnnotation) => paragraphs(...shows.map((part) => PARTS[part](annotation)))
  return parseTask(
    {
      ...task,
      output: pairList,
      rules: {
        ...rules,
        forbidden: rules.forbidden.map((rule) => ({ ...rule, pattern: patternOf(rule.pattern, where) })),
      },
      examples: examples.map(({ user, pairs }) => ({
        user,
        reply: pairsReply(...pairs.map(({ question, answer }) => [question, answer] as const)),
      })),
      lacks: (annotation: VisualAnnotation) => (prompt(annotation) === '' ? `any of ${shows.join(', ')}` : null),
      prompt,
    },
    where,
  )
}

function patternOf(pattern: string, where: string): RegExp {
  try {
    return new RegExp(pattern, 'iu')
  } catch (error) {
    throw notATask(where, (error as Error).message, pattern)
  }
}
