// From 64-bit keys to row numbers in plain memory: open addressing over typed arrays, 12 bytes a slot. A JavaScript Map of
// the ids of a large set takes ten times as much.
//
// The memory is that of a buffer that can be resized, although none of it ever is but to nothing: V8 takes such memory from
// the system and gives it back the moment the size is 0. Other buffers are the C library's, which keeps what was freed.
import { randomBytes } from 'node:crypto'

/** Slots in use at most, as a share. */
const FULLEST = 0.85
/** Growth by a half: a doubled table of millions would be half empty. */
const GROWTH = 1.5
/** No value. */
const FREE = 0xffffffff

/** Numbers of a slot, side by side so that looking at one takes one line of the cache: the halves of the key, the value. */
const SLOT = 3
const LOW = 1
const VALUE = 2

/** A table from 64-bit keys to numbers below 2^32 - 1. */
export class HashTable {
  #slots: number
  #memory: ArrayBuffer
  #table: Uint32Array
  #size = 0

  /** @param expected keys to make room for */
  constructor(expected = 0) {
    this.#slots = Math.max(64, Math.ceil(expected / FULLEST) + 1)
    this.#memory = memoryOf(this.#slots)
    this.#table = emptied(this.#memory)
  }

  get size(): number {
    return this.#size
  }

  /** Memory of the slots. */
  get bytes(): number {
    return this.#slots * SLOT * Uint32Array.BYTES_PER_ELEMENT
  }

  /** The value of a key, or -1. */
  get(high: number, low: number): number {
    const value = this.#table[this.#find(high, low) + VALUE]!
    return value === FREE ? -1 : value
  }

  /** Sets the value of a key that has none. @returns whether it had none */
  add(high: number, low: number, value: number): boolean {
    const at = this.#find(high, low)
    if (this.#table[at + VALUE] !== FREE) return false
    this.#fill(at, high, low, value)
    return true
  }

  /** Sets the value of a key. */
  set(high: number, low: number, value: number): void {
    const at = this.#find(high, low)
    if (this.#table[at + VALUE] === FREE) this.#fill(at, high, low, value)
    else this.#table[at + VALUE] = value
  }

  /** Gives the memory back to the system at once; the table is not used afterwards. */
  free(): void {
    this.#memory.resize(0)
  }

  /** Where the slot of a key is, or the free one where it would stand. */
  #find(high: number, low: number): number {
    const table = this.#table
    // Keys are hashes already: their first half says where to look.
    let at = SLOT * Math.floor(((high >>> 0) / 4294967296) * this.#slots)
    while (table[at + VALUE] !== FREE && (table[at] !== high >>> 0 || table[at + LOW] !== low >>> 0)) {
      at += SLOT
      if (at === table.length) at = 0
    }
    return at
  }

  /** Gives a slot that is free to a key, or another one if too few would be left. */
  #fill(at: number, high: number, low: number, value: number): void {
    if (this.#size + 1 > this.#slots * FULLEST) {
      this.#grow()
      at = this.#find(high, low)
    }
    this.#size++
    this.#table[at] = high
    this.#table[at + LOW] = low
    this.#table[at + VALUE] = value
  }

  #grow(): void {
    const [memory, table] = [this.#memory, this.#table]
    this.#slots = Math.ceil(this.#slots * GROWTH)
    this.#memory = memoryOf(this.#slots)
    this.#table = emptied(this.#memory)
    for (let from = 0; from < table.length; from += SLOT) {
      const value = table[from + VALUE]!
      if (value === FREE) continue
      const [high, low] = [table[from]!, table[from + LOW]!]
      const at = this.#find(high, low)
      this.#table[at] = high
      this.#table[at + LOW] = low
      this.#table[at + VALUE] = value
    }
    memory.resize(0)
  }
}

function memoryOf(slots: number): ArrayBuffer {
  const maxByteLength = slots * SLOT * Uint32Array.BYTES_PER_ELEMENT
  return new ArrayBuffer(maxByteLength, { maxByteLength })
}

const emptied = (memory: ArrayBuffer) => new Uint32Array(memory, 0, memory.byteLength / 4).fill(FREE)

// Unknown to whoever made the data: nobody can choose ids that collide.
export const hashSeeds = new Uint32Array(randomBytes(8).buffer.slice(0, 8)) as unknown as [number, number]
const [seedA, seedB] = hashSeeds

/** A 64-bit hash of a text, another one in every process: two rounds of multiply and mix over its code units. */
export function textHash(text: string): readonly [high: number, low: number] {
  let a = 0xdeadbeef ^ seedA
  let b = 0x41c6ce57 ^ seedB
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
    a ^= b >>> 15
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return [(a ^ (a >>> 16)) >>> 0, (b ^ (b >>> 16)) >>> 0]
}
