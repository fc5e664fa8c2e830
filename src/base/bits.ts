// A set of small numbers, one bit each.

/** Numbers from 0 up to a limit. */
export class Bits {
  readonly #bytes: Uint8Array

  constructor(limit: number) {
    this.#bytes = new Uint8Array(Math.ceil(limit / 8))
  }

  has(n: number): boolean {
    return ((this.#bytes[n >>> 3]! >>> (n & 7)) & 1) === 1
  }

  /** Adds a number. @returns whether it was not there */
  add(n: number): boolean {
    const isNew = !this.has(n)
    this.#bytes[n >>> 3]! |= 1 << (n & 7)
    return isNew
  }
}
