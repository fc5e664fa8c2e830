// Pairs that belong together by what they are: rounds of one conversation, questions on the same visuals, pairs of one scene.
// Those that are taken stand in the order of the data set, as the published lists have them; of more than are asked for, the
// rounds just before, or a keyed draw.
import { randomStream } from '../../base/random.js'
import type { Groups } from '../groups.js'
import { PLAIN_RULES, type Proposal, type QueryRules, type Selector, type SelectorWorld } from '../selector.js'
import { sample } from './sample.js'

/** Earlier rounds of the same conversation on the same visuals, first round first; the nearest is the last one. */
export async function previousRounds({ facts }: SelectorWorld): Promise<Selector> {
  const { conversations, round } = facts
  return {
    ...asInSource('previous-rounds 2'),
    arrange: (_, taken) => taken.toSorted((a, b) => round[a.row]! - round[b.row]! || a.row - b.row),
    propose: async (queries, count) =>
      queries.map((query) => {
        const group = conversations.of[query]!
        if (group < 0) return []
        const earlier = [...conversations.rows(group)].filter((row) => round[row]! < round[query]!)
        earlier.sort((a, b) => round[b]! - round[a]! || b - a)
        return earlier.slice(0, count).map((row) => ({ row, score: null }))
      }),
  }
}

/** Other pairs on the same picture, pair of pictures or clip. */
export async function sameVisual({ facts, seed }: SelectorWorld): Promise<Selector> {
  return { ...asInSource('same-visual 2'), propose: others(facts.visuals, 'same-visual 1', seed) }
}

/** Other pairs of the same album, scene, room or show. */
export async function sameScene({ facts, seed }: SelectorWorld): Promise<Selector> {
  return { ...asInSource('same-scene 2'), propose: others(facts.scenes, 'same-scene 1', seed) }
}

const RULES: QueryRules = { ...PLAIN_RULES, sameVisuals: true }

const asInSource = (identity: string) =>
  ({
    identity,
    scored: false,
    rules: () => RULES,
    order: 'of-source',
    arrange: (_: number, taken: readonly Proposal[]) => taken.toSorted((a, b) => a.row - b.row),
  }) as const

function others(groups: Groups, name: string, seed: number): Selector['propose'] {
  return async (queries, count) =>
    queries.map((query) => {
      const group = groups.of[query]!
      if (group < 0) return []
      const members = groups.rows(group).filter((row) => row !== query)
      return sample(members, count, randomStream(name, seed, query)).map((row) => ({ row, score: null }))
    })
}
