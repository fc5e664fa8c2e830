// What a reader of batches says of each: when it came (nanoseconds of the clock that all processes share), its rows and its bytes.
// @ts-check
import { writeSync } from 'node:fs'

/**
 * A batch came.
 * @param {number} rows
 * @param {number} bytes of it
 */
export function seen(rows, bytes) {
  writeSync(1, `${process.hrtime.bigint()} ${rows} ${bytes}\n`)
}
