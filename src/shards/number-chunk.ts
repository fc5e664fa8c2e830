// Numbers of 32 bits as values of a column chunk: their bytes are those that a typed array has.
import { endianness } from 'node:os'
import type { NumberLists } from './packed-column.js'
import { listEntries, type PlainValues } from './plain-pages.js'

const BYTES = Int32Array.BYTES_PER_ELEMENT

/** Lists of numbers, or numbers alone, as values of a chunk; undefined on a machine that has the highest byte first. */
export function plainNumbers({ lengths, numbers }: Partial<NumberLists> & Pick<NumberLists, 'numbers'>) {
  if (endianness() !== 'LE') return undefined
  const plain: PlainValues = {
    type: 'INT32',
    count: numbers.length,
    lists: lengths && listEntries(lengths),
    sizeOf: () => BYTES,
    sampleSizeOf: () => BYTES,
    bytesOf: (from, to) => new Uint8Array(numbers.buffer, numbers.byteOffset + BYTES * from, BYTES * (to - from)),
    firstOfItsKind() {
      const seen = new Set<number>()
      return (i) => seen.size < seen.add(numbers[i]!).size
    },
    bounds() {
      let [least, most] = [numbers[0]!, numbers[0]!]
      for (let i = 1; i < numbers.length; i++) {
        const number = numbers[i]!
        if (number < least) least = number
        else if (number > most) most = number
      }
      return { min_value: least, max_value: most }
    },
  }
  return plain
}

/** Values as numbers of 32 bits, or undefined if one is none. */
export function int32sOf(values: readonly unknown[]): Int32Array | undefined {
  const numbers = new Int32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    numbers[i] = values[i] as number
    if (numbers[i] !== values[i]) return undefined
  }
  return numbers
}
