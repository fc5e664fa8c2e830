// Which end of a context list is near: retrieved lists say so themselves, whatever the subset's own lists are like.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { openDataset } from '../../src/shards/dataset.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'

const root = tempDir()
const words = 'red green blue small large round square wooden metal glass'.split(' ')

test('of a retrieved list the nearest are taken, also for rounds, whose own lists end with the nearest', async () => {
  const path = join(root, 'set')
  const pairs = words.map((_, i) => ({
    id: `LACONV_INS_${1000 + i}_0`,
    subset: 'LACONV',
    instruction: words.slice(0, i + 1).join(' '),
    response: `An answer of its own, number ${i}.`,
  }))
  await writeDataset(path, { pairs })
  await buildContext(path, { name: 'near', select: 'text-similarity', k: 4 })
  const dataset = await openDataset(path)
  const table = await dataset.context('near')
  const options = { batchSize: 1, shuffle: 'none', worker: false, workers: 0 } as const
  for (const context of ['stored:near', 'text-similarity']) {
    let row = 0
    for await (const batch of loadMimicIT(path, { ...options, context, shots: 2 })) {
      const { contexts } = (await table.get(row++))!
      // The most similar one stands last, next to the query.
      expect(batch.contextIds[0]).toEqual([contexts[1]!, contexts[0]!].map((at) => pairs[at]!.id))
    }
    expect(row).toBe(pairs.length)
  }
  // A budget drops the farthest first.
  const tight = loadMimicIT(path, { ...options, context: 'stored:near', shots: 4, maxTokens: 260 })
  let dropped = 0
  let row = 0
  for await (const batch of tight) {
    const { contexts } = (await table.get(row++))!
    const kept = batch.contextIds[0]!
    if (kept.length < 4) dropped++
    const near = contexts.slice(0, kept.length).map((at) => pairs[at]!.id)
    expect(kept).toEqual(near.reverse())
  }
  expect(dropped).toBeGreaterThan(0)
  await dataset.close()
})
