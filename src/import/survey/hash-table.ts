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

/** A table from 64-bit keys to numbers below 2^32 - 1. */
export class HashTable {
  #high: Uint32Array
  #low: Uint32Array
  #values: Uint32Array
  #memory: ArrayBuffer
  #slots: number
  #size = 0

  /** @param expected keys to make room for */
  constructor(expected = 0) {
    this.#slots = Math.max(64, Math.ceil(expected / FULLEST) + 1)
    this.#memory = memoryOf(this.#slots)
    ;[this.#high, this.#low, this.#values] = this.#make()
  }

  get size(): number {
    return this.#size
  }

  /** Memory of the slots. */
  get bytes(): number {
    return this.#slots * 12
  }

  /** The value of a key, or -1. */
  get(high: number, low: number): number {
    const slot = this.#find(high, low)
    const value = this.#values[slot]!
    return value === FREE ? -1 : value
  }

  /** Sets the value of a key that has none. @returns whether it had none */
  add(high: number, low: number, value: number): boolean {
    if (this.#values[this.#find(high, low)] !== FREE) return false
    this.set(high, low, value)
    return true
  }

  /** Sets the value of a key. */
  set(high: number, low: number, value: number): void {
    let slot = this.#find(high, low)
    if (this.#values[slot] === FREE) {
      if (this.#size + 1 > this.#slots * FULLEST) {
        this.#grow()
        slot = this.#find(high, low)
      }
      this.#size++
      this.#high[slot] = high
      this.#low[slot] = low
    }
    this.#values[slot] = value
  }

  /** Gives the memory back to the system at once; the table is not used afterwards. */
  free(): void {
    this.#memory.resize(0)
  }

  /** The slot of a key, or the free one where it would stand. */
  #find(high: number, low: number): number {
    // Keys are hashes already: their first half says where to look.
    let slot = Math.floor(((high >>> 0) / 4294967296) * this.#slots)
    while (this.#values[slot] !== FREE && (this.#high[slot] !== high >>> 0 || this.#low[slot] !== low >>> 0)) {
      slot = slot + 1 === this.#slots ? 0 : slot + 1
    }
    return slot
  }

  #make(): [Uint32Array, Uint32Array, Uint32Array] {
    const [memory, slots] = [this.#memory, this.#slots]
    const values = new Uint32Array(memory, 0, slots).fill(FREE)
    return [new Uint32Array(memory, 4 * slots, slots), new Uint32Array(memory, 8 * slots, slots), values]
  }

  #grow(): void {
    const [memory, high, low, values] = [this.#memory, this.#high, this.#low, this.#values]
    this.#slots = Math.ceil(this.#slots * GROWTH)
    this.#memory = memoryOf(this.#slots)
    ;[this.#high, this.#low, this.#values] = this.#make()
    for (let i = 0; i < values.length; i++) {
      if (values[i] === FREE) continue
      const slot = this.#find(high[i]!, low[i]!)
      this.#high[slot] = high[i]!
      this.#low[slot] = low[i]!
      this.#values[slot] = values[i]!
    }
    memory.resize(0)
  }
}

function memoryOf(slots: number): ArrayBuffer {
  const maxByteLength = 12 * slots
  return new ArrayBuffer(maxByteLength, { maxByteLength })
}

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
