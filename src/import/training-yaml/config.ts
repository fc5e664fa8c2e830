// The training YAML of Otter: groups of named data sets, each with its files and how many of its pairs an epoch takes.
// It is a configuration that people write by hand, so every mistake is told with its place, and nothing is guessed.
import { type Document, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import { z } from 'zod'
import { MimicitError } from '../../base/errors.js'

/** The groups that the original knows. */
export const GROUPS = ['IMAGE_TEXT', 'TEXT_ONLY', 'VIDEO_TEXT', 'IMAGE_TEXT_IN_CONTEXT'] as const

/** Name of a group. */
export type TrainingGroup = (typeof GROUPS)[number]

/** One data set of such a file. */
export interface TrainingDataset {
  readonly group: TrainingGroup
  readonly name: string
  /** Place of its settings, for messages. */
  readonly key: string
  readonly instructions: string
  readonly images: readonly string[]
  readonly train: string | undefined
  /** null = all of them once. */
  readonly numSamples: number | null
  readonly taskDescriptions: readonly string[]
}

/** A file of settings is smaller than this. */
export const MOST_BYTES = 1e6
/** What aliases may multiply to; the same descriptions for some hundred data sets are fine. */
const MOST_ALIASES = 1000
/** Keys that `<<` may copy, as if each copied all of them: unlike an alias, it makes an object of its own. */
const MOST_MERGED = 2e6
/** Nodes inside each other; the parser calls itself for each. */
const MOST_DEPTH = 64

const path = z.string().min(1)
const absent = z.union([z.literal(''), z.null()]).transform(() => undefined)
const dataset = z.strictObject({
  mimicit_path: path,
  images_path: z.union([path, z.array(path), absent], { error: 'a path, a list of paths or nothing' }).optional(),
  train_config_path: z.union([path, absent], { error: 'a path or nothing' }).optional(),
  num_samples: z.union([z.int().min(-1), z.null()], { error: 'a whole number from -1 on, or nothing' }).optional(),
  task_description: z
    .union([z.array(z.string()), z.string(), z.null()], { error: 'a text, a list of texts or nothing' })
    .optional(),
})
const group = z.union([z.record(z.string().min(1), dataset), z.null()]).optional()
const config = z.strictObject(Object.fromEntries(GROUPS.map((name) => [name, group])))

/**
 * Parses such a file.
 * @param where its path, for messages
 * @throws MimicitError MIMICIT_BAD_CONFIG with everything that is wrong
 */
export function parseTrainingYaml(bytes: Uint8Array, where: string): TrainingDataset[] {
  const value = parseYaml(bytes, where)
  const result = config.safeParse(value)
  if (!result.success)
    throw bad(where, [...new Set(result.error.issues.flatMap((issue) => problems(issue, [])))].join('; '))
  const found: TrainingDataset[] = []
  // In the order of the file, which the parsed groups have not: rows of the data set are in this order, too.
  for (const name of Object.keys(value as object) as TrainingGroup[]) {
    for (const [dataset, settings] of Object.entries(result.data[name] ?? {})) {
      const { mimicit_path, images_path = [], train_config_path, num_samples, task_description } = settings
      const key = `${name}.${dataset}`
      const images = typeof images_path === 'string' ? [images_path] : images_path
      if (name === 'TEXT_ONLY' && images.length > 0) {
        throw bad(where, `${key}.images_path, where a group without pictures has none`)
      }
      found.push({
        group: name,
        name: dataset,
        key,
        instructions: mimicit_path,
        images,
        train: train_config_path,
        numSamples: num_samples == null || num_samples <= 0 ? null : num_samples,
        taskDescriptions: typeof task_description === 'string' ? [task_description] : (task_description ?? []),
      })
    }
  }
  if (found.length === 0) throw bad(where, 'no data set')
  return found
}

/** Whether a text looks like such a file. */
export const isTrainingYaml = (text: string): boolean =>
  new RegExp(`^["']?(${GROUPS.join('|')})["']?\\s*:`, 'm').test(text)

function parseYaml(bytes: Uint8Array, where: string): unknown {
  if (bytes.byteLength > MOST_BYTES) throw bad(where, `more than ${MOST_BYTES} bytes`)
  const text = Buffer.from(bytes).toString('utf8')
  if (nesting(text) > MOST_DEPTH) throw bad(where, `nesting of more than ${MOST_DEPTH}`)
  try {
    // `<<` is no YAML 1.2, but PyYAML reads it, and so does Otter.
    const options = { lineCounter: new LineCounter(), prettyErrors: true, logLevel: 'silent', merge: true } as const
    const document = parseDocument(text, options)
    const error = document.errors[0]
    if (error !== undefined) throw error
    if (merged(document) > MOST_MERGED) throw new RangeError('merge keys (<<) that copy too much')
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    throw bad(where, (error as Error).message.trim(), error)
  }
}

/** An upper bound of the keys that are copied by merge keys. */
function merged(document: Document): number {
  let [keys, merges] = [0, 0]
  visit(document, {
    Pair(_, { key, value }) {
      keys++
      if (isScalar(key) && key.source === '<<') merges += isSeq(value) ? value.items.length : 1
    },
  })
  return keys * merges
}

/** An upper bound of how deep a text is nested: brackets, indents and marks of lists. */
function nesting(text: string): number {
  const brackets = text.match(/[[{]/g)?.length ?? 0
  let deepest = 0
  for (const line of text.split('\n')) {
    const start = /^[\s?:-]*/.exec(line)![0]
    deepest = Math.max(deepest, start.length / 2)
  }
  return Math.max(deepest, Math.min(brackets, deepestBracket(text)))
}

function deepestBracket(text: string): number {
  let depth = 0
  let deepest = 0
  for (const character of text) {
    if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth)
    else if ((character === ']' || character === '}') && depth > 0) depth--
  }
  return deepest
}

type Issue = z.core.$ZodIssue

/** What zod says, with the key; of alternatives the one that is nearest. */
function problems(issue: Issue, outer: readonly PropertyKey[]): string[] {
  const at = [...outer, ...issue.path]
  const key = at.map(String).join('.')
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((name) => `unknown key ${[...at, name].map(String).join('.')}`)
  if (issue.code === 'invalid_union') {
    const inner = issue.errors.map((issues) => issues.flatMap((each) => problems(each, at)))
    const deeper = inner.find((_, i) => issue.errors[i]!.some(({ path }) => path.length > 0))
    return deeper ?? [`${key}: expected ${issue.message}`]
  }
  return [`${key === '' ? 'the file' : key}: ${issue.message}`]
}

function bad(where: string, received: string, cause?: unknown): MimicitError {
  return new MimicitError('MIMICIT_BAD_CONFIG', {
    expected: `a training YAML (${GROUPS.join(', ')}: data sets with mimicit_path, images_path, train_config_path, num_samples, task_description)`,
    where,
    received,
    hint: 'Correct the file.',
    cause,
  })
}
