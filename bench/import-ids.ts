// What an import of very many tiny things costs: memory by ids, and time. Two sizes tell what grows with the ids.
// `npm run bench -- import-ids [pairs of the large size] [pictures of it]`
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench } from './harness.js'
import type { Measured } from './import.js'
import { writeTinyImages, writeTinyInstructions } from './import-data.js'
import { inProcess } from './in-process.js'

/** What an import may take: so much, and so much an id. */
const FIXED_MB = 200
const BYTES_AN_ID = 24
/** The small size is this much smaller. */
const SMALLER = 4

/** Measures it. */
export const importIdsBench: Bench = async (report, [pairs = '2400000', pictures = '7000000']) => {
  const large = await measure(Number(pairs), Number(pictures), report)
  const small = await measure(Math.ceil(Number(pairs) / SMALLER), Math.ceil(Number(pictures) / SMALLER), report)
  const growth = ((large.peakMb - small.peakMb) * 1e6) / (large.ids - small.ids)
  report({ metric: 'memory that an id more takes', value: growth, unit: 'bytes', bound: BYTES_AN_ID, rival: 'asked' })
}

async function measure(pairs: number, pictures: number, report: Parameters<Bench>[0]) {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    const [instructions, images] = [join(root, 'TINY_instructions.json'), join(root, 'TINY.json')]
    await writeTinyImages(images, pictures)
    await writeTinyInstructions(instructions, pairs, pictures)
    const args = [instructions, '--images', images, '--out', join(root, 'out')]
    const { ms, peakMb } = await inProcess<Measured>('import-files.js', ...args)
    const ids = pairs + pictures
    const name = `${pairs.toLocaleString('en')} pairs, ${pictures.toLocaleString('en')} pictures`
    const asked = FIXED_MB + (ids * BYTES_AN_ID) / 1e6
    report({ metric: `${name}: peak memory`, value: peakMb, unit: 'MB', bound: asked, rival: 'asked' })
    report({ metric: `${name}: time`, value: ms / 1000, unit: 's' })
    report({ metric: `${name}: things a second`, value: (ids / ms) * 1000, unit: '1/s' })
    const bytes = statSync(instructions).size + statSync(images).size
    report({ metric: `${name}: imported`, value: bytes / ms / 1000, unit: 'MB/s' })
    return { peakMb, ids }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
