// The training lists of all sources: each query once, in the order of the sources. They are read once to find their
// faults and once to write them; what stays in memory is a bit a pair.
import { Bits } from '../../base/bits.js'
import { IssueLog } from '../../base/issues.js'
import { leaveOut } from '../broken-record.js'
import { type Policies, report } from '../policies.js'
import type { ImportSource } from '../source.js'
import { contextRows, type PairContexts } from './context-rows.js'
import type { KnownRows } from './known-rows.js'
import { longList } from './pair-bounds.js'
import type { PairSurvey } from './pairs.js'

/** The training lists of all sources. */
export interface TrainingSurvey {
  /** Whether any source has one. */
  readonly exists: boolean
  entries(): AsyncGenerator<PairContexts>
}

/** Whether any source has a training list. */
export const hasTraining = (sources: readonly ImportSource[], pairs: PairSurvey): boolean =>
  sources.some(({ training }) => training !== undefined) || pairs.withTraining.size > 0

/** Reads every training list once. */
export async function surveyTraining(
  sources: readonly ImportSource[],
  pairs: PairSurvey,
  policies: Policies,
  log: IssueLog,
  known: KnownRows,
): Promise<TrainingSurvey> {
  const exists = hasTraining(sources, pairs)
  const seen = new Bits(known.pairs + pairs.rows)
  /** Of queries that are listed again: the number of the entry that counts. */
  const last = new Map<number, number>()
  async function* everyEntry(issues: IssueLog) {
    let n = 0
    for (const [source, { name, training }] of sources.entries()) {
      if (training === undefined) {
        // Beside a source with a list, one without is trained on as a whole.
        for (const entry of pairs.trained(source)) yield { ...entry, n: n++, where: name, id: '' }
        continue
      }
      for await (const { id, contexts, where } of training()) {
        const query = pairs.rowOf(id, source)
        if (query < 0) {
          report(issues, 'MIMICIT_DANGLING_TRAIN_KEY', policies.dangling, where, id, 'no pair has this id')
          continue
        }
        const fault = longList(contexts, 'contexts', where)
        if (fault !== undefined) {
          leaveOut(fault, policies, issues, where, id)
          continue
        }
        const rowOf = (context: string) => pairs.rowOf(context, source)
        yield { query, contexts: contextRows(contexts, rowOf, policies, issues, where, id), n: n++, where, id }
      }
    }
  }
  if (exists) {
    for await (const { query, n, where, id } of everyEntry(log)) {
      if (query < known.pairs && known.trained.has(query)) {
        report(log, 'MIMICIT_DUPLICATE_ID', 'error', where, id, `the data set's training list has ${id}`)
      }
      if (seen.add(query)) continue
      report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, id, `key ${id} occurs twice`)
      last.set(query, n)
    }
  }
  return {
    exists,
    async *entries() {
      for await (const { query, contexts, n } of everyEntry(new IssueLog())) {
        if ((last.get(query) ?? n) === n) yield { query, contexts }
      }
    },
  }
}
