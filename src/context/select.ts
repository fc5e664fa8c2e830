// C_psi, the in-context function: given a query's row, the rows of its in-context examples. A selector is named
// `name` or `name:argument`; a new one is one function and one line in `selectors`. None of them sees the response.
import { MimicitError, show } from '../base/errors.js'
import { pick } from '../base/options.js'
import type { ContextTable, Dataset } from '../shards/dataset.js'

/** An in-context function, ready to be asked. */
export interface ContextSelection {
  /** The name it was asked for by: `stored:train`. */
  readonly name: string
  /** Goes into the plan: what decides its answers, apart from the data set's order key. */
  readonly identity: unknown
  /** The most contexts it has for any query. */
  readonly maxContexts: number
  /** The queries it is made for, in their order (a training list), or undefined for every pair. */
  readonly queries: Int32Array | undefined
  /** Rows of the in-context examples of a query, nearest last or in the order of the source. */
  contexts(query: number): Promise<readonly number[]>
}

type Selector = (dataset: Dataset, argument: string) => Promise<ContextSelection>

/** Every in-context function by name. */
export const selectors: Readonly<Record<string, Selector>> = {
  none: async (dataset, argument) => {
    if (argument !== '') throw unknown(dataset, `none:${argument}`)
    return { name: 'none', identity: 'none', maxContexts: 0, queries: undefined, contexts: async () => [] }
  },
  stored: async (dataset, argument) => fromTable(await dataset.context(argument), dataset),
}

function fromTable(table: ContextTable, dataset: Dataset): ContextSelection {
  const record = dataset.manifest.contexts[table.name]
  return {
    name: `stored:${table.name}`,
    identity: record?.shards.map((shard) => shard.sha256),
    maxContexts: table.maxContexts,
    queries: table.queries,
    contexts: async (query) => (await table.get(query))?.contexts ?? [],
  }
}

/**
 * The in-context function of a name. `stored:train` reads the context table `train`; a bare name that is a context table
 * of the data set means that table.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME
 */
export async function selectContexts(dataset: Dataset, name: string): Promise<ContextSelection> {
  const tables = Object.keys(dataset.manifest.contexts)
  if (tables.includes(name)) return pick('the selector', selectors, 'stored')(dataset, name)
  const [selector = '', argument = ''] = name.split(/:(.*)/s)
  if (!Object.hasOwn(selectors, selector) || (selector === 'stored' && !tables.includes(argument))) {
    throw unknown(dataset, name)
  }
  return pick('the selector', selectors, selector)(dataset, argument)
}

function unknown(dataset: Dataset, name: string): MimicitError {
  const stored = Object.keys(dataset.manifest.contexts).map((table) => `stored:${table}`)
  return new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${[...stored, ...Object.keys(selectors).filter((key) => key !== 'stored')].join(', ')}`,
    where: `the in-context function for ${dataset.location}`,
    received: show(name),
  })
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
