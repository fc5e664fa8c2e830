/// <reference lib="dom" />
// The page over data that means no good: markup in texts and ids, very long words, pictures that are none, a hundred contexts,
// 64 frames. Nothing of it runs, nothing pushes the page apart, everything else stays where it belongs.
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import type { LocalServer } from '../../src/serve/http/server.js'
import { openViewer } from '../../src/serve/open-viewer.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { freshDist } from '../fresh-dist.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { sourceImages } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const data = join(tempDir(), 'hostile')
const MARKUP = '<script>document.title = "run"</script><img src=x onerror="document.title = \'run\'">'
const FILL = 110

async function writeHostile(): Promise<void> {
  const writer = await createDataset(data)
  const picture = async (n: number, bytes: Uint8Array, clip: string | null = null) => {
    const facts = { format: 'jpeg', width: 640, height: 480, clip, frameTime: clip === null ? null : n / 3 }
    await writer.addMedia({ ids: [`${MARKUP}${n}`], bytes, sha256: sha256(bytes), ...facts })
  }
  const whole = sourceImages[0]![1]
  await picture(0, whole)
  await picture(1, Buffer.from('not a picture'))
  await picture(2, whole.subarray(0, 3000))
  for (let n = 3; n < 67; n++) await picture(n, Buffer.concat([whole, Buffer.from([n])]), MARKUP)
  const pair = (id: string, more: Partial<Pair>): Pair => ({
    ...{ id, subset: 'LA', split: null, language: 'en', instruction: 'Instruction', response: 'Response' },
    ...{ mediaKind: 'none', media: [], mediaPositions: null, mediaTimes: null, metadata: null, ...more },
    mediaIds: (more.media ?? []).map((row) => `${MARKUP}${row}`),
  })
  const images = (...media: number[]) => ({ mediaKind: 'images', media }) as const
  const metadata = JSON.stringify({ said: '</pre><b>' })
  await writer.addPair(pair(`A${MARKUP}`, { instruction: MARKUP, response: `</dd>${MARKUP}`, ...images(0), metadata }))
  await writer.addPair(
    pair('B'.repeat(400), { instruction: 'x'.repeat(20_000), response: `https://${'a'.repeat(5000)}` }),
  )
  await writer.addPair(pair('C', { instruction: 'ما هذا؟ \u202Egnirts', response: 'שלום', language: 'ar' }))
  await writer.addPair(pair('D', images(2, 1)))
  await writer.addPair(pair('E', { mediaKind: 'video', media: Array.from({ length: 64 }, (_, i) => 3 + i) }))
  await writer.addPair(pair('F', { response: '' }))
  for (let n = 0; n < FILL; n++) await writer.addPair(pair(`G${n}`, n % 9 === 0 ? images(0) : {}))
  const many = await writer.context('many', { name: 'stored', parameters: {} })
  await many.add({ query: 0, contexts: [1, 2, 3], scores: [1, -3, 0] })
  await many.add({ query: 5, contexts: Array.from({ length: 100 }, (_, n) => 6 + n), scores: null })
  await writer.finish({ tool: 'test' })
}

describe.skipIf(!hasChromium)('data that means no good (skipped without Chromium)', () => {
  let browser: Browser
  let server: LocalServer
  beforeAll(async () => {
    freshDist()
    await writeHostile()
    server = await openViewer({ dataset: data })
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const places = [
    ...[
      '#/',
      '#/data/0?context=many',
      '#/data/1',
      '#/data/1/model',
      '#/data/2',
      '#/data/3',
      '#/data/3/model',
      '#/data/4',
    ],
    ...[
      '#/data/4/model',
      '#/data/5?context=many',
      '#/data/5/model',
      '#/data/999',
      '#/nowhere',
      '#/statistics',
      '#/order',
    ],
  ]
  it.each([
    ['on a wide screen', {}],
    ['on a narrow screen', { viewport: { width: 360, height: 720 } }],
  ] as const)('runs nothing and moves nothing %s', async (_, options) => {
    const { page, complaints } = await openPage(browser, server.url, { ...options, reducedMotion: 'reduce' })
    for (const place of places) {
      await page.goto(`${server.origin}/${place}`)
      await page.waitForLoadState('networkidle')
      expect(await accessibilityFaults(page), place).toEqual([])
      const wide = await page.evaluate(() =>
        ['html', 'main', '.tuple'].map((name) => {
          const box = document.querySelector(name)
          return box === null ? 0 : box.scrollWidth - box.clientWidth
        }),
      )
      expect([place, ...wide]).toEqual([place, 0, 0, 0])
      // Every line of the list keeps to its place, the chosen one too.
      const outside = await page.evaluate(
        () =>
          [...document.querySelectorAll('.line')].filter((line) => {
            const box = line.getBoundingClientRect()
            return [...line.querySelectorAll('.thumb, .first, .second')].some((part) => {
              const { top, bottom } = part.getBoundingClientRect()
              return bottom > 0 && (top < box.top || bottom > box.bottom)
            })
          }).length,
      )
      expect([place, outside]).toEqual([place, 0])
      expect(await page.title()).not.toBe('run')
    }
    // Pictures that are none, texts that are too long: the server says so, and nothing else does.
    const others = complaints.filter((said) => !/status of (413|422) .*\/api\/(pictures|pairs)\//.test(said))
    expect(others).toEqual([])
    await page.context().close()
  })
})
