// Lists as Parquet has them: their elements, and for each whether it begins a list and whether there is one. The general
// writer walks down the schema for every element; a list of ours is always the same three levels.
import type { PageData } from 'hyparquet-writer/src/types.js'
import type { NumberLists } from './packed-column.js'

/** Levels are short numbers; the general writer reads them by index and cuts slices. */
const levels = (count: number) => new Uint8Array(count)
const asLevels = (made: Uint8Array) => made as unknown as number[]

/**
 * Lists of a column.
 * @param rows lists, or null where the column is nullable
 * @returns undefined for what the general writer has to refuse
 */
export function listPages(rows: readonly unknown[], nullable: boolean): PageData | undefined {
  let count = 0
  for (const row of rows) {
    if (row === null && nullable) count++
    else if (!Array.isArray(row)) return undefined
    else count += Math.max(1, row.length)
  }
  const [repetition, definition] = [levels(count), levels(count)]
  const values = new Array<unknown>(count)
  const most = nullable ? 2 : 1
  let at = 0
  for (const row of rows as readonly (readonly unknown[] | null)[]) {
    if (row === null || row.length === 0) {
      definition[at] = row === null ? 0 : most - 1
      values[at++] = undefined
      continue
    }
    for (let i = 0; i < row.length; i++) {
      const value = row[i]
      if (value === null || value === undefined) return undefined
      repetition[at] = i === 0 ? 0 : 1
      definition[at] = most
      values[at++] = value
    }
  }
  return pageData(values, definition, repetition, most)
}

/** Lists of numbers of a column that is required. */
export function numberListPages({ lengths, numbers }: NumberLists): PageData {
  let count = 0
  for (let i = 0; i < lengths.length; i++) count += Math.max(1, lengths[i]!)
  const [repetition, definition] = [levels(count), levels(count).fill(1)]
  // Most columns have no empty list: then the numbers are what is written.
  const isDense = count === numbers.length
  const values = isDense ? numbers : new Array<number | undefined>(count)
  let at = 0
  let from = 0
  for (let i = 0; i < lengths.length; i++) {
    const length = lengths[i]!
    if (length === 0) {
      values[at] = undefined as unknown as number
      definition[at++] = 0
      continue
    }
    repetition.fill(1, at + 1, at + length)
    if (!isDense) for (let k = 0; k < length; k++) values[at + k] = numbers[from + k]!
    at += length
    from += length
  }
  return pageData(values, definition, repetition, 1)
}

const pageData = (values: ArrayLike<unknown>, definition: Uint8Array, repetition: Uint8Array, most: number) => ({
  values: values as PageData['values'],
  definitionLevels: asLevels(definition),
  repetitionLevels: asLevels(repetition),
  maxDefinitionLevel: most,
})
