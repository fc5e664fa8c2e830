// The conditions of a filter as one function over pairs.
import { MimicitError, show } from '../base/errors.js'
import type { Manifest } from '../shards/manifest.js'
import type { Pair } from '../tuple/tuple.js'

/** Which pairs remain: those that fulfil every condition that is given. */
export interface FilterConditions {
  /** Names of subsets. */
  readonly subset?: readonly string[] | undefined
  /** BCP 47 tags. */
  readonly language?: readonly string[] | undefined
  readonly split?: readonly string[] | undefined
  /** Ids of pairs; every one of them must exist. */
  readonly ids?: readonly string[] | undefined
  /** Any other condition. */
  readonly where?: ((pair: Pair) => boolean) | undefined
}

/** A filter, ready to be asked. */
export interface FilterRule {
  keeps(pair: Pair): boolean
  /**
   * To be called after every pair was asked for.
   * @throws MimicitError MIMICIT_NOT_FOUND if an id was not met
   */
  checkIds(): void
}

/**
 * @param where the data set, for messages
 * @throws MimicitError MIMICIT_BAD_VALUE without any condition, MIMICIT_UNKNOWN_NAME for a name that no pair has
 */
export function filterRule(
  { subsets, statistics }: Manifest,
  { subset, language, split, ids, where: predicate }: FilterConditions,
  where: string,
): FilterRule {
  if ([subset, language, split, ids, predicate].every((condition) => condition === undefined)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'at least one condition (subset, language, split, ids, where)',
      where: 'filterDataset',
      received: 'none',
    })
  }
  const inSubset = oneOf(
    'subset',
    subset,
    subsets.map(({ name }) => name),
    where,
  )
  const inLanguage = oneOf('language', language, Object.keys(statistics.languages), where)
  const inSplit = oneOf('split', split, Object.keys(statistics.splits), where)
  const wanted = ids === undefined ? undefined : new Set(ids)
  const unmet = new Set(wanted)
  return {
    keeps(pair) {
      unmet.delete(pair.id)
      if (wanted !== undefined && !wanted.has(pair.id)) return false
      const inAll = inSubset(pair.subset) && inLanguage(pair.language) && inSplit(pair.split)
      return inAll && (predicate === undefined || predicate(pair))
    },
    checkIds() {
      const [id] = unmet
      if (id === undefined) return
      throw new MimicitError('MIMICIT_NOT_FOUND', {
        expected: 'ids of pairs',
        where: `option ids of filterDataset on ${where}`,
        received: `${unmet.size} that no pair has, ${show(id)} for one`,
        hint: 'Leave them out of the list.',
      })
    },
  }
}

function oneOf(what: string, asked: readonly string[] | undefined, there: readonly string[], where: string) {
  const wrong = asked?.find((name) => !there.includes(name))
  if (wrong !== undefined) {
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: there.length === 0 ? `no ${what}, since no pair names one` : `one of ${there.join(', ')}`,
      where: `option ${what} of filterDataset on ${where}`,
      received: show(wrong),
    })
  }
  const names = new Set<string | null>(asked)
  return (name: string | null) => asked === undefined || names.has(name)
}
