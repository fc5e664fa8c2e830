// One stream, however it is carried out: ids, labels and hashes of pixels are the same for any number of threads, any room
// for batches and pictures, near, far, through a cache, and beside another loader. Waiting is never the reader's.
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { faultAtEveryRead } from '../support/fault-script.js'
import { type FaultServer, startFaultServer } from '../support/fault-server.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { digest, streamOf } from './batches.js'

const root = tempDir()
const near = join(root, 'data')
/** Pictures are used about three times in an epoch, and without reuse decoded often enough for threads to start. */
const options: LoaderOptions = { batchSize: 9, shots: 2, imageSize: 20, seed: 5 }

let server: FaultServer
let expected: Awaited<ReturnType<typeof streamOf>>
beforeAll(async () => {
  await importFixtures(near)
  server = await startFaultServer(root)
  expected = await streamOf(near, { ...options, workers: 0, worker: false })
})
afterAll(() => server.close())
beforeEach(() => {
  server.script = () => undefined
})

const anyCarryingOut = fc.record({
  workers: fc.constantFrom(0, 1, 3),
  worker: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 9 }),
  // Nothing, some batches, all of them; nothing, two pictures, all of them.
  prefetchBytes: fc.constantFrom(0, 200e3, 1e9),
  reuseBytes: fc.constantFrom(0, 2 * 1200, 1e9),
})

describe('the same stream', () => {
  test('in any number of threads with any room', async () => {
    await fc.assert(
      fc.asyncProperty(anyCarryingOut, async (how) => {
        expect(await streamOf(near, { ...options, ...how })).toEqual(expected)
      }),
      { numRuns: 5 },
    )
  })

  test('far away with a fault at every read, and through a cache, cold and warm', async () => {
    const far = `${server.url}/data`
    const cacheDir = join(root, 'cache')
    const patience = { ...options, network: { backoffMs: 0 }, reuseBytes: 4 * 1200 }
    for (const more of [{ worker: true, workers: 2 }, { cacheDir }, { cacheDir }]) {
      server.script = faultAtEveryRead()
      expect(await streamOf(far, { ...patience, ...more })).toEqual(expected)
    }
  })

  test('two loaders of one process at a time, one of which is left', async () => {
    const one = loadMimicIT(near, { ...options, reuseBytes: 0 })
    const other = loadMimicIT(near, { ...options, reuseBytes: 0 })
    const [first, second] = [one, other].map((loader) => loader[Symbol.asyncIterator]())
    const got = []
    for (let i = 0; i < expected.digests.length; i++) {
      got.push(digest((await first!.next()).value!))
      if (i < 4) expect(digest((await second!.next()).value!)).toEqual(expected.digests[i])
      if (i === 4) await second!.return(undefined)
    }
    expect(got).toEqual(expected.digests)
    expect((await first!.next()).done).toBe(true)
  })
})

/** Keeps this thread from anything else. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** The same for a second, and on a machine that has other work until the threads of this process have had their time. */
function blockWhileOthersWork(): void {
  for (let [slices, idle] = [0, 0]; slices < 10 || (idle < 3 && slices < 200); slices++) {
    const { user, system } = process.cpuUsage()
    block(100)
    const now = process.cpuUsage()
    idle = now.user + now.system - user - system < 2000 ? idle + 1 : 0
  }
}

/** Turns of the event loop until something has come. */
async function turnsUntil(promise: Promise<unknown>): Promise<number> {
  let come = false
  void promise.then(() => {
    come = true
  })
  let turns = 0
  for (; !come; turns++) await new Promise((resolve) => setImmediate(resolve))
  return turns
}

test('a consumer that blocks for a second finds the next batches ready', async () => {
  const loader = loadMimicIT(near, { ...options, epochs: 50, worker: true })
  const iterator = loader[Symbol.asyncIterator]()
  await iterator.next()
  blockWhileOthersWork()
  // What was made meanwhile lies before this thread; a batch that had yet to be made would take more than its turn.
  for (let i = 0; i < 4; i++) expect(await turnsUntil(iterator.next())).toBeLessThanOrEqual(2)
  expect(loader.stats().batchesTaken).toBe(5)
  await iterator.return(undefined)
})
