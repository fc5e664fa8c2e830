// In-context examples from outside: what `cold-start` writes, or a list that somebody wrote.
import { z } from 'zod'
import { MimicitError, show } from '../base/errors.js'
import { pairsReply } from './output-form.js'
import type { TaskExample } from './task.js'

const pairs = z.array(z.object({ question: z.string().min(1), answer: z.string().min(1) })).min(1)
const example = z.union([
  z.object({
    user: z.string().min(1),
    reply: z.unknown().refine((reply) => reply !== undefined && reply !== null, 'a reply'),
  }),
  z.object({ user: z.string().min(1), pairs }),
])
const file = z.union([z.array(example), z.object({ examples: z.array(example) })])

/**
 * Examples of `[{user, reply}]`, `[{user, pairs: [{question, answer}]}]`, or an object whose `examples` are such.
 * @param where the file, for messages
 * @throws MimicitError MIMICIT_BAD_CONFIG
 */
export function parseExamples(value: unknown, where: string): readonly TaskExample[] {
  const { success, data } = file.safeParse(value)
  if (!success) {
    throw new MimicitError('MIMICIT_BAD_CONFIG', {
      expected: 'a list of examples, each with user and reply, or with user and pairs of question and answer',
      where,
      received: show(value),
      hint: 'mimicit syphus cold-start writes such a file.',
    })
  }
  const list = Array.isArray(data) ? data : data.examples
  return list.map((each) =>
    'pairs' in each
      ? { user: each.user, reply: pairsReply(...each.pairs.map(({ question, answer }) => [question, answer] as const)) }
      : { user: each.user, reply: each.reply },
  )
}
