// What every contender of the loader's bench says of its run, and how it finds out. Rates are taken from the first batch
// on, so that a slow start is told by the time to first batch alone.
// @ts-check
import { cpuUsage, resourceUsage } from 'node:process'

/** A stopwatch for one run; its clock began with the process. */
export function measure() {
  let firstMs = 0
  let samples = 0
  let uses = 0
  let batches = 0
  return {
    /**
     * A batch came.
     * @param {number} count samples
     * @param {number} pictures
     */
    batch(count, pictures) {
      if (batches++ === 0) {
        firstMs = performance.now()
        return
      }
      samples += count
      uses += pictures
    },
    /** @returns {import('./contender.js').Measured} */
    end() {
      const seconds = (performance.now() - firstMs) / 1e3
      const { user, system } = cpuUsage()
      const peakMb = resourceUsage().maxRSS / 1e3
      return { samples, uses, seconds, firstMs, peakMb, cpuSeconds: (user + system) / 1e6 }
    },
  }
}
