// A function for each subset: what the paper and the scripts that built the published lists do for each task.
import { pick } from '../../base/options.js'
import type { QueryRules, Selector, SelectorWorld } from '../selector.js'

/** What a recipe does for one subset. */
export interface TaskRule {
  /** An in-context function by name; undefined = no contexts. */
  readonly select: string | undefined
  /** Contexts at most. @default as many as are asked for */
  readonly most?: number
}

/** The rules of every subset, and of those that have none of their own. */
export interface Recipe {
  readonly subsets: Readonly<Record<string, TaskRule>>
  readonly others: TaskRule
}

/** Recipes by name. */
export const recipes: Readonly<Record<string, Recipe>> = {
  /**
   * How `rel_ins_ids` came about: LLaVA-Interleaved by text or by image, ten each; earlier rounds of conversations and of
   * indoor scenes; all other pairs on the same clip, album or pair of pictures; none for detailed descriptions.
   */
  'mimic-it': {
    subsets: {
      LACR_T2T: { select: 'text-similarity', most: 10 },
      LACR_I2I: { select: 'image-similarity', most: 10 },
      LACONV: { select: 'previous-rounds' },
      LLaVA: { select: 'previous-rounds' },
      LADD: { select: undefined },
      SN: { select: 'previous-rounds' },
      SD: { select: 'same-visual' },
      CGD: { select: 'same-visual' },
      DC: { select: 'same-visual' },
      TVC: { select: 'same-visual' },
      E4D: { select: 'same-visual' },
      FunQA: { select: 'same-visual' },
      VST: { select: 'same-scene' },
    },
    others: { select: 'text+image', most: 10 },
  },
}

/** @param argument the name of a recipe, `mimic-it` unless said otherwise */
export async function byTask(world: SelectorWorld, argument: string): Promise<Selector> {
  const name = argument === '' ? 'mimic-it' : argument
  const recipe = pick('the recipe of by-task', recipes, name)
  const { names, of } = world.facts.subsets
  const rules = names.map((subset) => (Object.hasOwn(recipe.subsets, subset) ? recipe.subsets[subset]! : recipe.others))
  const made = new Map<string, Selector>()
  // In one order, since what is made first is what is embedded first.
  for (const { select } of rules) {
    if (select !== undefined && !made.has(select)) made.set(select, await world.selector(select))
  }
  const selectorFor = (query: number) => made.get(rules[of[query]!]!.select ?? '')
  return {
    identity: ['by-task 2', name, [...made.values()].map((selector) => selector.identity)],
    scored: [...made.values()].some(({ scored }) => scored),
    order: 'of-source',
    rules(query): QueryRules {
      const { most = Number.POSITIVE_INFINITY } = rules[of[query]!]!
      const own = selectorFor(query)?.rules(query)
      return { sameVisuals: false, onePerVisual: false, ...own, most: own === undefined ? 0 : most }
    },
    arrange: (query, taken) => selectorFor(query)?.arrange?.(query, taken) ?? taken,
    async propose(queries, count) {
      const proposals = queries.map((): Awaited<ReturnType<Selector['propose']>>[number] => [])
      for (const selector of made.values()) {
        const places = [...queries.keys()].filter((place) => selectorFor(queries[place]!) === selector)
        const found = await selector.propose(
          places.map((place) => queries[place]!),
          count,
        )
        for (const [i, place] of places.entries()) proposals[place] = found[i]!
      }
      return proposals
    },
  }
}
