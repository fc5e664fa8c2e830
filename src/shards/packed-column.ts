// Columns of a row group that are no list of values: what is the same in every row, texts that lie in files, lists of
// numbers one behind the other. They cross to another thread for next to nothing, and become pages without ever having been
// values, of which a row group has tens of thousands.
import type { ColumnMemory } from './column-memory.js'
import {
  fetchTexts,
  memoryOfTexts,
  type PlacedLists,
  type PlacedTexts,
  stringListsOf,
  stringsOf,
} from './placed-texts.js'
import type { Columns } from './shard.js'

/** Such a column. */
export type PackedColumn =
  | { readonly kind: 'same'; readonly value: unknown }
  /** Of a column that is required. */
  | { readonly kind: 'texts'; readonly texts: PlacedTexts }
  /** Of a column that is required, `list<string>`. */
  | { readonly kind: 'text-lists'; readonly lists: PlacedLists }
  /** Of a column that is required, `list<int32>`. */
  | { readonly kind: 'lists'; readonly lists: NumberLists }

/** Lists of numbers: the length of each, and their numbers one behind the other. */
export interface NumberLists {
  readonly lengths: Uint32Array
  readonly numbers: Int32Array
}

/** Some columns of a row group by name. */
export type PackedColumns = Readonly<Record<string, PackedColumn>>

/** The texts of those columns that have some. @throws as `fetchTexts` */
export function fetchPackedTexts(packed: PackedColumns) {
  const placed: (readonly [string, PlacedTexts | PlacedLists])[] = []
  for (const [name, column] of Object.entries(packed)) {
    if (column.kind === 'texts') placed.push([name, column.texts])
    if (column.kind === 'text-lists') placed.push([name, column.lists])
  }
  const fetched = fetchTexts(placed.map(([, texts]) => texts))
  return new Map(placed.map(([name], i) => [name, fetched[i]!]))
}

/** Gives the memory of columns back, which nobody may read afterwards. */
export function givePacked(packed: PackedColumns, memory: ColumnMemory): void {
  for (const column of Object.values(packed)) {
    if (column.kind === 'texts') memory.give(memoryOfTexts(column.texts))
    if (column.kind === 'text-lists') memory.give(memoryOfTexts(column.lists.texts))
  }
}

/** Packed columns as values, for whoever takes nothing else. @throws as `fetchTexts` */
export function unpacked(packed: PackedColumns, rows: number): Columns {
  const texts = fetchPackedTexts(packed)
  const valuesOf = (name: string, column: PackedColumn) => {
    switch (column.kind) {
      case 'same':
        return sameValues(column.value, rows)
      case 'texts':
        return stringsOf(texts.get(name)!)
      case 'text-lists':
        return stringListsOf(texts.get(name)!)
      case 'lists':
        return listValues(column.lists)
    }
  }
  return Object.fromEntries(Object.entries(packed).map(([name, column]) => [name, valuesOf(name, column)]))
}

/** A value for each row. */
export const sameValues = (value: unknown, rows: number): unknown[] => Array.from({ length: rows }, () => value)

/** The lists as such. */
export function listValues({ lengths, numbers }: NumberLists): number[][] {
  let at = 0
  return Array.from(lengths, (length) => {
    at += length
    return Array.from(numbers.subarray(at - length, at))
  })
}
