// Which of the in-context examples that a query may have it gets, and in which order they stand: pure functions of them, of
// what is asked for, and of (seed, epoch, sample) where examples are drawn. Plan and batches both ask here.
import { randomStream } from '../../base/random.js'
import { sample } from '../../context/selectors/sample.js'

/** What a draw belongs to: the same for a sample however it is reached, another one in every epoch. */
export interface ContextDraw {
  readonly seed: number
  readonly epoch: number
  /** Pair row of the query. */
  readonly row: number
}

/** How examples are chosen among the candidates of a query. */
export interface ContextChoice {
  /** How many at most. */
  readonly shots: number
  /** Which end of the candidates is near the query. */
  readonly nearest: 'first' | 'last'
  /** Draws the shots among so many nearest, instead of taking the nearest. */
  readonly pool?: { readonly size: number; readonly draw: ContextDraw } | undefined
}

/** The chosen ones, in the order of the candidates; a token budget drops them from their far end. */
export function chooseContexts(
  candidates: readonly number[],
  { shots, nearest, pool }: ContextChoice,
): readonly number[] {
  const near = pool === undefined ? [] : nearestOf(candidates, pool.size, nearest)
  if (pool === undefined || near.length <= shots) return nearestOf(candidates, shots, nearest)
  const { seed, epoch, row } = pool.draw
  const places = sample(Int32Array.from(near.keys()), shots, randomStream('contexts 1', seed, epoch, row))
  return places.sort((a, b) => a - b).map((place) => near[place]!)
}

/** The `count` items nearest to a query, in the order in which they stand. */
export function nearestOf<T>(items: readonly T[], count: number, nearest: 'first' | 'last'): readonly T[] {
  return nearest === 'first' ? items.slice(0, count) : items.slice(Math.max(0, items.length - count))
}

/** How contexts stand in front of their query: as they are listed, by nearness, or in a keyed order of their own. */
export const CONTEXT_ORDERS = ['listed', 'nearest-last', 'nearest-first', 'random'] as const
/** One of them. */
export type ContextOrder = (typeof CONTEXT_ORDERS)[number]

/**
 * How contexts stand unless they are asked to stand otherwise: only a function that tells how near its contexts are has them
 * by nearness.
 * @param nearest which end a function says is near; undefined = lists as the sources have them
 */
export function contextOrderOf(
  asked: { readonly shots: number; readonly contextOrder?: ContextOrder | undefined },
  nearest: 'first' | undefined,
): ContextOrder {
  if (asked.shots < 2) return 'listed'
  return asked.contextOrder ?? (nearest === undefined ? 'listed' : 'nearest-last')
}

/** Which end is near once contexts stand so; of a random order none is, and the end next to the query is kept. */
export function nearEnd(order: ContextOrder, nearest: 'first' | 'last'): 'first' | 'last' {
  if (order === 'listed') return nearest
  return order === 'nearest-first' ? 'first' : 'last'
}

/**
 * Contexts as they stand.
 * @param items in the order of the candidates
 * @param rowOf the pair row of an item, which decides its place in a random order whatever stands beside it
 */
export function standing<T>(
  items: readonly T[],
  nearest: 'first' | 'last',
  order: ContextOrder,
  { seed, epoch, row }: ContextDraw,
  rowOf: (item: T) => number,
): readonly T[] {
  switch (order) {
    case 'listed':
      return items
    case 'nearest-last':
      return nearest === 'last' ? items : items.toReversed()
    case 'nearest-first':
      return nearest === 'first' ? items : items.toReversed()
    case 'random': {
      const key = (item: T) => randomStream('context order 1', seed, epoch, row, rowOf(item)).float()
      return items
        .map((item) => ({ item, key: key(item) }))
        .sort((a, b) => a.key - b.key || rowOf(a.item) - rowOf(b.item))
        .map(({ item }) => item)
    }
    default:
      return order satisfies never
  }
}
