// A task from outside, checked before anything is asked.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import type { Task } from './task.js'

const text = z.string().min(1)
const fn = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'expected a function')
const side = z.enum(['instruction', 'response'])

export const ruleShape = {
  minPairs: z.int().positive(),
  maxPairs: z.int().positive(),
  rounds: z.int().positive().optional(),
  notPersons: z.partialRecord(side, z.array(z.enum(['first', 'second', 'third']))).optional(),
  maxWords: z.partialRecord(side, z.int().positive()).optional(),
}

const task = z.object({
  name: text.regex(/^[\w.-]+$/, 'letters, digits, ".", "_" and "-"'),
  version: z.int().positive(),
  title: text,
  subset: text.regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'a task code such as DC'),
  picturePrefix: text.optional(),
  annotations: text,
  system: text,
  output: z.object({
    schema: z.object({ name: text, schema: z.record(z.string(), z.unknown()) }),
    says: text,
    asText: z.boolean(),
    read: fn,
    fromText: fn,
  }),
  rules: z
    .object({
      ...ruleShape,
      forbidden: z.array(
        z.object({
          in: z.enum(['instruction', 'response', 'both']),
          pattern: z.instanceof(RegExp),
          rule: text,
          reason: text,
        }),
      ),
    })
    .refine(({ minPairs, maxPairs }) => minPairs <= maxPairs, 'minPairs of at most maxPairs'),
  examples: z.array(z.object({ user: z.string(), reply: z.unknown() })),
  relation: z.enum(['siblings', 'earlier-rounds', 'none']),
  lacks: fn,
  prompt: fn,
  pictureFiles: fn.optional(),
  byRule: fn.optional(),
})

/**
 * Checks that something is a task, and that its examples have its own output form.
 * @param where it is from, for messages
 * @throws MimicitError MIMICIT_BAD_CONFIG
 */
export function parseTask(value: unknown, where: string): Task {
  const { success, error } = task.safeParse(value)
  if (!success) throw notATask(where, z.prettifyError(error).replace(/\s+/g, ' '), value)
  const parsed = value as Task
  for (const [n, { reply }] of parsed.examples.entries()) {
    const read = parsed.output.read(reply)
    if (!('pairs' in read)) throw notATask(where, `example ${n + 1} in the form of the task: ${read.fault}`, reply)
  }
  return parsed
}

/** The error for what is no task. */
export function notATask(where: string, expected: string, value: unknown): MimicitError {
  return new MimicitError('MIMICIT_BAD_CONFIG', {
    expected: `a task (${expected})`,
    where,
    received: show(value, 120),
    hint: "docs/syphus.md shows a task of one's own.",
  })
}
