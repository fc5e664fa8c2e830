// C_psi, the in-context function (paper, section 3): given a query, the rows of its in-context examples. It is asked for by
// name - `none`, `stored:<table>`, or one that is computed (registry.ts) - or is a function of one's own. None of them sees
// the response.
import { MimicitError, show } from '../base/errors.js'
import { spellingHint } from '../base/options.js'
import { together } from '../base/together.js'
import type { ContextTable, Dataset } from '../shards/dataset.js'
import { type Choose, createChoose, noCounts } from './choose.js'
import { GUARDS, type GuardSettings } from './guards.js'
import { nameOf, ownSelector } from './own-function.js'
import { chooseFor } from './propose.js'
import { isSelector, parseName, selectors } from './registry.js'
import type { ContextFunction, Selector } from './selector.js'
import { openWorld } from './world.js'

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
  /** Whether those are all pairs in their order, so that nobody has to go through the list. */
  readonly everyPair?: boolean
  /** Which end of its lists is nearest to the query; undefined = the preset of the query's subset says. */
  readonly nearest?: 'first' | undefined
  /** Rows of the in-context examples of a query. */
  contexts(query: number): Promise<readonly number[]>
  /** Gives back what it holds; the data set stays open. */
  close?(): Promise<void>
}

/** How a function is asked that is not stored. */
export interface LiveOptions {
  /** Contexts of a query at most. @default 10 */
  readonly k?: number
  /** @default 0 */
  readonly seed?: number
  /** Guards that are not as usual; the one against leaks is for tables that are built. */
  readonly guards?: Partial<Omit<GuardSettings, 'leaks'>>
}

/** The most items that a function compares while loading: beyond, a product for each query takes longer than its pictures. */
const MOST_LIVE_ITEMS = 50_000

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
  if (typeof given === 'function') return own(dataset, given, options)
  const tables = Object.keys(dataset.manifest.contexts)
  if (tables.includes(given)) return fromTable(await dataset.context(given), dataset)
  const [name, argument] = parseName(given)
  if (given === 'none') {
    return { name: 'none', identity: 'none', maxContexts: 0, queries: undefined, contexts: async () => [] }
  }
  if (name === 'stored' && tables.includes(argument)) return fromTable(await dataset.context(argument), dataset)
  if (!isSelector(given)) throw unknown(dataset, given)
  return computed(dataset, given, options)
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

async function computed(
  dataset: Dataset,
  name: string,
  { k = 10, seed = 0, guards = {} }: LiveOptions,
): Promise<ContextSelection> {
  const settings: GuardSettings = { ...GUARDS, ...guards, leaks: false }
  // The published lists were made inside each subset.
  const subsets = settings.subsets || parseName(name)[0] === 'by-task'
  const world = await openWorld(dataset, { seed, guards: { ...settings, subsets }, mostItems: MOST_LIVE_ITEMS })
  try {
    const selector = await world.selector(name)
    // A search for many queries costs little more than for one.
    const { ofAll, ...selection } = asked(name, selector, createChoose(world.facts, settings), k, [seed, k, settings])
    return { ...selection, contexts: together(ofAll), close: () => world.close() }
  } catch (error) {
    await world.close()
    throw error
  }
}

function own(dataset: Dataset, choose: ContextFunction, { k = 10, seed = 0 }: LiveOptions): ContextSelection {
  // Its rows are checked by itself; guards would need every pair to be read first.
  const first: Choose = (_, proposals, most) => ({ taken: proposals.slice(0, most), keptOut: noCounts() })
  // One by one: what it throws for one query is no fault of another.
  const { ofAll, ...selection } = asked(nameOf(choose), ownSelector(dataset, choose, seed), first, k, [seed, k])
  return { ...selection, contexts: async (query) => (await ofAll([query]))[0]! }
}

/** The computed function of a world as one that is asked for some queries. */
function asked(name: string, selector: Selector, choose: Choose, k: number, identity: unknown) {
  return {
    name,
    identity: [selector.identity, identity],
    maxContexts: k,
    queries: undefined,
    ...(selector.order === 'nearest-first' && { nearest: 'first' as const }),
    async ofAll(queries: readonly number[]) {
      const choices = await chooseFor(queries, selector, choose, k)
      return choices.map(({ taken }) => taken.map(({ row }) => row))
    },
  }
}

function unknown(dataset: Dataset, name: string): MimicitError {
  const stored = Object.keys(dataset.manifest.contexts).map((table) => `stored:${table}`)
  const names = [...stored, 'none', ...Object.keys(selectors)]
  return new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: `one of ${names.join(', ')}`,
    where: `the in-context function for ${dataset.location}`,
    received: show(name),
    hint: spellingHint(name, names),
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
