// The bytes of an index file and its record, for tests that make one without a disk (schema/FORMAT.md, "Index files").
import { createHash } from 'node:crypto'
import type { IndexRecord } from '../../src/shards/index-file.js'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

/** An index file of these records. */
export function indexBytes(path: string, recordBytes: number, records: Uint8Array) {
  const block = 65536 - (65536 % recordBytes)
  const hashes: Uint8Array[] = []
  for (let at = 0; at < records.byteLength; at += block) hashes.push(sha256(records.subarray(at, at + block)))
  const list = Buffer.concat(hashes)
  const bytes = Buffer.concat([records, list])
  const record: IndexRecord = {
    path,
    records: records.byteLength / recordBytes,
    recordBytes,
    bytes: bytes.byteLength,
    sha256: sha256(list).toString('hex'),
  }
  return { bytes, record }
}
