// Rows by the first 64 bits of a hash, in typed arrays: what a Map of a million ids would hold in hundreds of megabytes
// takes 24 bytes a row here. Equal bits prove nothing, so whoever asks confirms the candidates on the data.

/** Rows by key; several rows may have one key. */
export interface KeyTable {
  /** Rows that were added under this key, in the order of adding. */
  candidates(high: number, low: number): number[]
  /** @param high first 32 bits of the hash @param low the next 32 @param row 0 to 2^32 - 2 */
  add(high: number, low: number, row: number): void
}

/** An empty table; slots are probed one after the other, at most half of them are taken. */
export function createKeyTable(slots = 1024): KeyTable {
  let mask = slots - 1
  let count = 0
  let highs = new Uint32Array(slots)
  let lows = new Uint32Array(slots)
  /** Row + 1; 0 is a free slot. */
  let rows = new Uint32Array(slots)

  const put = (high: number, low: number, stored: number) => {
    let at = low & mask
    while (rows[at] !== 0) at = (at + 1) & mask
    highs[at] = high
    lows[at] = low
    rows[at] = stored
  }
  const grow = () => {
    const [oldHighs, oldLows, oldRows] = [highs, lows, rows]
    const size = oldRows.length * 2
    mask = size - 1
    highs = new Uint32Array(size)
    lows = new Uint32Array(size)
    rows = new Uint32Array(size)
    // From behind a free slot on, so that rows of one key keep their order although a run may go round the end.
    const free = oldRows.indexOf(0)
    for (let i = 1; i <= oldRows.length; i++) {
      const at = (free + i) % oldRows.length
      if (oldRows[at] !== 0) put(oldHighs[at]!, oldLows[at]!, oldRows[at]!)
    }
  }
  return {
    candidates(high, low) {
      const found: number[] = []
      for (let at = low & mask; rows[at] !== 0; at = (at + 1) & mask) {
        if (lows[at] === low && highs[at] === high) found.push(rows[at]! - 1)
      }
      return found
    },
    add(high, low, row) {
      if (2 * (count + 1) > rows.length) grow()
      put(high, low, row + 1)
      count++
    },
  }
}
