// The same shards by hyparquet alone, a row group at a time, without any check.
// @ts-check
import { open } from 'node:fs/promises'
import { parquetMetadataAsync, parquetScan } from 'hyparquet'
import { shardsOf } from './runs.js'

/** @param {string} dir */
export async function pass(dir) {
  const shards = await Promise.all(
    shardsOf(dir).map(async ({ path, bytes: byteLength }) => {
      const handle = await open(path, 'r')
      const slice = async (/** @type {number} */ start, end = byteLength) => {
        const bytes = Buffer.allocUnsafeSlow(end - start)
        await handle.read(bytes, 0, end - start, start)
        return /** @type {ArrayBuffer} */ (bytes.buffer)
      }
      const file = { byteLength, slice }
      return { file, metadata: await parquetMetadataAsync(file) }
    }),
  )
  return async () => {
    for (const { file, metadata } of shards) {
      let rowStart = 0
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows)
        const scan = await parquetScan({ file, metadata, columns: ['image'], utf8: false, rowStart, rowEnd })
        await scan.readColumn({ column: 'image', rowStart, rowEnd })
        rowStart = rowEnd
      }
    }
  }
}
