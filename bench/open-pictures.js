// A fresh process that reads 2,000 pictures at random, with the built package; started by bench/pictures.ts.
// @ts-check
import { openDataset } from '../dist/index.js'

const [, , dir = ''] = process.argv
const dataset = await openDataset(dir)
const { rows } = dataset.manifest.tables.media
for (let i = 0; i < 2000; i++) await dataset.picture(Math.floor(Math.random() * rows))
process.send?.({ rssMb: process.memoryUsage().rss / 1e6 })
await dataset.close()
process.disconnect?.()
