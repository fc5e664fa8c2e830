// A process of its own: sharp at the loader's settings on pictures in memory, as many in flight as there are cores, and
// nothing else. What a loader that decodes with sharp, uses each picture once and does no other work would reach.
// @ts-check
import { open, readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import sharp from 'sharp'
import { measure } from './measured.js'

const { dir, take } = JSON.parse(process.argv[2] ?? '{}')
sharp.cache(false)
sharp.concurrency(1)
/** @type {{ lengths: number[] }} */
const { lengths } = JSON.parse(await readFile(`${dir}/plain.json`, 'utf8'))
const file = await open(`${dir}/jpegs.bin`, 'r')
const watch = measure()
let next = 0
let offset = 0
const one = async () => {
  while (next < take) {
    const i = next++ % lengths.length
    if (i === 0) offset = 0
    const length = lengths[i] ?? 0
    const bytes = Buffer.allocUnsafeSlow(length)
    const at = offset
    offset += length
    await file.read(bytes, 0, length, at)
    await sharp(bytes, { ignoreIcc: true, failOn: 'truncated' })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .resize(224, 224, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
      .raw()
      .toBuffer()
    watch.batch(0, 1)
  }
}
await Promise.all(cpus().map(one))
await file.close()
process.send?.({ ...watch.end(), decoded: take })
process.disconnect?.()
