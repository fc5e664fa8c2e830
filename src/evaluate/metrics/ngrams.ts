// n-grams of captions as numbers: every different run of one to four words of a set gets an id, and a caption is a rising
// list of ids with counts. Counting, clipping and products of two captions are then merges of short sorted arrays.

/** The longest runs of words that any metric counts. */
export const MOST_WORDS = 4

/** The n-grams of one length in one caption. */
export interface NgramCounts {
  /** Ids, rising, each once. */
  readonly ids: Int32Array
  /** How often each comes. */
  readonly counts: Int32Array
}

/** A caption as n-grams: `grams[n - 1]` holds those of n words. */
export interface NgramProfile {
  readonly words: number
  readonly grams: readonly NgramCounts[]
}

/** Keys are made of the id of all words but the last, and the last one: both stay far below this. */
const SHIFT = 2 ** 26

/** Gives ids to n-grams; those of n words count from 0 on for each n. */
export class NgramIds {
  readonly #words = new Map<string, number>()
  readonly #longer: readonly Map<number, number>[] = Array.from({ length: MOST_WORDS - 1 }, () => new Map())

  /** Different n-grams of n words so far. */
  size(n: number): number {
    return n === 1 ? this.#words.size : this.#longer[n - 2]!.size
  }

  /** The n-grams of a caption. */
  profile(words: readonly string[]): NgramProfile {
    const single = new Int32Array(words.length)
    for (const [at, word] of words.entries()) single[at] = idOf(this.#words, word)
    const grams = [countsOf(single.slice())]
    let before = single
    for (const [i, ids] of this.#longer.entries()) {
      const n = i + 2
      const runs = new Int32Array(Math.max(0, words.length - n + 1))
      for (let at = 0; at < runs.length; at++) runs[at] = idOf(ids, before[at]! * SHIFT + single[at + n - 1]!)
      grams.push(countsOf(runs.slice()))
      before = runs
    }
    return { words: words.length, grams }
  }
}

function idOf<K>(ids: Map<K, number>, key: K): number {
  const known = ids.get(key)
  if (known !== undefined) return known
  ids.set(key, ids.size)
  return ids.size - 1
}

/** Counts ids, which are sorted in place. */
function countsOf(ids: Int32Array): NgramCounts {
  ids.sort()
  const counts = new Int32Array(ids.length)
  let distinct = 0
  for (let at = 0; at < ids.length; at++) {
    if (at > 0 && ids[at] === ids[distinct - 1]) counts[distinct - 1]!++
    else {
      ids[distinct] = ids[at]!
      counts[distinct++] = 1
    }
  }
  return { ids: ids.subarray(0, distinct), counts: counts.subarray(0, distinct) }
}

/** Calls for every n-gram that two captions share, with its place in each. */
export function shared(a: NgramCounts, b: NgramCounts, call: (inA: number, inB: number) => void): void {
  let i = 0
  let j = 0
  while (i < a.ids.length && j < b.ids.length) {
    const left = a.ids[i]!
    const right = b.ids[j]!
    if (left === right) call(i++, j++)
    else if (left < right) i++
    else j++
  }
}
