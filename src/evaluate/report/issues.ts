// What did not fit, in every report: counted, with examples.
import type { ReportSection } from '../../base/chart/report.js'
import type { IssueCount } from '../../base/issues.js'

/** The issues of an evaluation; nothing where there is none. */
export function issueSections(issues: readonly IssueCount[]): ReportSection[] {
  if (issues.length === 0) return []
  const rows = issues.map(({ code, count, examples }) => [
    code,
    count,
    examples.map(({ where, message }) => `${where}: ${message}`).join('; '),
  ])
  return [
    { kind: 'heading', text: 'What did not fit' },
    { kind: 'table', head: ['code', 'count', 'examples'], rows },
  ]
}
