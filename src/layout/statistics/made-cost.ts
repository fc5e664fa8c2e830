// What the pairs of a data set cost to make, as its provenance says: runs of Syphus write down what was spent.
import { z } from 'zod'
import { decodeCheckedJson } from '../../base/checked-json.js'
import type { Dataset } from '../../shards/dataset.js'

/** What was spent. */
export interface MadeCost {
  readonly promptTokens: number
  readonly completionTokens: number
  /** In the currency of the prices that were given, or null where none were. */
  readonly cost: number | null
  /** Names of the models, or of the rules, that made them. */
  readonly by: readonly string[]
}

const run = z.object({
  responder: z.string(),
  spent: z.object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number().nullish() }),
})
const schema = z.union([
  z.object({ made: z.array(z.object({ syphus: run })) }).transform(({ made }) => made.map(({ syphus }) => syphus)),
  // A translation of another data set: what that one cost is in its own provenance.
  z.object({ command: z.literal('syphus translate'), options: run }).transform(({ options }) => [options]),
])

/** The cost of a data set that Syphus made, or null: of others, and of those made from such ones, nothing is known. */
export async function madeCost({ store, location }: Pick<Dataset, 'store' | 'location'>): Promise<MadeCost | null> {
  const path = 'provenance.json'
  if (!(await store.exists(path))) return null
  const text = Buffer.from(await store.readAll(path)).toString('utf8')
  const parsed = schema.safeParse(decodeCheckedJson(text, `${location}/${path}`, 'MIMICIT_CORRUPT'))
  if (!parsed.success) return null
  const runs = parsed.data
  const sum = (of: (run: (typeof runs)[number]) => number) => runs.reduce((total, run) => total + of(run), 0)
  const priced = runs.some(({ spent }) => typeof spent.cost === 'number')
  return {
    promptTokens: sum(({ spent }) => spent.promptTokens),
    completionTokens: sum(({ spent }) => spent.completionTokens),
    cost: priced ? sum(({ spent }) => spent.cost ?? 0) : null,
    by: [...new Set(runs.map(({ responder }) => responder))],
  }
}
