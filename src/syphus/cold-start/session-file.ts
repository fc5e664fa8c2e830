// A search on the disk: written anew after every decision, so that a person can stop at any time and go on later; and the
// examples that came of it, as `mimicit syphus run --examples` takes them.
import { readFile, rename } from 'node:fs/promises'
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { writeWhole } from '../../io/sink.js'
import type { ColdStartSession } from './session.js'

const example = { annotation: z.string(), user: z.string(), reply: z.unknown() }
const visuals = z.object({
  mediaKind: z.enum(['images', 'video']),
  mediaIds: z.array(z.string()),
  span: z.tuple([z.number(), z.number()]).optional(),
})
const schema = z.object({
  version: z.literal(1),
  task: z.string(),
  round: z.int().min(0),
  open: z.array(z.object({ ...example, visuals: visuals.optional(), objections: z.array(z.string()) })),
  examples: z.array(z.object(example)),
  history: z.array(
    z.object({
      ...{ round: z.int().min(0), annotation: z.string(), proposed: z.unknown(), shown: z.array(z.string()) },
      decision: z.enum(['accepted', 'edited', 'rejected']),
      reason: z.string().optional(),
    }),
  ),
  seen: z.array(z.string()),
})

/**
 * Reads a search, or nothing where there is none.
 * @throws MimicitError MIMICIT_BAD_CONFIG for a file that is none, or one of another task
 */
export async function readSession(path: string, task: string): Promise<ColdStartSession | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw asIoError(error, path)
  }
  const bad = (received: string) =>
    new MimicitError('MIMICIT_BAD_CONFIG', {
      expected: `a search for examples of ${task}`,
      where: path,
      received,
      hint: 'Remove it to begin anew, or name another --out.',
    })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw bad('a text that is no JSON')
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw bad(z.prettifyError(parsed.error).split('\n')[0]!)
  if (parsed.data.task !== task) throw bad(`one of ${parsed.data.task}`)
  return parsed.data as ColdStartSession
}

/** Writes a search; what was there stays until the new one is whole. */
export async function writeSession(path: string, session: ColdStartSession): Promise<void> {
  await replaceFile(path, `${JSON.stringify(session, null, 2)}\n`)
}

/** Writes the examples with the history of every decision, as YAML (or JSON, by the name of the file). */
export async function writeExamples(path: string, { task, round, examples, history }: ColdStartSession): Promise<void> {
  const { stringify } = await import('yaml')
  const value = { task, rounds: round + 1, examples, history }
  const text = path.endsWith('.json') ? `${JSON.stringify(value, null, 2)}\n` : stringify(value)
  await replaceFile(path, text)
}

async function replaceFile(path: string, text: string): Promise<void> {
  const partial = `${path}.partial-${process.pid}`
  await writeWhole(partial, Buffer.from(text))
  await rename(partial, path).catch((error) => {
    throw asIoError(error, path)
  })
}
