// The pages that are written as one file, opened from the disk without a network in a real Chromium: they ask for nothing,
// say nothing on the console, and are for everybody, in the light, in the dark and on a narrow screen.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { curvePage } from '../../src/train/curve-page.js'
import { freshDist, ROOT } from '../fresh-dist.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const at = (name: string) => join(dir, name)

function mimicit(...args: readonly string[]): void {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    encoding: 'utf8',
  })
  expect([args.join(' '), status, stderr]).toEqual([args.join(' '), 0, ''])
}

describe.skipIf(!hasChromium)('a page in one file (skipped without Chromium)', () => {
  let browser: Browser
  beforeAll(async () => {
    freshDist()
    await importFixtures(at('la'))
    mimicit('report', at('la'), '--verify', '--out', at('report.html'))
    mimicit('stats', at('la'), '--html', at('stats.html'))
    const battles = [
      { id: '1', a: 'x', b: 'y', winner: 'a' },
      { id: '2', a: 'y', b: '<script>document.title = "run"</script>', winner: 'tie' },
    ]
    writeFileSync(at('battles.jsonl'), battles.map((battle) => `${JSON.stringify(battle)}\n`).join(''))
    mimicit('eval', 'elo', at('battles.jsonl'), '--bootstrap', '20', '--html', at('ratings.html'))
    const metrics = [1, 2, 3].map((step) => ({
      ...{ step, epoch: 0, loss: 4 / step, lr: 0.1, gradNorm: 1, tokens: 9, images: 1, dataWaitMs: 1, stepMs: 2 },
    }))
    writeFileSync(at('loss.html'), curvePage({ title: 'A run', metrics, evaluations: [] }))
    browser = await startBrowser()
  })
  afterAll(() => browser?.close())

  const screens = [
    ['in the light', { colorScheme: 'light' }],
    ['in the dark', { colorScheme: 'dark' }],
    ['on a narrow screen', { viewport: { width: 360, height: 720 } }],
  ] as const
  const pages = ['report', 'stats', 'ratings', 'loss']

  it.each(pages.flatMap((name) => screens.map(([where, options]) => [name, where, options] as const)))(
    '%s.html opens %s',
    async (name, _, options) => {
      const url = pathToFileURL(at(`${name}.html`)).href
      const { page, complaints } = await openPage(browser, 'about:blank', { ...options, offline: true })
      const asked: string[] = []
      page.on('request', (request) => asked.push(request.url()))
      await page.goto(url)
      expect(await page.locator('h1').first().innerText()).not.toBe('')
      expect(await page.locator('svg').count()).toBeGreaterThan(0)
      expect(await accessibilityFaults(page)).toEqual([])
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect(wide).toBe(0)
      expect(await page.title()).not.toBe('run')
      expect([asked, complaints]).toEqual([[url], []])
      await page.context().close()
    },
  )

  it.each(pages)('%s.html carries no script', (name) => {
    expect(readFileSync(at(`${name}.html`), 'utf8')).not.toMatch(/<script|javascript:|\son\w+=/i)
  })
})
