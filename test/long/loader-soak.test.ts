// Ten epochs and more, left at random moments in every way there is: memory, files, threads and timers stay as they were,
// and what was seen of the stream is always the stream.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { type Loader, loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { digest, streamOf, threads } from '../loader/batches.js'
import { faultAtEveryRead } from '../support/fault-script.js'
import { startFaultServer } from '../support/fault-server.js'
import { importFixtures } from '../support/fixtures.js'
import { openFilesBelow } from '../support/open-files.js'
import { repeats } from '../support/repeats.js'
import { tempDir } from '../support/temp-dir.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

const near = join(tempDir(), 'data')
/** Of the server, which opens files of its own. */
const served = tempDir()
const options: LoaderOptions = { batchSize: 8, shots: 2, imageSize: 64, epochs: 10, reuseBytes: 0 }

/** What a stream could leave behind: timers, reads, requests, threads. The runner's own pipes come and go. */
const resources = () =>
  process
    .getActiveResourcesInfo()
    .filter((kind) => /^(Timeout|Immediate|FSReq|TCPSocket|TCPConnect|MessagePort|Worker)/.test(kind))
    .sort()

/** Every way to leave. */
const leave = {
  break: async () => undefined,
  close: (loader: Loader) => loader.close(),
  dispose: (loader: Loader) => loader[Symbol.asyncDispose](),
  abort: async (_: Loader, stop: AbortController) => stop.abort(),
}

// Rounds after the first dozen are compared with those at the end.
const ROUNDS = repeats(30, 50)

test('ten epochs left again and again at random moments leave memory and handles flat', async () => {
  await importFixtures(near)
  cpSync(near, join(served, 'data'), { recursive: true })
  const server = await startFaultServer(served)
  const whole = await streamOf(near, options)
  const before = { threads: threads(), resources: resources() }
  const held: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const far = round % 3 === 2
    const stop = new AbortController()
    server.script = faultAtEveryRead()
    const loader = loadMimicIT(far ? `${server.url}/data` : near, {
      ...options,
      worker: round % 2 === 1,
      workers: round % 4,
      signal: stop.signal,
      network: { backoffMs: 0 },
    })
    const way = Object.keys(leave)[Math.floor(Math.random() * 4)] as keyof typeof leave
    let left = Math.floor(Math.random() * whole.digests.length)
    let k = 0
    try {
      for await (const batch of loader) {
        expect(digest(batch)).toEqual(whole.digests[k++])
        if (round % 5 === 0) batch.release()
        if (left-- > 0) continue
        if (way === 'break') break
        // As a program would that stops from elsewhere: not awaited, the loop goes on until it hears of it.
        void leave[way](loader, stop)
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'MIMICIT_ABORTED' })
    }
    await loader.close()
    expect(openFilesBelow(near) ?? []).toEqual([])
    expect(threads()).toBe(before.threads)
    // What is found to be garbage in one turn gives back its buffers in the next.
    for (let turn = 0; turn < 3; turn++) {
      collect()
      await new Promise((resolve) => setImmediate(resolve))
    }
    // `external` counts array buffers as well.
    const { heapUsed, external } = process.memoryUsage()
    held.push(heapUsed + external)
  }
  await server.close()
  // The server, which is in this process, may still have a read to end that nobody waits for any more.
  const late = performance.now() + 2000
  while (resources().length > before.resources.length && performance.now() < late) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(resources()).toEqual(before.resources)
  // Code is compiled and pools fill in the first rounds. What leaks stays, so it raises the least that is held as well; the
  // rest of a round depends on chance: the server is in this process and may hold buffers of requests that ended early.
  const middle = Math.floor(0.6 * ROUNDS)
  expect(Math.min(...held.slice(middle))).toBeLessThan(1.08 * Math.min(...held.slice(9, middle)))
})
