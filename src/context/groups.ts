// Rows in groups: those with the same key stand together, in their order. Memory is 12 bytes a row, whatever the keys are.

/** Rows by group. */
export interface Groups {
  /** Number of groups. */
  readonly size: number
  /** The group of a row, or -1 for a row that belongs to none. */
  readonly of: Int32Array
  /** The rows of a group, ascending. */
  rows(group: number): Int32Array
}

/**
 * Groups rows by a key.
 * @param keys one a row; NaN = belongs to no group. Groups are numbered in the order of their first rows.
 */
export function groupRows(keys: Float64Array): Groups {
  const order = new Int32Array(keys.length)
  let members = 0
  for (let row = 0; row < keys.length; row++) if (!Number.isNaN(keys[row])) order[members++] = row
  const sorted = order.subarray(0, members).sort((a, b) => keys[a]! - keys[b]! || a - b)
  // Each run of equal keys begins with its smallest row, by which the groups are numbered.
  const firsts: number[] = []
  const of = new Int32Array(keys.length).fill(-1)
  for (let i = 0; i < members; i++) {
    if (i === 0 || keys[sorted[i]!] !== keys[sorted[i - 1]!]) firsts.push(sorted[i]!)
    of[sorted[i]!] = firsts.length - 1
  }
  const byFirst = Int32Array.from(firsts.keys()).sort((a, b) => firsts[a]! - firsts[b]!)
  const number = new Int32Array(firsts.length)
  for (let i = 0; i < byFirst.length; i++) number[byFirst[i]!] = i
  const starts = new Int32Array(firsts.length + 1)
  for (let row = 0; row < of.length; row++) {
    if (of[row]! < 0) continue
    of[row] = number[of[row]!]!
    starts[of[row]! + 1]!++
  }
  for (let group = 0; group < firsts.length; group++) starts[group + 1]! += starts[group]!
  const rows = new Int32Array(members)
  const filled = starts.slice()
  for (let row = 0; row < of.length; row++) if (of[row]! >= 0) rows[filled[of[row]!]!++] = row
  return { size: firsts.length, of, rows: (group) => rows.subarray(starts[group]!, starts[group + 1]!) }
}
