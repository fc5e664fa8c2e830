// Row groups end by what their rows hold.
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { syntheticPair } from '../../bench/synthetic.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { tempDir } from '../support/temp-dir.js'

describe('row groups of pairs', () => {
  it('count metadata: rows of little text and much of it do not grow into a group that no reader takes', async () => {
    const sizes = { rowGroupBytes: 50_000, rowGroupRows: 1000, shardBytes: 1e9 }
    const writer = await createDataset(join(tempDir(), 'set'), { sizes: { media: sizes, text: sizes } })
    const metadata = JSON.stringify({ notes: 'x'.repeat(10_000) })
    for (let i = 0; i < 20; i++) await writer.addPair({ ...syntheticPair(i), response: 'yes', metadata })
    const { tables } = await writer.finish({ tool: 'test' })
    expect(Math.max(...tables.pairs.blocks)).toBeLessThan(5)
  })
})
