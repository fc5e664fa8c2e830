// A process of its own, on the built package as users run it: every picture of a data set in order, checked, against
// hyparquet alone on the same shards and against pread + SHA-256 one by one; started by bench/pictures.ts.
// @ts-check
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetMetadataAsync, parquetScan } from 'hyparquet'
import { openDataset } from '../dist/index.js'

const [, , dir = '', rounds = '7'] = process.argv
const dataset = await openDataset(dir)
const shards = await Promise.all(
  dataset.manifest.tables.media.shards.map(async ({ path, bytes: byteLength }) => {
    const handle = await open(join(dir, path), 'r')
    const slice = async (/** @type {number} */ start, end = byteLength) => {
      const bytes = Buffer.allocUnsafeSlow(end - start)
      await handle.read(bytes, 0, end - start, start)
      return /** @type {ArrayBuffer} */ (bytes.buffer)
    }
    const file = { byteLength, slice }
    return { file, handle, metadata: await parquetMetadataAsync(file) }
  }),
)
const index = await dataset.store.readAll(dataset.manifest.indexes['media.loc']?.path ?? '')
const places = new DataView(index.buffer, index.byteOffset, index.byteLength)

/** @type {Record<string, () => Promise<void>>} */
const contenders = {
  async ours() {
    for await (const _ of dataset.pictures());
  },
  async hyparquet() {
    for (const { file, metadata } of shards) {
      let rowStart = 0
      for (const group of metadata.row_groups) {
        const rowEnd = rowStart + Number(group.num_rows)
        const scan = await parquetScan({ file, metadata, columns: ['image'], utf8: false, rowStart, rowEnd })
        await scan.readColumn({ column: 'image', rowStart, rowEnd })
        rowStart = rowEnd
      }
    }
  },
  async pread() {
    for (let row = 0; row < dataset.manifest.tables.media.rows; row++) {
      const length = places.getUint32(row * 24 + 12, true)
      const bytes = Buffer.allocUnsafeSlow(length)
      const { handle } = shards[places.getUint32(row * 24, true)] ?? {}
      await handle?.read(bytes, 0, length, Number(places.getBigUint64(row * 24 + 4, true)))
      createHash('sha256').update(bytes).digest()
    }
  },
}
/** @type {Record<string, number[]>} */
const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]))
for (let round = 0; round <= Number(rounds); round++) {
  for (const [name, run] of Object.entries(contenders)) {
    const began = performance.now()
    await run()
    // The first round warms up.
    if (round > 0) times[name]?.push(performance.now() - began)
  }
}
process.send?.(times)
for (const { handle } of shards) await handle.close()
await dataset.close()
process.disconnect?.()
