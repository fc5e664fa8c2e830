// Which of the in-context examples that a query may have it gets: a pure function of them and of what is asked for. Whatever
// else a choice comes to depend on (the seed, the epoch, the sample) belongs here, since plan and batches both ask here.

/** How examples are chosen among the candidates of a query. */
export interface ContextChoice {
  /** How many at most. */
  readonly shots: number
  /** Which end of the candidates is near the query. */
  readonly nearest: 'first' | 'last'
}

/** The chosen ones, in the order in which they stand in the row; a token budget drops them from their far end. */
export function chooseContexts(candidates: readonly number[], { shots, nearest }: ContextChoice): readonly number[] {
  return nearestOf(candidates, shots, nearest)
}

/** The `count` items nearest to a query, in the order in which they stand. */
export function nearestOf<T>(items: readonly T[], count: number, nearest: 'first' | 'last'): readonly T[] {
  return nearest === 'first' ? items.slice(0, count) : items.slice(Math.max(0, items.length - count))
}
