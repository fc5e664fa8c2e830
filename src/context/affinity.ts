// Whether contexts have more in common with their queries than chance would give: words shared, beside those that random
// pairs share. It says at a glance whether a function does anything.
import { randomStream } from '../base/random.js'
import type { Dataset } from '../shards/dataset.js'
import type { ContextRow } from '../tuple/tuple.js'
import { wordsOf } from './embedders/ngrams.js'
import type { PairFacts } from './facts.js'

/** Mean share of words in both among the words of either (Jaccard), of contexts and of random rows. */
export interface SharedWords {
  readonly contexts: number
  readonly random: number
}

/** Of the texts of a sample of queries. */
export interface Affinity {
  /** Queries with contexts that were looked at. */
  readonly queries: number
  readonly instruction: SharedWords
  /** The function never saw these; for captions it tells whether similar pictures show similar things. */
  readonly response: SharedWords
}

/** @param rows context rows to look at */
export async function measureAffinity(
  dataset: Dataset,
  { visuals }: PairFacts,
  rows: readonly ContextRow[],
  seed: number,
): Promise<Affinity> {
  const total = dataset.manifest.tables.pairs.rows
  const sums = { instruction: { contexts: 0, random: 0 }, response: { contexts: 0, random: 0 } }
  const seen = rows.filter(({ contexts }) => contexts.length > 0 && total > 1)
  for (const { query, contexts } of seen) {
    const random = randomStream('affinity 1', seed, query)
    const own = await wordsOfPair(dataset, query)
    // Random rows on the query's own visuals would not be by chance alike.
    const drawn = contexts.map(() => drawOther(() => (query + 1 + random.below(total - 1)) % total, query, visuals))
    const others = { contexts, random: drawn }
    for (const kind of ['contexts', 'random'] as const) {
      for (const row of others[kind]) {
        const words = await wordsOfPair(dataset, row)
        for (const text of ['instruction', 'response'] as const) {
          sums[text][kind] += jaccard(own[text], words[text]) / contexts.length / seen.length
        }
      }
    }
  }
  return { queries: seen.length, ...sums }
}

/** A row that is not on the visuals of the query, if a few draws find one. */
function drawOther(draw: () => number, query: number, { of }: PairFacts['visuals']): number {
  let row = draw()
  for (let tries = 0; tries < 8 && of[row]! >= 0 && of[row] === of[query]; tries++) row = draw()
  return row
}

async function wordsOfPair(dataset: Dataset, row: number) {
  const { instruction, response } = await dataset.pair(row)
  return { instruction: new Set(wordsOf(instruction)), response: new Set(wordsOf(response)) }
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let both = 0
  for (const word of a) if (b.has(word)) both++
  const either = a.size + b.size - both
  return either === 0 ? 0 : both / either
}
