// Questions of a benchmark with what is right: TSV files as MMBench and MMAGIBench have them, or JSON Lines. Pictures stay
// where they are until somebody asks for one.
import { MimicitError, show } from '../../base/errors.js'
import { decodeBase64 } from '../../import/base64.js'
import { jsonLines } from '../../import/json-lines.js'
import { openFile } from '../../io/directory.js'
import { tsvRows } from './tsv.js'

/** A question. */
export interface BenchmarkQuestion {
  readonly id: string
  readonly question: string
  /** What helps to answer it, where the file has it. */
  readonly hint?: string
  /** Text of each option by its letter; empty where the answer is free. */
  readonly options: Readonly<Record<string, string>>
  /** The letter of the right option, or the right answer. */
  readonly label: string
  /** What the question is about: `attribute_recognition`. */
  readonly dimension: string
  /** What that belongs to: `perception`, `reasoning`. */
  readonly group: string
  /** Its picture; undefined where the row names the picture of another (`pictureOf`) or none. */
  readonly picture?: () => Uint8Array
  readonly pictureOf?: string
}

/** What stands where a question has no dimension or group. */
const NO_DIMENSION = 'all'

const LETTERS = 'ABCDEFGHIJ'

/**
 * The questions of a file, one by one.
 * @param path `.tsv`: `index`, `question`, `answer`, and `hint`, `A`, `B`, ..., `category`, `l2-category`, `image` (base64, or
 * the index of the row whose picture it is) where there are such columns; `.jsonl`: `id`, `question`, `answer` (or `label`),
 * and `options`, `dimension`, `group`
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_BAD_JSON, MIMICIT_NOT_FOUND
 */
export async function* readBenchmark(path: string): AsyncGenerator<BenchmarkQuestion & { readonly where: string }> {
  const file = await openFile(path)
  try {
    if (/\.jsonl$/i.test(path)) {
      for await (const { value, where } of jsonLines(file)) yield ofRecord((value ?? {}) as Plain, where)
    } else for await (const { fields, where } of tsvRows(file)) yield ofRow(fields, where)
  } finally {
    await file.close()
  }
}

type Plain = Readonly<Record<string, unknown>>

function ofRow(fields: Readonly<Record<string, string>>, where: string) {
  const options = Object.fromEntries(
    [...LETTERS].flatMap((letter) => (isThere(fields[letter]) ? [[letter, fields[letter]!] as const] : [])),
  )
  const picture = fields.image ?? ''
  return {
    ...base(fields.index ?? fields.id, fields.question, fields.answer, where),
    ...{ options, where, dimension: fields.category || NO_DIMENSION, group: fields['l2-category'] || NO_DIMENSION },
    ...(isThere(fields.hint) && { hint: fields.hint }),
    // Rows on the same picture hold it once; the others name the row that has it.
    ...(picture.length >= 64 && { picture: () => decodeBase64(picture, () => where) }),
    ...(picture.length > 0 && picture.length < 64 && { pictureOf: picture }),
  }
}

/** Columns of numbers and texts have `nan` where there is nothing, as pandas writes it. */
const isThere = (value: string | undefined): value is string => value !== undefined && !/^(?:nan)?$/i.test(value)

function ofRecord(value: Plain, where: string) {
  const text = (name: string) => (typeof value[name] === 'string' ? value[name] : undefined)
  const id = typeof value.id === 'number' ? String(value.id) : text('id')
  const given = typeof value.options === 'object' && value.options !== null ? Object.entries(value.options) : []
  const options = given.map(([key, option]) => [
    Array.isArray(value.options) ? LETTERS[Number(key)]! : key,
    String(option),
  ])
  return {
    ...base(id, text('question') ?? text('instruction'), text('label') ?? text('answer') ?? text('response'), where),
    ...{ options: Object.fromEntries(options) as Record<string, string>, where },
    ...{ dimension: text('dimension') ?? NO_DIMENSION, group: text('group') ?? NO_DIMENSION },
  }
}

function base(id: string | undefined, question: string | undefined, label: string | undefined, where: string) {
  if (isThere(id) && isThere(question) && isThere(label)) return { id, question, label }
  const lacks = [isThere(id) || 'index', isThere(question) || 'question', isThere(label) || 'answer']
  throw new MimicitError('MIMICIT_BAD_RECORD', {
    expected: 'a question with its index, its text and its answer',
    where,
    received: `one without ${lacks.filter((name) => name !== true).join(', ')} (${show(id ?? null)})`,
    hint: 'A test split without answers cannot be judged here.',
  })
}

/** The letter of an option that an answer means: named by itself, or by its text. */
export function optionOf(answer: string, options: Readonly<Record<string, string>>): string | undefined {
  const text = answer.trim()
  const letters = Object.keys(options)
  const named = new RegExp(`^\\(?([${letters.join('')}])(?:[).:,\\s]|$)`).exec(text)?.[1]
  const said = new RegExp(`(?:answer|option)(?: is)?:? *\\(?([${letters.join('')}])\\b`, 'i')
    .exec(text)?.[1]
    ?.toUpperCase()
  const plain = (value: string) =>
    value
      .toLowerCase()
      .replace(/[\s.]+/g, ' ')
      .trim()
  const exact = letters.filter((letter) => plain(options[letter]!) === plain(text))
  if (exact.length === 1) return exact[0]
  // An article is no option: "A dog" begins with a letter that is one.
  const isArticle = named === 'A' && /^A [a-z]/.test(text)
  if (named !== undefined && !isArticle) return named
  if (said !== undefined) return said
  const inside = letters.filter((letter) => plain(text).includes(plain(options[letter]!)))
  return inside.length === 1 ? inside[0] : undefined
}
