// `npm run bench -- stats [pairs]`: how long the statistics of a large data set take, and how much memory: with real questions
// and answers, each made another one by a number, and three contexts each.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDataset } from '../src/shards/dataset-writer.js'
import { sourcePairs } from '../test/support/fixtures.js'
import type { Bench } from './harness.js'
import { inProcess } from './in-process.js'
import { buildPackage } from './loader/contender.js'
import { syntheticPair } from './synthetic.js'

interface Measured {
  readonly pairs: number
  readonly uniqueInstructions: number
  readonly seconds: number
  readonly peakMb: number
}

/** @param args how many pairs; a million takes some minutes to write */
export const statsBench: Bench = async (report, [count = '200000']) => {
  buildPackage()
  const directory = join(mkdtempSync(join(tmpdir(), 'mimicit-bench-')), 'set')
  try {
    await writePairs(directory, Number(count))
    for (const [name, verbSample] of [
      ['as they come', 200_000],
      ['without verbs', 0],
    ] as const) {
      const job = JSON.stringify({ directory, verbSample })
      const { pairs, uniqueInstructions, seconds, peakMb } = (await inProcess('stats/measured.js', job)) as Measured
      if (pairs !== Number(count) || uniqueInstructions !== pairs) throw new Error(`${uniqueInstructions} of ${pairs}`)
      report({ metric: `statistics of ${count} pairs, ${name}`, value: seconds, unit: 's' })
      report({ metric: '  memory at most', value: peakMb, unit: 'MB' })
    }
  } finally {
    rmSync(join(directory, '..'), { recursive: true })
  }
}

async function writePairs(directory: string, count: number): Promise<void> {
  const writer = await createDataset(directory)
  for (let i = 0; i < count; i++) {
    const [, { instruction, answer }] = sourcePairs[i % sourcePairs.length]!
    await writer.addPair({
      ...syntheticPair(i),
      ...{ instruction: `${instruction} This is about scene ${i}.`, response: `${answer} Scene ${i}.` },
    })
  }
  const table = await writer.context('near', { name: 'stored', parameters: {} })
  for (let query = 3; query < count; query++) {
    await table.add({ query, contexts: [query - 1, query - 2, query - 3], scores: null })
  }
  await writer.finish({ tool: 'bench' })
}
