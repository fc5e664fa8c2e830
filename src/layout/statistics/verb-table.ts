// The most frequent root verbs with their most frequent objects. What is counted is bounded: where there are too many
// different pairs, those that came up least are forgotten, which the top of the table does not notice.

/** A verb with its nouns. */
export interface VerbRow {
  readonly verb: string
  readonly count: number
  readonly nouns: readonly { readonly noun: string; readonly count: number }[]
}

/** Counts verbs and nouns. */
export interface VerbTable {
  add(verb: string, noun: string | null): void
  /** The paper shows 20 verbs with 4 nouns each. */
  top(verbs: number, nouns: number): readonly VerbRow[]
}

/** @param most different pairs of a verb and a noun that are held */
export function verbTable(most = 200_000): VerbTable {
  const verbs = new Map<string, { count: number; nouns: Map<string, number> }>()
  let held = 0
  const forget = () => {
    for (let least = 1; held > most / 2; least++) {
      for (const [verb, { count, nouns }] of verbs) {
        for (const [noun, times] of nouns) if (times <= least && nouns.delete(noun)) held--
        if (count <= least && nouns.size === 0) verbs.delete(verb)
      }
    }
  }
  return {
    add(verb, noun) {
      const row = verbs.get(verb) ?? { count: 0, nouns: new Map<string, number>() }
      if (row.count++ === 0) verbs.set(verb, row)
      if (noun === null) return
      const times = row.nouns.get(noun) ?? 0
      row.nouns.set(noun, times + 1)
      if (times === 0 && ++held > most) forget()
    },
    top: (verbCount, nounCount) =>
      frequent(
        [...verbs].map(([verb, { count, nouns }]) => ({ verb, count, nouns })),
        ({ verb }) => verb,
      )
        .slice(0, verbCount)
        .map(({ verb, count, nouns }) => ({
          verb,
          count,
          nouns: frequent(
            [...nouns].map(([noun, times]) => ({ noun, count: times })),
            ({ noun }) => noun,
          ).slice(0, nounCount),
        })),
  }
}

/** Most frequent first; equally frequent ones by name, so that two runs give the same table. */
function frequent<T extends { readonly count: number }>(rows: readonly T[], name: (row: T) => string): readonly T[] {
  return [...rows].sort((a, b) => b.count - a.count || (name(a) < name(b) ? -1 : 1))
}
