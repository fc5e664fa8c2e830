// Questions of a benchmark with what a model answered.
import { MimicitError, show } from '../../base/errors.js'
import type { IssueCount } from '../../base/issues.js'
import { type BenchmarkQuestion, readBenchmark } from '../../import/benchmark/questions.js'
import { readCaptions } from '../captions/read-captions.js'
import { evaluationLog } from '../issues.js'

/** What is judged. */
export type JudgeItem = Omit<BenchmarkQuestion, 'picture' | 'pictureOf'> & { readonly answer: string }

/** What to do with a question without an answer: stop, or judge an empty one. */
export const MISSING_ANSWERS = ['error', 'empty'] as const

/** The answers of one model. */
export interface Answers {
  /** Where they come from, for messages. */
  readonly from: string
  readonly of: ReadonlyMap<string, string>
}

/** Items of files. */
export interface ReadItems {
  readonly items: readonly JudgeItem[]
  readonly issues: readonly IssueCount[]
}

/**
 * Reads the answers of a model: any form that captions have, by id.
 * @throws MimicitError MIMICIT_DUPLICATE_ID, MIMICIT_EMPTY, and whatever reading throws
 */
export async function readAnswers(path: string): Promise<Answers> {
  const answers = new Map<string, string>()
  const log = evaluationLog()
  for await (const { id, texts, where } of readCaptions(path)) {
    if (answers.has(id) || texts.length !== 1) {
      const message = answers.has(id) ? `${show(id)} again` : `${texts.length} answers`
      log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message })
    } else answers.set(id, texts[0]!)
  }
  log.throwIfErrors(path, 'Keep one answer for each question.')
  if (answers.size > 0) return { from: path, of: answers }
  throw new MimicitError('MIMICIT_EMPTY', { expected: 'at least one answer', where: path, received: 'none' })
}

/**
 * Joins questions and answers.
 * @throws MimicitError MIMICIT_UNPAIRED, MIMICIT_DUPLICATE_ID, MIMICIT_EMPTY, and whatever reading throws
 */
export async function readItems(
  benchmark: string,
  { from, of: answers }: Answers,
  missing: (typeof MISSING_ANSWERS)[number] = 'error',
): Promise<ReadItems> {
  const log = evaluationLog()
  const items: JudgeItem[] = []
  const seen = new Set<string>()
  for await (const { where, picture: _, pictureOf: __, ...question } of readBenchmark(benchmark)) {
    const { id } = question
    if (seen.has(id)) {
      log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message: `${show(id)} again` })
      continue
    }
    seen.add(id)
    const answer = answers.get(id)
    if (answer === undefined) {
      const level = missing === 'error' ? 'error' : 'warning'
      log.add({ code: 'MIMICIT_UNPAIRED', level, where, id, message: `${show(id)} has no answer in ${from}` })
    } else if (answer.trim() === '') {
      log.add({
        code: 'MIMICIT_EMPTY',
        level: 'warning',
        where,
        id,
        message: `${from}: the answer to ${show(id)} is empty`,
      })
    }
    items.push({ ...question, answer: answer ?? '' })
  }
  if (seen.size === 0) {
    throw new MimicitError('MIMICIT_EMPTY', { expected: 'at least one question', where: benchmark, received: 'none' })
  }
  for (const id of answers.keys()) {
    if (seen.has(id)) continue
    log.add({ code: 'MIMICIT_UNPAIRED', level: 'error', where: from, id, message: `no question ${show(id)}` })
  }
  log.throwIfErrors(
    `${benchmark} and ${from}`,
    'Mend the files, or judge missing answers as empty with --missing empty.',
  )
  return { items, issues: log.summary() }
}
