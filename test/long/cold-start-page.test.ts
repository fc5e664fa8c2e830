/// <reference lib="dom" />
// The review of candidates in a real Chromium, by keyboard alone: accept, edit, reject, another round, finish; nothing on the
// console, nothing for axe to find, in the light, in the dark and on a narrow screen.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { freshDist } from '../fresh-dist.js'
import { startReview, writeReviewed } from '../serve/review.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const out = join(dir, 'examples.yaml')

describe.skipIf(!hasChromium)('the page of candidates (skipped without Chromium)', () => {
  let browser: Browser
  let review: Awaited<ReturnType<typeof startReview>>
  beforeAll(async () => {
    freshDist()
    review = await startReview(writeReviewed(dir), out)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await review?.server.close()
  })

  const status = (page: Page, text: string) =>
    page.waitForFunction(
      (wanted) => (document.querySelector('[role=status]') as HTMLElement | null)?.innerText.includes(wanted),
      text,
    )

  it.each([
    ['in the light', { colorScheme: 'light' }],
    ['in the dark', { colorScheme: 'dark' }],
    ['on a narrow screen', { viewport: { width: 360, height: 720 } }],
  ] as const)('can be used by everybody %s', async (_, options) => {
    const { page, complaints } = await openPage(browser, review.server.url, { ...options, reducedMotion: 'reduce' })
    for (const key of ['', 'e', 'r']) {
      await page.waitForSelector('.candidate pre')
      if (key !== '') await page.keyboard.press(key)
      if (key !== '') await page.waitForSelector(key === 'e' ? '.reply-editor textarea' : '.decision input')
      expect(await accessibilityFaults(page), key).toEqual([])
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect([key, wide]).toEqual([key, 0])
      if (key !== '') {
        // Once to leave the field, once to leave the form.
        await page.keyboard.press('Escape')
        if (key === 'r') await page.keyboard.press('Escape')
        await page.waitForSelector('.candidate > .votes')
      }
    }
    expect(complaints).toEqual([])
    await page.context().close()
  })

  it('takes every decision by key, and writes what was chosen', async () => {
    const { page, complaints } = await openPage(browser, review.server.url)
    await page.waitForSelector('.candidate pre')
    // What an annotation says is shown as text, never as HTML.
    expect(await page.locator('.candidate pre').innerText()).toContain('<b>')
    expect(await page.locator('.candidate pre b').count()).toBe(0)
    // Held down, a key decides about the candidate that was seen, and not about the next ones.
    await page.keyboard.down('a')
    await status(page, '1 example chosen')
    await page.waitForSelector('.candidate .votes')
    for (let held = 0; held < 5; held++) await page.keyboard.down('a')
    await page.keyboard.up('a')
    await page.keyboard.press('e')
    await page.waitForSelector('.reply-editor textarea')
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type('Who plays (edited)?')
    await page.keyboard.press('Control+Enter')
    await status(page, '2 examples chosen')
    await page.waitForSelector('.candidate > .votes')
    await page.keyboard.press('r')
    await page.waitForSelector('.decision input')
    await page.keyboard.type('too dull')
    await page.keyboard.press('Enter')
    await page.waitForSelector('section[aria-label=Round]')
    await page.keyboard.press('n')
    await status(page, 'round 2')
    // Its picture, where it has one, is drawn.
    await page.waitForFunction(() => {
      const shown = [...document.querySelectorAll<HTMLImageElement>('.candidate img')]
      return shown.length === 1 && shown[0]!.naturalWidth > 0
    })
    await page.reload()
    for (let left = 3; left > 0; left--) {
      await status(page, `${left} to go`)
      await page.waitForSelector('.candidate > .votes')
      // Nobody has to wait until the field of the reason is there.
      await page.keyboard.press('r')
      await page.keyboard.press('Enter')
    }
    await page.waitForSelector('section[aria-label=Round]')
    await page.keyboard.press('f')
    await page.waitForFunction(() => document.querySelector('h1')?.textContent?.startsWith('Written to'))
    expect(await review.result).toMatchObject({ finished: true, out })
    const { examples, history } = parse(readFileSync(out, 'utf8'))
    expect(examples).toHaveLength(2)
    expect(JSON.stringify(examples[1])).toContain('Who plays (edited)?')
    expect(history.map(({ decision }: { decision: string }) => decision).slice(0, 3)).toEqual([
      'accepted',
      'edited',
      'rejected',
    ])
    expect(history[2].reason).toBe('too dull')
    expect(complaints).toEqual([])
  })
})
