// Keys and values of the tokens that one layer has seen. A token costs the same after a long prompt as after a short one,
// but for the products with what was seen: new keys and values are written into room that is there already, and both lie
// so that the products take them as they are. (A product packs its right side anew every time, so what was seen is always
// the left one; and the values are turned once, when they come, so that a weighted sum reads along a line.)
import { type AttentionMask, maskedSoftmax } from './attention.js'
import { batchProduct, swapLast } from './batch-mat-mul.js'
import { hasKernel, kernelNames } from './kernels.js'
import { gatherRows } from './rows.js'
import type { Tensor, Tf } from './tf.js'

/** Places that are added when there is no more room. */
const ROOM = 64

/** A first axis by number, whatever the rank. */
export function takeFirst(tf: Tf, x: Tensor, index: Int32Array): Tensor {
  const [count = 0, ...rest] = x.shape
  const flat = tf.reshape(x, [count, x.size / Math.max(count, 1)])
  return tf.reshape(gatherRows(tf, flat, tf.tensor1d(index, 'int32')), [index.length, ...rest])
}

/** Keys and values of one layer. Holds tensors: `dispose` of it. */
export class KeyValueCache {
  readonly #tf: Tf
  #length = 0
  #rows = 0
  #heads = 0
  /** [B * heads, places, d]; the places that are not taken are zero. */
  #keys: Tensor | undefined
  /** Turned: [B * heads, d, places]. */
  #values: Tensor | undefined

  constructor(tf: Tf) {
    this.#tf = tf
  }

  /** Tokens that were seen. */
  get length(): number {
    return this.#length
  }

  /**
   * Places that keys have once `more` tokens have come: what a mask for them has to cover.
   *
   * @param more tokens to come
   */
  placesFor(more: number): number {
    const places = this.#keys?.shape[1] ?? 0
    const needed = this.#length + more
    if (needed <= places || !hasKernel(this.#tf, kernelNames.writeColumns)) return Math.max(places, needed)
    // The first tokens come without room beside them: their own run does not look at the cache.
    return this.#length === 0 ? needed : Math.ceil(needed / ROOM) * ROOM
  }

  /** Adds keys and values of new tokens, [B, heads, L, d]; they stay the caller's. */
  append(keys: Tensor, values: Tensor): void {
    const tf = this.#tf
    const [rows = 0, heads = 0, more = 0, width = 0] = keys.shape
    const n = rows * heads
    const before = this.#length
    const places = this.placesFor(more)
    ;[this.#rows, this.#heads, this.#length] = [rows, heads, before + more]
    tf.tidy(() => {
      const newKeys = tf.reshape(keys, [n, more, width])
      const newValues = swapLast(tf, tf.reshape(values, [n, more, width]))
      const [old, oldValues] = [this.#keys, this.#values]
      if (old === undefined || oldValues === undefined) {
        this.#hold(newKeys, newValues)
      } else if (!hasKernel(tf, kernelNames.writeColumns)) {
        this.#hold(tf.concat([old, newKeys], 1), tf.concat([oldValues, newValues], 2))
      } else {
        const extra = places - (old.shape[1] ?? 0)
        const pad = (x: Tensor, axis: 1 | 2) =>
          tf.pad(
            x,
            [0, 1, 2].map((i) => [0, i === axis ? extra : 0] as [number, number]),
          )
        if (extra > 0) this.#hold(pad(old, 1), pad(oldValues, 2))
        const write = (room: Tensor | undefined, part: Tensor, lines: number, at: number) => {
          const flat = (x: Tensor) => tf.reshape(x, [lines, x.size / lines])
          tf.engine().runKernel(kernelNames.writeColumns, { room: flat(room as Tensor), part: flat(part) }, { at })
        }
        write(this.#keys, newKeys, n, before * width)
        write(this.#values, newValues, n * width, before)
      }
    })
  }

  /**
   * What queries of the last tokens see of everything that is here.
   *
   * @param q [B, H, L, d]; every head of the cache serves H / heads of them, neighbours
   * @param mask over all places, those that are not taken masked
   * @returns [B, H, L, d]
   */
  attend(q: Tensor, scale: number, mask: AttentionMask): Tensor {
    const tf = this.#tf
    const [rows = 0, heads = 0, queries = 0, width = 0] = q.shape
    const [keys, values] = [this.#keys as Tensor, this.#values as Tensor]
    const places = keys.shape[1] ?? 0
    const n = this.#rows * this.#heads
    const lines = (rows * heads * queries) / n
    const scores = batchProduct(tf, keys, swapLast(tf, tf.reshape(tf.mul(q, scale), [n, lines, width])))
    const weights = maskedSoftmax(tf, tf.reshape(swapLast(tf, scores), [rows, heads, queries, places]), mask)
    const mixed = batchProduct(tf, values, swapLast(tf, tf.reshape(weights, [n, lines, places])))
    return tf.reshape(swapLast(tf, mixed), [rows, heads, queries, width])
  }

  /** Lets row r go on from row `from[r]`; there may be more rows than before, or fewer. */
  reorder(from: Int32Array): void {
    const tf = this.#tf
    const [keys, values] = [this.#keys, this.#values]
    if (keys === undefined || values === undefined) return
    const heads = this.#heads
    tf.tidy(() => {
      const take = (x: Tensor) => {
        const [, ...rest] = x.shape
        const byRow = takeFirst(tf, tf.reshape(x, [this.#rows, heads, ...rest]), from)
        return tf.reshape(byRow, [from.length * heads, ...rest])
      }
      this.#hold(take(keys), take(values))
    })
    this.#rows = from.length
  }

  dispose(): void {
    this.#keys?.dispose()
    this.#values?.dispose()
    this.#keys = undefined
    this.#values = undefined
  }

  /** Puts these in the place of what is there. */
  #hold(keys: Tensor, values: Tensor): void {
    this.dispose()
    this.#keys = this.#tf.keep(keys)
    this.#values = this.#tf.keep(values)
  }
}
