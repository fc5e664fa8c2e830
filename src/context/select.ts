// C_psi, the in-context function (paper, section 3): given a query, the rows of its in-context examples. It is asked for by
// name - `none`, `stored:<table>`, or one that is computed (registry.ts) - or is a function of one's own. None of them sees
// the response.
import { MimicitError } from '../base/errors.js'
import type { ContextTable, Dataset } from '../shards/dataset.js'
import type { ContextSelection, LiveOptions } from './selection.js'
import type { ContextFunction } from './selector.js'

/**
 * The in-context function of a name, or one of one's own. `stored:train` reads the context table `train`; a bare name that is
 * a context table of the data set means that table.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_UNSUPPORTED if it has to be computed and the data set is too large
 */
export async function selectContexts(
  dataset: Dataset,
  given: string | ContextFunction,
  options: LiveOptions = {},
): Promise<ContextSelection> {
  if (typeof given === 'string') {
    const tables = Object.keys(dataset.manifest.contexts)
    const named = tables.find((table) => table === given) ?? tables.find((table) => `stored:${table}` === given)
    if (named !== undefined) return fromTable(await dataset.context(named), dataset)
    if (given === 'none') {
      return { name: 'none', identity: 'none', maxContexts: 0, queries: undefined, contexts: async () => [] }
    }
  }
  // What is computed brings much that most streams do not need.
  const { selectLive } = await import('./select-live.js')
  return selectLive(dataset, given, options)
}

function fromTable(table: ContextTable, dataset: Dataset): ContextSelection {
  const record = dataset.manifest.contexts[table.name]
  return {
    name: `stored:${table.name}`,
    identity: record?.shards.map((shard) => shard.sha256),
    maxContexts: table.maxContexts,
    get queries() {
      return table.queries
    },
    everyPair: table.everyPair,
    ...(record?.select.parameters.order === 'nearest-first' && { nearest: 'first' as const }),
    contexts: async (query) => (await table.get(query))?.contexts ?? [],
  }
}

/** The in-context function used when none is named: the training list, else the related ids, else none. */
export function defaultContext(dataset: Dataset): string {
  const tables = dataset.manifest.contexts
  return 'train' in tables ? 'stored:train' : 'rel_ins_ids' in tables ? 'stored:rel_ins_ids' : 'none'
}

/** The error of asking for more shots than an in-context function has for any query. */
export function tooManyShots(shots: number, context: ContextSelection): MimicitError {
  return new MimicitError('MIMICIT_SHOTS_EXCEED_CONTEXTS', {
    expected: `at most ${context.maxContexts} shots, which is what ${context.name} has for the query with most contexts`,
    where: 'the option shots',
    received: String(shots),
    hint: 'Ask for fewer shots, or name another in-context function with the option context.',
  })
}
