// Issues as data: validation gathers what it finds, with a code, a place and an id, before anybody throws. Counting is
// exact; only the first few examples of each code are kept, so that a million faults cost no memory.
import { type ErrorCode, MimicitError } from './errors.js'

/** One thing that is wrong or odd in the data. */
export interface Issue {
  readonly code: ErrorCode
  /** Errors make data unusable; warnings are worth knowing. */
  readonly level: 'error' | 'warning'
  /** File, row and column, or table and row: where to look. */
  readonly where: string
  /** The id of the pair or picture concerned, if it has one. */
  readonly id?: string
  /** One sentence: what is wrong. */
  readonly message: string
}

/** How often a code came up, with its first examples. */
export interface IssueCount {
  readonly code: ErrorCode
  readonly level: Issue['level']
  readonly count: number
  readonly examples: readonly Issue[]
}

/** So many examples stand in the message of an error. */
const TOLD = 5

/** A growing list of issues. */
export class IssueLog {
  readonly #byCode = new Map<ErrorCode, { level: Issue['level']; count: number; examples: Issue[] }>()
  /** Of each code those that are errors; a policy may make others of it warnings. */
  readonly #errors = new Map<ErrorCode, number>()
  readonly #examplesPerCode: number

  readonly #sink: ((issue: Issue) => void) | undefined

  /**
   * @param examplesPerCode examples kept of each code @default 5
   * @param sink is given every issue
   */
  constructor(examplesPerCode = 5, sink?: (issue: Issue) => void) {
    this.#examplesPerCode = examplesPerCode
    this.#sink = sink
  }

  /** Counts one issue, and keeps it as an example while there is room. */
  add(issue: Issue): void {
    const entry = this.#byCode.get(issue.code) ?? { level: issue.level, count: 0, examples: [] }
    entry.count++
    const errors = (this.#errors.get(issue.code) ?? 0) + (issue.level === 'error' ? 1 : 0)
    if (issue.level === 'error') {
      entry.level = 'error'
      this.#errors.set(issue.code, errors)
    }
    if (entry.examples.length < this.#examplesPerCode) entry.examples.push(issue)
    else if (issue.level === 'error' && errors <= TOLD) {
      // An error has to be told, however many warnings of its kind came before.
      const at = entry.examples.findLastIndex(({ level }) => level === 'warning')
      if (at >= 0) entry.examples[at] = issue
    }
    this.#byCode.set(issue.code, entry)
    this.#sink?.(issue)
  }

  /** Whether any issue is an error. */
  get hasErrors(): boolean {
    return this.#errors.size > 0
  }

  /** Number of issues, of one level or of all. */
  count(level?: Issue['level']): number {
    let sum = 0
    for (const entry of this.#byCode.values()) if (level === undefined || entry.level === level) sum += entry.count
    return sum
  }

  /** Every code that came up, most frequent first. */
  summary(): IssueCount[] {
    return [...this.#byCode].map(([code, entry]) => ({ code, ...entry })).sort((a, b) => b.count - a.count)
  }

  /**
   * Throws one error that names the most frequent kind of fault and its first examples.
   * @throws MimicitError with the code of that kind, if any issue is an error
   */
  throwIfErrors(what: string, hint: string): void {
    const errors = this.summary().filter((entry) => entry.level === 'error')
    const first = errors[0]
    if (first === undefined) return
    const countOf = (code: ErrorCode) => this.#errors.get(code) ?? 0
    const others = errors.slice(1).map(({ code }) => `${countOf(code)} ${code}`)
    const more = others.length === 0 ? '' : `, also ${others.join(', ')}`
    const told = first.examples.filter(({ level }) => level === 'error').slice(0, TOLD)
    const examples = told.map((issue) => `${issue.where}: ${issue.message}`).join('; ')
    const count = countOf(first.code)
    throw new MimicitError(first.code, {
      expected: 'data without faults',
      where: what,
      received: `${count} ${count === 1 ? 'fault' : 'faults'} ${first.code} (${examples})${more}`,
      hint,
    })
  }
}
