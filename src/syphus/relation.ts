// Who is whose context among the pairs of one annotation, and what they are called: ids do not depend on what else is in a
// run, nor on what a filter left out.
import type { VisualAnnotation } from '../import/annotations/annotation.js'
import type { DraftPair } from './draft-pair.js'
import type { Relation, Task } from './task.js'

/** A pair that has its name, and its contexts by name. */
export interface NamedPair {
  readonly id: string
  readonly draft: DraftPair
  readonly related: readonly string[]
}

/** Id of a picture or frame in a data set. */
export const pictureIdOf = ({ picturePrefix, subset }: Task, name: string) => `${picturePrefix ?? subset}_IMG_${name}`

/** Names the pairs of a reply, in its order. */
export function namePairs(
  task: Task,
  { id }: VisualAnnotation,
  drafts: readonly DraftPair[],
): readonly { readonly id: string; readonly draft: DraftPair }[] {
  const rounds = new Map<string, number>()
  return drafts.map((draft, n) => {
    const { conversation } = draft
    if (conversation === undefined) return { id: `${task.subset}_INS_${id}_${n}`, draft }
    const round = rounds.get(conversation) ?? 0
    rounds.set(conversation, round + 1)
    return { id: `${task.subset}_INS_${id}_${conversation}_round${round}`, draft }
  })
}

/** Relates pairs of one annotation to those of them that are there. */
export function relatePairs(relation: Relation, pairs: readonly Omit<NamedPair, 'related'>[]): readonly NamedPair[] {
  return pairs.map((pair, n) => ({ ...pair, related: relatedTo(relation, pairs, n).map(({ id }) => id) }))
}

function relatedTo(relation: Relation, pairs: readonly Omit<NamedPair, 'related'>[], n: number) {
  const own = pairs[n]!.draft.conversation
  switch (relation) {
    case 'none':
      return []
    case 'siblings':
      return pairs.filter((_, other) => other !== n)
    case 'earlier-rounds':
      return pairs.slice(0, n).filter(({ draft }) => draft.conversation === own)
    default:
      return relation satisfies never
  }
}
