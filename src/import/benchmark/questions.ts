// Questions of a benchmark with what is right: TSV files as MMBench and MMAGIBench have them, or JSON, a question a line or in
// a list. A label that names no option is an error: nobody could answer such a question.
import { MimicitError, show } from '../../base/errors.js'
import { openFile } from '../../io/directory.js'
import { type DecodedPicture, decodeBase64 } from '../base64.js'
import { jsonRecords, startOf } from '../json-records.js'
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
  readonly picture?: () => DecodedPicture
  readonly pictureOf?: string
}

/** A question with its place in the file. */
export interface PlacedQuestion extends BenchmarkQuestion {
  readonly where: string
  /** Bytes of the file up to its end, as far as they are known. */
  readonly done: number
}

/** What stands where a question has no dimension or group. */
const NO_DIMENSION = 'all'

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
/** Columns of options; later letters are other columns. */
const COLUMNS = LETTERS.slice(0, 10)

/**
 * The questions of a file, one by one.
 * @param path a table: `index`, `question`, `answer`, and `hint`, `A`, `B`, ..., `category`, `l2-category`, `image` (base64, or
 * the index of the row whose picture it is) where there are such columns; or JSON: `id`, `question`, `answer` (or `label`), and
 * `hint`, `options`, `dimension`, `group`, `image`
 * @throws MimicitError MIMICIT_BAD_RECORD, MIMICIT_BAD_JSON, MIMICIT_NOT_FOUND
 */
export async function* readBenchmark(path: string): AsyncGenerator<PlacedQuestion> {
  const file = await openFile(path)
  try {
    if (!/\.tsv$/i.test(path) && /^[[{]/.test(await startOf(file))) {
      for await (const { value, where } of jsonRecords(file)) {
        yield { ...ofRecord((value ?? {}) as Plain, where), where, done: 0 }
      }
    } else {
      for await (const { fields, where, done } of tsvRows(file)) yield { ...ofRow(fields, where), where, done }
    }
  } finally {
    await file.close()
  }
}

type Plain = Readonly<Record<string, unknown>>

function ofRow(fields: Readonly<Record<string, string>>, where: string): BenchmarkQuestion {
  const options = Object.fromEntries(
    [...COLUMNS].flatMap((letter) => (isThere(fields[letter]) ? [[letter, fields[letter]!] as const] : [])),
  )
  const lacks = (['question', 'answer'] as const).filter((name) => fields[name] === undefined)
  if (lacks.length > 0) throw incomplete(lacks, where, `one with the columns ${Object.keys(fields).join(', ')}`)
  return {
    ...stated(fields.index ?? fields.id, fields.question, fields.answer, options, where),
    ...{ dimension: fields.category || NO_DIMENSION, group: fields['l2-category'] || NO_DIMENSION },
    ...(isThere(fields.hint) && { hint: fields.hint }),
    ...pictureIn(fields.image ?? '', where),
  }
}

/** Columns of numbers and texts have `nan` where there is nothing, as pandas writes it. */
const isThere = (value: string | undefined): value is string => value !== undefined && !/^(?:nan)?$/i.test(value)

/** Rows on the same picture hold it once; the others name the row that has it. */
function pictureIn(text: string, where: string): Pick<BenchmarkQuestion, 'picture' | 'pictureOf'> {
  if (!isThere(text)) return {}
  return text.length >= 64 ? { picture: () => decodeBase64(text, () => where) } : { pictureOf: text }
}

function ofRecord(value: Plain, where: string): BenchmarkQuestion {
  const text = (name: string) => {
    const found = value[name]
    return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : undefined
  }
  const given = typeof value.options === 'object' && value.options !== null ? Object.entries(value.options) : []
  if (Array.isArray(value.options) && given.length > LETTERS.length) {
    throw bad(`at most ${LETTERS.length} options`, where, String(given.length), 'Leave some out.')
  }
  const options = given.map(([key, option]) => [
    Array.isArray(value.options) ? LETTERS[Number(key)]! : key,
    String(option),
  ])
  const question = text('question') ?? text('instruction')
  const label = text('label') ?? text('answer') ?? text('response')
  const hint = text('hint')
  return {
    ...stated(text('id') ?? text('index'), question, label, Object.fromEntries(options), where),
    ...{ dimension: text('dimension') ?? text('category') ?? NO_DIMENSION },
    ...{ group: text('group') ?? text('l2-category') ?? NO_DIMENSION },
    ...(isThere(hint) && { hint }),
    ...pictureIn(text('image') ?? '', where),
  }
}

function stated(
  id: string | undefined,
  question: string | undefined,
  answer: string | undefined,
  options: Readonly<Record<string, string>>,
  where: string,
): Pick<BenchmarkQuestion, 'id' | 'question' | 'label' | 'options'> {
  if (isThere(id) && isThere(question) && isThere(answer)) {
    return { id, question, options, label: labelOf(answer, options, where) }
  }
  const lacks = [isThere(id) || 'index', isThere(question) || 'question', isThere(answer) || 'answer']
  const names = lacks.filter((name) => name !== true)
  throw incomplete(names, where, `one without ${names.join(', ')} (${show(id ?? null)})`)
}

/** The letter of the right option; the answer itself where there are no options. */
function labelOf(answer: string, options: Readonly<Record<string, string>>, where: string): string {
  const letters = Object.keys(options)
  if (letters.length === 0 || Object.hasOwn(options, answer)) return answer
  const named = letters.filter((letter) => letter === answer.trim().toUpperCase() || options[letter] === answer)
  if (named.length === 1) return named[0]!
  throw bad(
    `an answer that is one of the options ${letters.join(', ')}`,
    where,
    show(answer),
    'Mend the question: nobody could answer it.',
  )
}

const incomplete = (lacks: readonly string[], where: string, received: string) =>
  bad(
    'a question with its index, its text and its answer',
    where,
    received,
    lacks.includes('answer') ? 'A test split without answers cannot be judged here.' : 'Mend the row.',
  )

const bad = (expected: string, where: string, received: string, hint: string) =>
  new MimicitError('MIMICIT_BAD_RECORD', { expected, where, received, hint })
