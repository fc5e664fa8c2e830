// The pairs of a data set in groups that are translated together: neighbours about the same visuals, up to a number of pairs
// and of characters.

import type { Ask } from '../../llm/chat.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Pair } from '../../tuple/tuple.js'
import type { Glossary } from './glossary.js'
import { translationRequest } from './request.js'
import type { TargetLanguage } from './target-language.js'

/** Pairs that are translated together. */
export interface PairGroup {
  readonly rows: readonly number[]
  readonly pairs: readonly Pair[]
}

/** What an ask for a translation is about. */
export interface TranslationSubject {
  readonly group: PairGroup
  readonly to: TargetLanguage
}

/** Characters of a group at most, so that a reply is not cut off. */
const MOST_CHARACTERS = 6000

/** Pairs in one language, in groups, in the order of the data. */
export async function* pairGroups(dataset: Dataset, language: string, most: number): AsyncGenerator<PairGroup> {
  let rows: number[] = []
  let pairs: Pair[] = []
  let characters = 0
  for await (const [row, pair] of dataset.pairs()) {
    if (pair.language !== language) continue
    const length = pair.instruction.length + pair.response.length
    const goesOn = pairs.length < most && characters + length <= MOST_CHARACTERS && isAboutSame(pairs[0], pair)
    if (pairs.length > 0 && !goesOn) {
      yield { rows, pairs }
      ;[rows, pairs, characters] = [[], [], 0]
    }
    rows.push(row)
    pairs.push(pair)
    characters += length
  }
  if (pairs.length > 0) yield { rows, pairs }
}

const isAboutSame = (a: Pair | undefined, b: Pair) =>
  a !== undefined &&
  a.subset === b.subset &&
  a.media.length === b.media.length &&
  a.media.every((row, n) => row === b.media[n])

/** Every group in every language. */
export async function* translationAsks(
  groups: AsyncIterable<PairGroup>,
  from: TargetLanguage,
  targets: readonly TargetLanguage[],
  glossary: Glossary,
): AsyncGenerator<Ask<TranslationSubject>> {
  for await (const group of groups) {
    for (const to of targets) {
      const id = `${group.pairs[0]!.id} ${to.tag}`
      yield { id, request: translationRequest(group.pairs, from, to, glossary), subject: { group, to } }
    }
  }
}
