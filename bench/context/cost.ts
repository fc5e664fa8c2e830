// What C_psi costs while loading: the time to look contexts up and choose among them against the time of an epoch whose
// pictures are decoded, photographs of COCO's size at 224 pixels.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selectContexts } from '../../src/context/select.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { chooseContexts, standing } from '../../src/loader/plan/choose-contexts.js'
import { openDataset } from '../../src/shards/dataset.js'
import { type Bench, interleaved } from '../harness.js'
import { SHOTS, writeWork } from '../loader/work.js'

type Report = Parameters<Bench>[0]

const BATCH = 8
const FUNCTIONS = ['stored:near', 'same-visual', 'random', 'text-similarity'] as const

/** Measures an epoch and each function alone, interleaved. */
export async function cost(report: Report, pictures: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  try {
    await writeWork(root, { pictures, pairs: pictures })
    const dir = join(root, 'set')
    const dataset = await openDataset(dir)
    const choose = async (name: string) => {
      const context = await selectContexts(dataset, name)
      const one = async (row: number) => {
        const draw = { seed: 0, epoch: 0, row }
        const candidates = await context.contexts(row)
        const rows = chooseContexts(candidates, { shots: SHOTS, nearest: 'first', pool: { size: 10, draw } })
        standing(rows, 'first', 'random', draw, (context) => context)
      }
      // As the loader asks: for the samples of a batch together.
      for (let from = 0; from < pictures; from += BATCH) {
        await Promise.all(Array.from({ length: Math.min(BATCH, pictures - from) }, (_, i) => one(from + i)))
      }
      await context.close?.()
    }
    const times = await interleaved(1, {
      epoch: async () => {
        for await (const _ of loadMimicIT(dir, { batchSize: BATCH, context: 'stored:near', shots: SHOTS, workers: 0 }));
      },
      ...Object.fromEntries(FUNCTIONS.map((name) => [name, () => choose(name)])),
    })
    await dataset.close()
    const metric = `an epoch of ${pictures} photographs, ${SHOTS} shots, decoded in one thread`
    report({ metric, value: times.epoch! / 1e3, unit: 's' })
    for (const name of FUNCTIONS) {
      const value = (times[name as keyof typeof times] as number) / pictures
      const ratio = (value * pictures) / times.epoch!
      report({
        metric: `C_psi ${name}, opened and asked for every query`,
        value,
        unit: 'ms',
        rival: 'that epoch',
        ratio,
      })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
