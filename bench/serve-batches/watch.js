// What a reader of batches says of its run, as a line of JSON: samples a second are counted from the first batch on.
// @ts-check

/** A stopwatch for one run. */
export function watch() {
  let first = 0
  let samples = 0
  let batches = 0
  let bytes = 0
  return {
    /**
     * A batch came.
     * @param {number} rows
     * @param {number} held bytes of it
     */
    batch(rows, held) {
      batches++
      bytes += held
      if (first === 0) first = performance.now()
      else samples += rows
    },
    /** Says it. */
    end() {
      console.log(JSON.stringify({ batches, samples, bytes, seconds: (performance.now() - first) / 1e3 }))
    },
  }
}
