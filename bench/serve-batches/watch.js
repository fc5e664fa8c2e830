// What a reader of batches says of its run, as a line of JSON. Samples a second are counted when a third of the batches is past: what
// was made ahead while the reader started has been read by then, and would count as if it had taken no time.
// @ts-check

/** A stopwatch for one run. */
export function watch() {
  /** @type {{ at: number, rows: number }[]} */
  const seen = []
  let bytes = 0
  return {
    /**
     * A batch came.
     * @param {number} rows
     * @param {number} held bytes of it
     */
    batch(rows, held) {
      seen.push({ at: performance.now(), rows })
      bytes += held
    },
    /** Says it. */
    end() {
      const [first, ...counted] = seen.slice(Math.floor(seen.length / 3))
      const samples = counted.reduce((sum, { rows }) => sum + rows, 0)
      const seconds = ((counted.at(-1)?.at ?? 0) - (first?.at ?? 0)) / 1e3
      console.log(JSON.stringify({ batches: seen.length, samples, bytes, seconds }))
    },
  }
}
