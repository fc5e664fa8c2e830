// A filter as columns to read and a question to each row: only what it asks about is read.
import type { Columns } from '../../shards/shard.js'
import type { Filter } from '../wire.js'

/** A filter, ready to be asked. */
export interface RowMatch {
  /** Columns of `pairs` that it looks at; there is always one, to know how many rows there are. */
  readonly columns: readonly string[]
  /** @param contexts of the row by the C_psi of the filter, 0 where it has none */
  matches(columns: Columns, index: number, contexts: number): boolean
}

/** Whether a filter asks about contexts. */
export const asksContexts = ({ minContexts, maxContexts }: Filter): boolean =>
  minContexts !== undefined || maxContexts !== undefined

/** Text is compared without regard to case, words in any order: all of them have to stand in instruction or response. */
export function rowMatch(filter: Filter): RowMatch {
  const words = fold(filter.text ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
  const idPart = filter.id === undefined ? undefined : fold(filter.id)
  const equal = (['subset', 'language', 'split'] as const).flatMap((name) => {
    const wanted = filter[name]
    return wanted === undefined ? [] : [[name, wanted] as const]
  })
  const pictures = bounds(filter.minPictures, filter.maxPictures)
  const shots = bounds(filter.minContexts, filter.maxContexts)
  const columns = [
    ...equal.map(([name]) => name),
    ...(words.length > 0 ? ['instruction', 'response'] : []),
    ...(idPart === undefined ? [] : ['id']),
    ...(pictures === undefined ? [] : ['media']),
  ]
  return {
    columns: columns.length > 0 ? columns : ['subset'],
    matches(read, index, contexts) {
      for (const [name, wanted] of equal) if ((read[name]?.[index] ?? undefined) !== wanted) return false
      if (pictures !== undefined && !pictures((read.media![index] as readonly number[]).length)) return false
      if (shots !== undefined && !shots(contexts)) return false
      if (idPart !== undefined && !fold(read.id![index] as string).includes(idPart)) return false
      if (words.length === 0) return true
      const text = fold(`${read.instruction![index] as string}\n${read.response![index] as string}`)
      return words.every((word) => text.includes(word))
    },
  }
}

const fold = (text: string) => text.toLowerCase()

function bounds(least: number | undefined, most: number | undefined): ((count: number) => boolean) | undefined {
  if (least === undefined && most === undefined) return undefined
  return (count) => count >= (least ?? 0) && count <= (most ?? Number.POSITIVE_INFINITY)
}
