// In-context functions that are computed while they are asked: those of the registry, and functions of one's own.
import { MimicitError, show } from '../base/errors.js'
import { spellingHint } from '../base/options.js'
import { together } from '../base/together.js'
import type { Dataset } from '../shards/dataset.js'
import { type Choose, createChoose, noCounts } from './choose.js'
import { GUARDS, type GuardSettings } from './guards.js'
import { nameOf, ownSelector } from './own-function.js'
import { chooseFor } from './propose.js'
import { isSelector, parseName, selectors } from './registry.js'
import type { ContextSelection, LiveOptions } from './selection.js'
import type { ContextFunction, Selector } from './selector.js'
import { openWorld } from './world.js'

/** The most items that a function compares while loading: beyond, a product for each query takes longer than its pictures. */
const MOST_LIVE_ITEMS = 50_000

/**
 * The in-context function of a name, or one of one's own, that is no stored table.
 * @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_UNSUPPORTED if the data set is too large
 */
export async function selectLive(
  dataset: Dataset,
  given: string | ContextFunction,
  options: LiveOptions,
): Promise<ContextSelection> {
  if (typeof given === 'function') return own(dataset, given, options)
  if (!isSelector(given)) throw unknown(dataset, given)
  return computed(dataset, given, options)
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
