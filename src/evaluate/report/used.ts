// What calls to a model used, in every report of what it said.
import type { ReportSection } from '../../base/chart/report.js'
import type { Spent } from '../../llm/budget.js'
import { usageWords } from '../../llm/usage-words.js'

/** What `who` used, earlier runs of the journal included; nothing where nobody counts. */
export const usedSections = (who: string, used: Spent | undefined): ReportSection[] =>
  used === undefined ? [] : [{ kind: 'text', text: `${who} used ${usageWords(used)}` }]
