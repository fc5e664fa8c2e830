// What did not fit, in every report: counted, with examples.
import type { ReportSection } from '../../base/chart/report.js'
import type { IssueCount } from '../../base/issues.js'

/** So many examples of a kind people are shown; the JSON has all. */
const SHOWN = 5

/** The issues of an evaluation; nothing where there is none. */
export function issueSections(issues: readonly IssueCount[]): ReportSection[] {
  if (issues.length === 0) return []
  return [
    { kind: 'heading', text: 'What did not fit' },
    ...issues.map(({ code, level, count, examples }): ReportSection => {
      const shown = examples.slice(0, SHOWN)
      const more = count - shown.length
      const lines = shown.map(({ where, id, message }) => {
        const isNamed = id === undefined || where.includes(id) || message.includes(id)
        return isNamed ? `${where}: ${message}` : `${where} (${id}): ${message}`
      })
      return {
        kind: 'list',
        text: `${level} ${code}: ${count}`,
        items: [...lines, ...(more > 0 ? [`and ${more} more, which --json lists`] : [])],
      }
    }),
  ]
}
