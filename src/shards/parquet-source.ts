// A file of ours as hyparquet wants it: ranges as array buffers of exactly those bytes.
import type { AsyncBuffer } from 'hyparquet'
import type { ShardFile } from './shard.js'

/** What hyparquet reads from. A read may come as a part of a larger buffer, of which it must not see the rest. */
export function parquetSource(file: ShardFile): AsyncBuffer {
  return {
    byteLength: file.byteLength,
    slice: async (start, end = file.byteLength) => {
      const bytes = await file.read(start, Math.min(end, file.byteLength) - start)
      const { buffer, byteOffset, byteLength } = bytes
      const isWhole = byteOffset === 0 && byteLength === buffer.byteLength
      return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer
    },
  }
}
