// A cache with a byte limit for things whose uses are known ahead: what is needed farthest in the future is forgotten first,
// which no other choice betters (Belady, "A study of replacement algorithms for a virtual-storage computer", 1966). Things of
// which no use is known stay while there is room; among them that goes which was used longest ago, so that without any
// foresight this is a cache like others.

interface Entry<V> {
  readonly value: V
  readonly bytes: number
  /** The step that uses it next; Infinity = none that is known. */
  next: number
}

/** Values by key, with their sizes and next uses. */
export class ForesightCache<K, V> {
  readonly #entries = new Map<K, Entry<V>>()
  /** Keys by the step that uses them next, in the order in which they were used last. */
  readonly #byNext = new Map<number, Set<K>>()
  readonly #limit: number
  readonly #forget: (value: V) => void
  #bytes = 0

  /**
   * @param limit bytes it may hold; 0 keeps nothing
   * @param forget hears of every value that it was given and holds no longer, once each
   */
  constructor(limit: number, forget: (value: V) => void = () => undefined) {
    this.#limit = limit
    this.#forget = forget
  }

  /** @param next the step that uses it after the present one */
  get(key: K, next = Number.POSITIVE_INFINITY): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    // Steps may ask out of their order: the farthest one knows best.
    this.#move(key, entry, entry.next === Number.POSITIVE_INFINITY ? next : Math.max(entry.next, next))
    return entry.value
  }

  set(key: K, value: V, bytes: number, next = Number.POSITIVE_INFINITY): void {
    this.delete(key)
    if (bytes > this.#limit) {
      this.#forget(value)
      return
    }
    const entry: Entry<V> = { value, bytes, next }
    this.#entries.set(key, entry)
    this.#bytes += bytes
    this.#move(key, entry, next)
    while (this.#bytes > this.#limit) this.delete(this.#farthest())
  }

  /** A step is over: what it was expected to use and did not will not be used, as far as is known. */
  passed(step: number): void {
    for (const key of this.#byNext.get(step) ?? []) this.#move(key, this.#entries.get(key)!, Number.POSITIVE_INFINITY)
  }

  delete(key: K): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#leave(key, entry.next)
    this.#bytes -= entry.bytes
    this.#forget(entry.value)
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key)
  }

  /** Bytes held now. */
  get bytes(): number {
    return this.#bytes
  }

  #farthest(): K {
    // There are as many numbers here as steps are foreseen, some hundred at most.
    const step = this.#byNext.has(Number.POSITIVE_INFINITY)
      ? Number.POSITIVE_INFINITY
      : Math.max(...this.#byNext.keys())
    for (const key of this.#byNext.get(step)!) return key
    throw new RangeError('nothing is held')
  }

  #move(key: K, entry: Entry<V>, next: number): void {
    this.#leave(key, entry.next)
    entry.next = next
    const keys = this.#byNext.get(next)
    if (keys === undefined) this.#byNext.set(next, new Set([key]))
    else keys.add(key)
  }

  #leave(key: K, step: number): void {
    const keys = this.#byNext.get(step)
    keys?.delete(key)
    if (keys?.size === 0) this.#byNext.delete(step)
  }
}
