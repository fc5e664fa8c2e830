// A process of its own that reads the batches of `mimicit serve-batches` from its standard input, each whole into memory as a
// reader has to that uses it: `node in-another.js <rows of a batch>`.
// @ts-check
import { readSync } from 'node:fs'
import { rootTable } from '../../dist/shards/arrow/flat-table.js'
import { seen } from './watch.js'

const RECORD_BATCH = 3
const rows = Number(process.argv[2])
let body = Buffer.alloc(0)

/**
 * Fills a buffer, which blocks: there is nothing else to do.
 * @param {Buffer} into
 * @returns {boolean} false at the end
 */
function fill(into) {
  for (let at = 0; at < into.byteLength; ) {
    const got = readSync(0, into, at, into.byteLength - at, null)
    if (got === 0) return false
    at += got
  }
  return true
}

const head = Buffer.alloc(8)
while (fill(head)) {
  const length = head.readInt32LE(4)
  // The mark at the end of a stream.
  if (length === 0) continue
  const message = Buffer.alloc(length)
  fill(message)
  const root = rootTable(message)
  const bytes = root.int64(3)
  if (body.byteLength < bytes) body = Buffer.alloc(bytes)
  if (!fill(body.subarray(0, bytes))) break
  if (root.int8(1, 0) === RECORD_BATCH) seen(rows, bytes)
}
