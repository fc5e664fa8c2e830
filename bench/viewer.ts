// `npm run bench -- viewer [pairs]`: how soon any place of a long list shows its rows in Chromium, and how much slower batches
// come through a socket than by consuming them in Node.
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomStream } from '../src/base/random.js'
import { importMimicIt } from '../src/import/mimic-it/index.js'
import { loadMimicIT } from '../src/loader/load-mimic-it.js'
import { awaitReader } from '../src/serve/batches/await-reader.js'
import { serveBatches } from '../src/serve/batches/serve-batches.js'
import { openViewer } from '../src/serve/open-viewer.js'
import { createDataset } from '../src/shards/dataset-writer.js'
import { openPage, startBrowser } from '../test/support/browser.js'
import { SOURCES } from '../test/support/fixtures.js'
import { type Bench, interleaved, median, percentile } from './harness.js'
import { syntheticPair } from './synthetic.js'

const JUMPS = 40
const ROUNDS = 5

export const viewerBench: Bench = async (report, [count = '2800000']) => {
  const dir = await mkdtemp(join(tmpdir(), 'mimicit-bench-'))
  try {
    const pairs = Number(count)
    const long = join(dir, 'long')
    const writer = await createDataset(long)
    // The texts of a thousand pairs again and again: making new ones would take longer than writing them.
    const some = Array.from({ length: 1000 }, (_, i) => syntheticPair(i))
    for (let i = 0; i < pairs; i++) {
      await writer.addPair({ ...some[i % some.length]!, id: `E4D_INS_${String(i).padStart(8, '0')}` })
    }
    await writer.finish({ tool: 'bench' })
    const times = await jumps(long, pairs)
    report({ metric: `rows of any place of ${pairs} pairs, median`, value: median(times), unit: 'ms', bound: 200 })
    report({ metric: '… 95th percentile', value: percentile(times, 0.95), unit: 'ms', bound: 200 })

    const small = join(dir, 'small')
    await importMimicIt({ ...SOURCES, out: small })
    const { node, socket } = await interleaved(ROUNDS, {
      node: async () => {
        for await (const batch of load(small)) batch.release?.()
      },
      socket: () => throughSocket(small, join(dir, 'batches.sock')),
    })
    report({ metric: 'an epoch consumed in Node', value: node, unit: 'ms' })
    report({ metric: 'the same through a socket', value: socket, unit: 'ms', rival: 'in Node', ratio: socket / node })
  } finally {
    await rm(dir, { recursive: true })
  }
}

const load = (dir: string) => loadMimicIT(dir, { batchSize: 8, shots: 2, epochs: 4, worker: true, reuseBytes: 0 })

async function throughSocket(dir: string, path: string): Promise<void> {
  let bytes = 0
  const reader = await awaitReader(
    { kind: 'unix', path },
    {
      onListening: () => {
        connect(path).on('data', (part) => {
          bytes += part.byteLength
        })
      },
    },
  )
  const served = await serveBatches(load(dir), reader.socket)
  await reader.close()
  if (!served.whole || bytes === 0) throw new Error(`${bytes} bytes of ${served.bytes} came`)
}

/** Drags the bar of the list to places all over it, and waits for the rows that belong there. */
async function jumps(dir: string, pairs: number): Promise<number[]> {
  const server = await openViewer({ dataset: dir })
  const browser = await startBrowser()
  try {
    const { page } = await openPage(browser, server.url)
    await page.waitForSelector('.line .first')
    const random = randomStream('jumps', pairs)
    const times: number[] = []
    for (let i = 0; i < JUMPS; i++) {
      const place = random.float()
      // In the page, so that the way of the question and the answer through the debugger is not measured.
      times.push(
        await page.evaluate<number>(`new Promise((resolve) => {
          const rows = document.querySelector('.rows')
          const began = performance.now()
          rows.scrollTop = ${place} * (rows.scrollHeight - rows.clientHeight)
          const look = () => {
            const lines = [...rows.querySelectorAll('.line')]
            const near = lines.some((line) => Math.abs(line.getAttribute('aria-posinset') / ${pairs} - ${place}) < 0.01)
            if (near && lines.length > 5 && !lines.some((line) => line.matches('.waiting'))) resolve(performance.now() - began)
            else requestAnimationFrame(look)
          }
          requestAnimationFrame(look)
        })`),
      )
      await page.waitForTimeout(200)
    }
    return times
  } finally {
    await browser.close()
    await server.close()
  }
}
