// Weights to whole numbers of draws. The first n draws are dealt by Webster's divisor method: draw j of a source (from 0)
// comes at time (j + 1/2) / weight, and the n earliest are taken, the first source first among equal ones. So the first n
// are always among the first n + 1, no source is ever more than a few draws from its share, however long the stream, and
// any n can be asked for alone.

/**
 * How many of the first `total` draws each source has.
 * @param weights positive, in any unit
 */
export function apportioned(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const draws = weights.map((weight) => Math.floor((total * weight) / sum))
  const nextAt = (s: number) => (draws[s]! + 0.5) / weights[s]!
  const lastAt = (s: number) => (draws[s]! - 0.5) / weights[s]!
  const earliest = () => {
    let best = 0
    for (let s = 1; s < weights.length; s++) if (nextAt(s) < nextAt(best)) best = s
    return best
  }
  const latest = () => {
    let best = 0
    for (let s = 1; s < weights.length; s++) if (lastAt(s) >= lastAt(best)) best = s
    return best
  }
  let given = draws.reduce((all, one) => all + one, 0)
  for (; given < total; given++) draws[earliest()]!++
  for (; given > total; given--) draws[latest()]!--
  for (;;) {
    const [into, from] = [earliest(), latest()]
    const gains = nextAt(into) < lastAt(from) || (nextAt(into) === lastAt(from) && into < from)
    if (!gains || draws[from] === 0) return draws
    draws[into]!++
    draws[from]!--
  }
}
