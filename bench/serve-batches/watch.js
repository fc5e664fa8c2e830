// What a reader of batches says of its run, as a line of JSON: samples a second are counted from the first batch on.
// @ts-check

/** A stopwatch for one run. */
export function watch() {
  let first = 0
  let samples = 0
  let batches = 0
  return {
    /**
     * A batch came.
     * @param {number} rows
     */
    batch(rows) {
      batches++
      if (first === 0) first = performance.now()
      else samples += rows
    },
    /** Says it. */
    end() {
      console.log(JSON.stringify({ batches, samples, seconds: (performance.now() - first) / 1e3 }))
    },
  }
}
