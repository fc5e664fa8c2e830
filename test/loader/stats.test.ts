// What a stream tells of itself: counts that can be checked against its batches, and events in their order.
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { loaderStatsTable } from '../../src/cli/loader-stats.js'
import type { LoaderEvent } from '../../src/loader/events.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { STAGES } from '../../src/loader/stats.js'
import { startFaultServer } from '../support/fault-server.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const set = join(root, 'set')
beforeAll(() => importFixtures(set))
const options = { batchSize: 12, shots: 2, imageSize: 16, epochs: 2 } as const
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0)

describe.each([false, true])('statistics, worker %s', (worker) => {
  test('count what was handed out', async () => {
    const loader = loadMimicIT(set, { ...options, worker, reuseBytes: 0 })
    const seen = { samples: 0, tokens: 0, real: 0, batches: 0 }
    for await (const batch of loader) {
      seen.batches++
      seen.samples += batch.ids.length
      seen.tokens += batch.attentionMask.length
      seen.real += sum(batch.attentionMask)
    }
    const stats = loader.stats()
    expect(stats).toMatchObject({
      batches: seen.batches,
      batchesTaken: seen.batches,
      samples: seen.samples,
      tokens: seen.tokens,
      paddingTokens: seen.tokens - seen.real,
    })
    for (const stage of STAGES) expect(stats.stageMs[stage], stage).toBeGreaterThan(0)
    expect(stats.waitMs).toBeGreaterThan(0)
    const bytes = sum(sourceImages.map(([, { byteLength }]) => byteLength))
    expect(stats.pictureBytesUsed).toBeGreaterThanOrEqual(bytes)
    expect(stats.pictureBytesRead).toBeGreaterThanOrEqual(stats.pictureBytesUsed)
    expect(stats.store).toBeUndefined()
    const table = loaderStatsTable(stats)
    for (const line of [...STAGES, 'loop', 'pictures', 'padding'])
      expect(table).toMatch(new RegExp(`^${line}  +\\S`, 'm'))
  })

  test('tell requests and cache hits of a place far away', async () => {
    const server = await startFaultServer(root)
    const far = { ...options, worker, batchSize: 64, epochs: 1, cacheDir: join(root, `cache-${worker}`) }
    for (const found of [0, 1]) {
      const loader = loadMimicIT(`${server.url}/set`, far)
      for await (const _ of loader);
      const { store } = loader.stats()
      expect(store!.requests).toBeGreaterThan(0)
      expect(store!.cache!.misses > 0).toBe(found === 0)
      expect(loaderStatsTable(loader.stats())).toMatch(/^cache {2,}\S/m)
    }
    await server.close()
  })

  test('events come in order', async () => {
    const events: LoaderEvent[] = []
    const loader = loadMimicIT(set, { ...options, worker, onEvent: (event) => events.push(event) })
    let steps = 0
    for await (const batch of loader) {
      steps++
      expect(events.findLast(({ kind }) => kind === 'batch')).toMatchObject({ step: batch.step, epoch: batch.epoch })
    }
    await loader.close()
    expect(events.map(({ kind }) => kind)).toEqual([
      'opened',
      ...[1, 2].flatMap(() => [...Array(steps / 2).fill('batch'), 'epoch']),
      'closed',
    ])
    expect(events.at(-1)).toEqual({ kind: 'closed', stats: loader.stats() })
  })

  test('a listener that throws ends the loop, and nothing stays open', async () => {
    const loader = loadMimicIT(set, {
      ...options,
      worker,
      onEvent({ kind }) {
        if (kind === 'batch') throw new Error('no more')
      },
    })
    const iterator = loader[Symbol.asyncIterator]()
    await expect(iterator.next()).rejects.toThrow('no more')
    expect((await iterator.next()).done).toBe(true)
  })
})
