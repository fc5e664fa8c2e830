// Gathers the values of a column until a row group is full, in the form that costs least: almost all columns of an import
// have one value, or texts that stay where they are.
import type { ColumnMemory } from './column-memory.js'
import { type NumberLists, type PackedColumn, sameValues } from './packed-column.js'
import { type PlacedSpans, PlacedTextsBuilder } from './placed-texts.js'
import type { Column } from './table-schema.js'
import type { Text } from './text-place.js'

/** A column being gathered. */
export interface ColumnBuilder {
  push(value: unknown): void
  /** The same value in several rows. */
  pushSame(value: unknown, count: number): void
  /** Texts of one file; only in a column of texts that is required. @param from the first of them, `to` behind the last */
  pushPlaced(path: string, spans: PlacedSpans, from: number, to: number): void
  /** Lists of numbers; only in a column of them that is required. */
  pushLists(lists: NumberLists, from: number, to: number): void
  /**
   * Lists of texts of one file; only in a column of them that is required.
   * @param spans of the texts of all lists, one behind the other
   * @param lengths of all lists
   */
  pushPlacedLists(path: string, spans: PlacedSpans, lengths: Uint32Array, from: number, to: number): void
  /** What was gathered; begins anew. */
  take(): PackedColumn | readonly unknown[]
}

/** Starts empty. @param memory of texts in files; it is given back with `givePacked` when they were used */
export function columnBuilder({ kind, nullable }: Column, memory?: ColumnMemory): ColumnBuilder {
  if (nullable) return valueBuilder()
  if (kind === 'string') return textBuilder(memory)
  if (kind === 'list<string>') return textListBuilder(memory)
  return kind === 'list<int32>' ? listBuilder() : valueBuilder()
}

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0
const isSame = (a: unknown, b: unknown) => Object.is(a, b) || (isEmptyList(a) && isEmptyList(b))

const otherColumn = (): never => {
  throw new TypeError('expected a column of another kind')
}

/** Values of any kind: none is kept as long as all are the same. */
function valueBuilder() {
  let every: unknown
  let count = 0
  let values: unknown[] | undefined
  const push = (value: unknown) => {
    if (values === undefined) {
      if (count === 0) every = value
      if (count === 0 || isSame(every, value)) {
        count++
        return
      }
      values = []
      for (let i = 0; i < count; i++) values.push(every)
    }
    values.push(value)
  }
  return {
    push,
    pushSame(value: unknown, times: number) {
      if (times === 0) return
      push(value)
      if (values === undefined) count += times - 1
      else for (let i = 1; i < times; i++) values.push(value)
    },
    pushPlaced: otherColumn,
    pushLists: otherColumn,
    pushPlacedLists: otherColumn,
    take(): PackedColumn | readonly unknown[] {
      const taken = values ?? (count === 0 ? [] : ({ kind: 'same', value: every } as const))
      every = undefined
      values = undefined
      count = 0
      return taken
    },
  }
}

/** What a builder of values took, as values. */
const valuesOf = (taken: PackedColumn | readonly unknown[], rows: number): readonly unknown[] =>
  'kind' in taken ? sameValues((taken as { readonly value: unknown }).value, rows) : taken

/** Texts, at hand or in files. */
function textBuilder(memory?: ColumnMemory): ColumnBuilder {
  const atHand = valueBuilder()
  const packed = new PlacedTextsBuilder(memory)
  let rows = 0
  /** From the first text in a file on all go there. */
  let isPacked = false
  const pack = () => {
    if (isPacked) return
    isPacked = true
    for (const text of valuesOf(atHand.take(), rows)) packed.push(text as Text)
  }
  return {
    push(value) {
      if (typeof value === 'object' && value !== null) pack()
      rows++
      if (isPacked) packed.push(value as Text)
      else atHand.push(value)
    },
    pushSame(value, count) {
      for (let i = 0; isPacked && i < count; i++) packed.push(value as Text)
      if (!isPacked) atHand.pushSame(value, count)
      rows += count
    },
    pushPlaced(path, spans, from, to) {
      pack()
      packed.pushSpans(path, spans, from, to)
      rows += to - from
    },
    pushLists: otherColumn,
    pushPlacedLists: otherColumn,
    take() {
      const taken = isPacked ? ({ kind: 'texts', texts: packed.take() } as const) : atHand.take()
      rows = 0
      isPacked = false
      return taken
    },
  }
}

/** Lists of texts, at hand or in files. */
function textListBuilder(memory?: ColumnMemory): ColumnBuilder {
  const atHand = valueBuilder()
  const packed = new PlacedTextsBuilder(memory)
  const lengths: number[] = []
  let rows = 0
  /** From the first list in a file on all go there. */
  let isPacked = false
  const pushPacked = (list: readonly Text[]) => {
    lengths.push(list.length)
    for (const text of list) packed.push(text)
  }
  const pack = () => {
    if (isPacked) return
    isPacked = true
    for (const list of valuesOf(atHand.take(), rows)) pushPacked(list as readonly Text[])
  }
  return {
    push(value) {
      rows++
      if (isPacked) pushPacked(value as readonly Text[])
      else atHand.push(value)
    },
    pushSame(value, count) {
      for (let i = 0; isPacked && i < count; i++) pushPacked(value as readonly Text[])
      if (!isPacked) atHand.pushSame(value, count)
      rows += count
    },
    pushPlaced: otherColumn,
    pushLists: otherColumn,
    pushPlacedLists(path, spans, of, from, to) {
      pack()
      const first = sum(of, 0, from)
      packed.pushSpans(path, spans, first, first + sum(of, from, to))
      for (let i = from; i < to; i++) lengths.push(of[i]!)
      rows += to - from
    },
    take() {
      if (!isPacked) {
        rows = 0
        return atHand.take()
      }
      const lists = { lengths: Uint32Array.from(lengths), texts: packed.take() }
      rows = 0
      lengths.length = 0
      isPacked = false
      return lists.texts.count === 0 ? { kind: 'same', value: [] } : { kind: 'text-lists', lists }
    },
  }
}

function sum(numbers: Uint32Array, from: number, to: number): number {
  let total = 0
  for (let i = from; i < to; i++) total += numbers[i]!
  return total
}

/** Lists of numbers. */
function listBuilder(): ColumnBuilder {
  let lengths = new Uint32Array(1024)
  let numbers = new Int32Array(1024)
  let rows = 0
  let filled = 0
  const reserve = (lists: number, elements: number) => {
    if (rows + lists > lengths.length) {
      const larger = new Uint32Array(2 * (rows + lists))
      larger.set(lengths)
      lengths = larger
    }
    if (filled + elements > numbers.length) {
      const larger = new Int32Array(2 * (filled + elements))
      larger.set(numbers)
      numbers = larger
    }
  }
  const push = (value: unknown) => {
    const list = value as ArrayLike<number>
    const { length } = list
    reserve(1, length)
    lengths[rows++] = length
    for (let i = 0; i < length; i++) {
      const number = list[i]!
      numbers[filled] = number
      if (numbers[filled++] !== number) {
        throw new TypeError(`expected a number of 32 bits in a list, received ${number}`)
      }
    }
  }
  return {
    push,
    pushSame(value, count) {
      for (let i = 0; i < count; i++) push(value)
    },
    pushPlaced: otherColumn,
    pushPlacedLists: otherColumn,
    pushLists(lists, from, to) {
      const first = sum(lists.lengths, 0, from)
      const last = first + sum(lists.lengths, from, to)
      reserve(to - from, last - first)
      lengths.set(lists.lengths.subarray(from, to), rows)
      numbers.set(lists.numbers.subarray(first, last), filled)
      rows += to - from
      filled += last - first
    },
    take() {
      const lists: NumberLists = { lengths: lengths.slice(0, rows), numbers: numbers.slice(0, filled) }
      const taken =
        rows > 0 && filled === 0 ? ({ kind: 'same', value: [] } as const) : ({ kind: 'lists', lists } as const)
      rows = 0
      filled = 0
      return taken
    },
  }
}
