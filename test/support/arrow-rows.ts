// Tables as apache-arrow's own reader gives them, for comparison with what ours gives.
import { readFileSync } from 'node:fs'
import { CompressionType, compressionRegistry, type Table, tableFromIPC } from 'apache-arrow'
import { loadZstd } from '../../src/io/zstd.js'
import { plain } from './table-rows.js'

/** The rows of a table of apache-arrow as plain values. */
export const arrowRows = (table: Table): Record<string, unknown>[] =>
  table.toArray().map((row) => plain(JSON.parse(JSON.stringify(row, asPlain))) as Record<string, unknown>)

const asPlain = (_: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return plain(value)
  // A Buffer or a vector would describe itself before anybody could ask.
  return value
}

/** The rows of an Arrow file, compressed or not. */
export async function arrowFileRows(path: string): Promise<Record<string, unknown>[]> {
  const { compress, decompress } = await loadZstd()
  // Its registry gives a codec no length; a frame names its own.
  const decode = (frame: Uint8Array) => decompress(frame, contentSize(frame))
  compressionRegistry.set(CompressionType.ZSTD, { encode: compress, decode })
  return arrowRows(tableFromIPC(readFileSync(path)))
}

/** Content size of a single frame (RFC 8878, section 3.1.1.1). */
function contentSize(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const single = (frame[4]! & 0x20) !== 0
  const at = 5 + (single ? 0 : 1)
  const size = frame[4]! >> 6
  if (size === 0) return frame[at]!
  return size === 1 ? view.getUint16(at, true) + 256 : view.getUint32(at, true)
}
