// The life of a stream, and its parts alone: first batch and memory by the size of the data set, going on in the middle,
// stopping; planning, rows without pixels, pixels against memcpy. `npm run bench -- loader-life [rounds] [largest]`: pairs of
// the largest set.
import { join } from 'node:path'
import type { Bench } from './harness.js'
import { buildPackage } from './loader/contender.js'
import { epochs, resuming, sizes, stopping } from './loader/life.js'
import { parts } from './loader/parts.js'
import { loaderOptions, writeWork } from './loader/work.js'
import { inWorkFolder } from './loader/work-folder.js'

/** Measures streams apart from their speed. */
export const loaderLifeBench: Bench = async (report, [rounds = '3', largest = '2800000']) => {
  buildPackage()
  await inWorkFolder(async (root) => {
    const work = join(root, 'life')
    await writeWork(work, { pictures: 1000 })
    const set = join(work, 'set')
    const options = loaderOptions()
    await parts(set, { ...options, worker: false }, report)
    await resuming(set, options, Number(rounds), report)
    await stopping(set, { ...options, reuseBytes: 0 }, report)
    await epochs(set, options, report)
    const counts = [10_000, 300_000, Number(largest)].filter((count) => count <= Number(largest))
    await sizes(root, counts, { ...options, tokenizer: 'bytes' }, report)
  })
}
