// What a plan is told apart by: everything that changes a batch, part by part, and its fingerprint.

/** Parts of a plan by name; `plan.json` beside a checkpoint holds them. */
export type PlanParts = Readonly<Record<string, unknown>>

/** Names of the parts in which two plans differ, nested ones with dots, with both values; those of a mixture with their source. */
export function planDifferences(before: PlanParts, now: PlanParts): string[] {
  const [{ sources: were, ...was }, { sources: are, ...is }] = [before, now]
  if (Array.isArray(were) && Array.isArray(are)) return [...differences(was, is, ''), ...bySource(were, are)]
  const mixed = [were, are].find((list) => Array.isArray(list))
  if (mixed === undefined) return differences(before, now, '')
  // What a mixture has of each source a single data set has of itself: nothing to compare.
  const own = new Set([...OF_MIXTURES, ...mixed.flatMap((source: PlanParts) => Object.keys(source))])
  const shared = (parts: PlanParts) => Object.fromEntries(Object.entries(parts).filter(([name]) => !own.has(name)))
  const how = (list: unknown) => (Array.isArray(list) ? `${list.length} that are mixed` : 'one as a whole')
  return [...differences(shared(was), shared(is), ''), `sources (was ${how(were)}, is ${how(are)})`]
}

const OF_MIXTURES = ['mixing', 'samples', 'weights']

/** In which sources two mixtures differ, from 0 as they were given; what differs alike in all of them once. */
function bySource(were: readonly unknown[], are: readonly unknown[]): string[] {
  const both = Array.from({ length: Math.min(were.length, are.length) }, (_, i) => differences(were[i], are[i], ''))
  const alike = both.length < 2 ? [] : both[0]!.filter((one) => both.every((others) => others.includes(one)))
  return [
    ...(were.length === are.length ? [] : [`number of sources (was ${were.length}, is ${are.length})`]),
    ...alike.map((one) => `${one} in every source`),
    ...both.flatMap((found, i) =>
      found.filter((one) => !alike.includes(one)).map((one) => `${one} in ${named(are[i], i)}`),
    ),
  ]
}

/** A source by its place, and by its pairs if it is a part of a data set. */
function named(source: unknown, place: number): string {
  const { range } = source as { readonly range?: { readonly from: number; readonly to: number } }
  return `source ${place}${range === undefined ? '' : ` (pairs ${range.from} to ${range.to - 1})`}`
}

function differences(before: unknown, now: unknown, name: string): string[] {
  if (isTree(before) && isTree(now)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
    return names.flatMap((key) => differences(before[key], now[key], name === '' ? key : `${name}.${key}`))
  }
  const [was, is] = [before, now].map((value) => JSON.stringify(value) ?? 'not set')
  return was === is ? [] : [`${name} (was ${short(was!)}, is ${short(is!)})`]
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && (!Array.isArray(value) || value.some((one) => typeof one === 'object'))

const short = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 57)}...`)
