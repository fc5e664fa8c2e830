// Which of some runs that follow each other holds a place: by halving, from where each begins.

/**
 * The run that holds a place.
 * @param count of the runs, at least one
 * @param startOf where a run begins, in rising order
 */
export function holderOf(count: number, startOf: (run: number) => number, place: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (startOf(middle) <= place) low = middle
    else high = middle - 1
  }
  return low
}
