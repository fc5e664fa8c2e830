// A stored context table in numbers: its lists, its hubs, its kinds, what it leaks, and whether it does better than chance.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pick } from '../base/options.js'
import type { OnProgress } from '../base/progress.js'
import { contextRows } from '../shards/context-rows.js'
import type { Dataset } from '../shards/dataset.js'
import type { ContextRow } from '../tuple/tuple.js'
import { type Affinity, measureAffinity } from './affinity.js'
import { readPairFacts } from './facts.js'
import { activeGuards, GUARDS } from './guards.js'
import { recallsOf } from './recalls.js'
import { countContexts, type TableStatistics } from './report.js'
import { openResponses } from './responses.js'
import type { MeasuredRecall } from './search/similarity-index.js'
import { PLAIN_RULES } from './selector.js'

/** What `contextStatistics` finds. */
export interface ContextStatistics extends TableStatistics {
  readonly name: string
  /** How the table was chosen, recall of its search included where that was not exact. */
  readonly select: { readonly name: string; readonly parameters: Readonly<Record<string, unknown>> }
  /** Recall of each search that was not exact, measured when the table was made; empty where every vector was looked at. */
  readonly recalls: readonly MeasuredRecall[]
  /** Share of contexts that tell the query's answer, or ask the same of the same visuals. */
  readonly leaks: number
  readonly affinity: Affinity
}

const SAMPLED = 500

/**
 * Looks at every row of a stored context table.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME if there is no table of that name
 */
export async function contextStatistics(
  dataset: Dataset,
  name: string,
  onProgress?: OnProgress,
): Promise<ContextStatistics> {
  const { select, rows: total } = pick(`the context tables of ${dataset.location}`, dataset.manifest.contexts, name)
  const facts = await readPairFacts(dataset)
  const directory = await mkdtemp(join(tmpdir(), 'mimicit-'))
  const responses = await openResponses(dataset, directory, onProgress).finally(() =>
    rm(directory, { recursive: true }),
  )
  try {
    const only = { ...GUARDS, sameVisuals: false, splits: false, languages: false, minScore: Number.NEGATIVE_INFINITY }
    const [, leaks] = activeGuards(facts, only, responses.leaks).find(([guard]) => guard === 'leaks')!
    const counted = countContexts(facts)
    const step = Math.max(1, Math.floor(total / SAMPLED))
    const sampled: ContextRow[] = []
    let leaking = 0
    let at = 0
    for await (const row of contextRows(dataset, name)) {
      counted.add(row)
      for (const context of row.contexts) {
        if (leaks({ query: row.query, row: context, score: null, rules: PLAIN_RULES })) leaking++
      }
      if (at++ % step === 0) sampled.push(row)
      onProgress?.({ stage: 'looking at contexts', done: at, total, unit: 'queries' })
    }
    const statistics = counted.finish()
    const share = statistics.contexts === 0 ? 0 : leaking / statistics.contexts
    const recalls = recallsOf({ select })
    return {
      name,
      select,
      ...statistics,
      recalls,
      leaks: share,
      affinity: await measureAffinity(dataset, facts, sampled, 0),
    }
  } finally {
    responses.close()
  }
}
