// Plain tables for people.
import type { IssueCount } from '../base/issues.js'

/** Rows of two columns, the first padded. */
export function keyValueTable(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([key]) => key.length))
  return rows.map(([key, value]) => `${key.padEnd(width)}  ${value}`).join('\n')
}

/** Issues with counts and first examples. */
export function issueTable(issues: readonly IssueCount[]): string {
  return issues
    .map(({ code, level, count, examples }) => {
      const lines = examples.map((issue) => `    ${issue.where}${issue.id ? ` (${issue.id})` : ''}: ${issue.message}`)
      return [`  ${level} ${code}: ${count}`, ...lines].join('\n')
    })
    .join('\n')
}

/** Writes a value as JSON to standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

/** Writes a line to standard output. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
