// `npm run bench -- viewer [pairs] [dir]`: how soon any place of a long list shows its rows in Chromium. A directory that is named
// keeps the data set, and where it has one already that one is looked at.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomStream } from '../src/base/random.js'
import { openViewer } from '../src/serve/open-viewer.js'
import { createDataset } from '../src/shards/dataset-writer.js'
import { openPage, startBrowser } from '../test/support/browser.js'
import { type Bench, median, percentile } from './harness.js'
import { syntheticPair } from './synthetic.js'

const JUMPS = 40

export const viewerBench: Bench = async (report, [count = '2800000', kept]) => {
  const root = kept ?? (await mkdtemp(join(tmpdir(), 'mimicit-bench-')))
  try {
    const pairs = Number(count)
    const long = join(root, 'long')
    if (!existsSync(long)) await writeLong(long, pairs)
    const times = await jumps(long, pairs)
    report({ metric: `rows of any place of ${pairs} pairs, median`, value: median(times), unit: 'ms', bound: 200 })
    report({ metric: '… 95th percentile', value: percentile(times, 0.95), unit: 'ms', bound: 200 })
  } finally {
    if (kept === undefined) await rm(root, { recursive: true })
  }
}

async function writeLong(dir: string, pairs: number): Promise<void> {
  const writer = await createDataset(dir)
  // The texts of a thousand pairs again and again: making new ones would take longer than writing them.
  const some = Array.from({ length: 1000 }, (_, i) => syntheticPair(i))
  for (let i = 0; i < pairs; i++) {
    await writer.addPair({ ...some[i % some.length]!, id: `E4D_INS_${String(i).padStart(8, '0')}` })
  }
  await writer.finish({ tool: 'bench' })
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
