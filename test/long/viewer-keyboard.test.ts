// The viewer and the arena over a data set far away, as the commands start them, and without a mouse: whoever has a keyboard
// alone gets everywhere, sees where the focus is, and on the way nothing is on the console and nothing is found by axe.
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { freshDist, ROOT } from '../fresh-dist.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { type FaultServer, startFaultServer } from '../support/fault-server.js'
import { importFixtures, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const main = join(ROOT, 'dist/cli/main.js')
const votes = join(dir, 'votes.jsonl')

/** A command that serves, until it is stopped. */
async function start(...args: readonly string[]): Promise<{ readonly url: string; stop(): Promise<unknown> }> {
  const child = spawn(process.execPath, [main, ...args, '--no-open', '--json'], { cwd: dir })
  const closed = new Promise((resolve) => child.once('close', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    const hear = (part: Buffer) => {
      said += part.toString()
      const [, found] = /"url": "([^"]+)"/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('close', () => reject(new Error(said)))
  })
  return {
    url,
    async stop() {
      child.kill('SIGTERM')
      return closed
    },
  }
}

/** Goes with Tab until the focus is on what is looked for, and seen there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let steps = 0; steps < 80; steps++) {
    await page.keyboard.press('Tab')
    const there = await page.evaluate((wanted) => {
      const at = document.activeElement
      if (at === null || !at.matches(wanted)) return undefined
      // A radio button is seen by what is around it.
      const shown = [at, at.closest('label')].filter((one) => one !== null).map((one) => getComputedStyle(one))
      return shown.some(({ outlineStyle, boxShadow }) => outlineStyle !== 'none' || boxShadow !== 'none')
    }, selector)
    if (there === undefined) continue
    expect([selector, there]).toEqual([selector, true])
    return
  }
  throw new Error(`Tab never comes to ${selector}`)
}

const screens = [
  ['in the light', { colorScheme: 'light' }],
  ['in the dark', { colorScheme: 'dark' }],
  ['on a narrow screen', { viewport: { width: 360, height: 720 } }],
] as const

describe.skipIf(!hasChromium)('by keyboard alone, over HTTP (skipped without Chromium)', () => {
  let browser: Browser
  let far: FaultServer
  let data: string
  beforeAll(async () => {
    freshDist()
    const here = join(dir, 'served', 'la')
    await importFixtures(here)
    await buildContext(here, { select: 'text-similarity', name: 'near', k: 3 })
    far = await startFaultServer(join(dir, 'served'))
    data = `${far.url}/la`
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await far?.close()
  })

  describe('mimicit view', () => {
    let server: Awaited<ReturnType<typeof start>>
    beforeAll(async () => {
      server = await start('view', data, '--cache', join(dir, 'cache'))
    })
    afterAll(async () => expect(await server?.stop()).toBe(0))

    it.each(screens)('searches, walks, switches and shows all parts %s', async (_, options) => {
      const { page, complaints } = await openPage(browser, server.url, { ...options, reducedMotion: 'reduce' })
      const headed = (id: string) =>
        page.waitForFunction((wanted) => document.querySelector('.pair-head h1')?.textContent === wanted, id)
      const sound = async (place: string) => expect(await accessibilityFaults(page), place).toEqual([])

      await page.waitForSelector('.line .first')
      await page.keyboard.press('/')
      await page.keyboard.type('dog')
      await page.keyboard.press('Enter')
      const found = sourcePairs.filter(([, pair]) => /dog/i.test(`${pair.instruction}\n${pair.answer}`))
      await page.waitForFunction((n) => document.querySelector('.found')?.textContent === `${n} found`, found.length)
      await page.keyboard.press('Escape')
      await page.keyboard.press('j')
      await headed(found[0]![0])
      await page.keyboard.press('j')
      await headed(found[1]![0])
      await page.waitForSelector('.contexts li')

      await tabTo(page, '.contexts li a')
      const context = await page.evaluate(() => document.activeElement!.textContent)
      await page.keyboard.press('Enter')
      await headed(context!)
      await page.goBack()
      await headed(found[1]![0])

      const names = await page.locator('.segments input[name=context]').count()
      const near = await page
        .locator('.segments:has(input[name=context]) label')
        .allInnerTexts()
        .then((all) => all.findIndex((name) => name.trim() === 'near'))
      expect([near >= 0, names]).toEqual([true, expect.any(Number)])
      await page.keyboard.press(String(near + 1))
      await page.waitForFunction(() => document.querySelector('.contexts h2')?.textContent?.includes('by near'))
      expect(await page.locator('.contexts .score').count()).toBe(3)
      await tabTo(page, '.segments input[name=context]')
      await page.keyboard.press('ArrowLeft')
      await page.waitForFunction(() => !document.querySelector('.contexts h2')?.textContent?.includes('by near'))
      await sound('tuple')

      await page.keyboard.press('m')
      await page.waitForSelector('.tokens .token.learned')
      const learned = (await page.locator('.tokens .turn .token.learned').allInnerTexts()).join('')
      expect(learned).toContain(found[1]![1].answer)
      await sound('labels')

      await tabTo(page, 'nav a[href="#/statistics"]')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.histogram rect')
      const heights = await page
        .locator('.histogram rect')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
      expect(Math.max(...heights)).toBeGreaterThan(30)
      await sound('statistics')

      await tabTo(page, 'nav a[href="#/order"]')
      await page.keyboard.press('Enter')
      await page.waitForSelector('.order tbody th')
      await page.keyboard.press('j')
      await page.waitForFunction(() => document.querySelector('.order tbody th')?.textContent === '1')
      await sound('order')

      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      const before = await paper()
      await tabTo(page, 'button.icon')
      await page.keyboard.press('Enter')
      if (options === screens[1][1]) await page.keyboard.press('Enter')
      await page.waitForFunction((was) => getComputedStyle(document.body).backgroundColor !== was, before)
      await sound('the other colours')

      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect([wide, complaints]).toEqual([0, []])
      await page.context().close()
    })

    it('has asked for parts of the files, and for no picture file as a whole', () => {
      const pictures = far.requests.filter(({ path }) => path.startsWith('la/media/'))
      expect(pictures.length).toBeGreaterThan(0)
      expect(pictures.filter(({ range }) => range === undefined)).toEqual([])
    })
  })

  describe('mimicit arena', () => {
    /** Two files of answers to three questions. */
    const answers = ['plain', 'loud'].map((name) => {
      const path = join(dir, `${name}.jsonl`)
      const lines = sourcePairs.slice(0, 3).map(([id, { answer }]) => {
        return JSON.stringify({ id, answer: name === 'loud' ? answer.toUpperCase() : answer })
      })
      writeFileSync(path, lines.join('\n'))
      return path
    })
    const counts = (page: Page, said: string) =>
      page.waitForFunction((wanted) => document.querySelector('[role=status]')?.textContent?.startsWith(wanted), said)

    it('votes once for a key that is held or a click that is double, and goes on in a second window', async () => {
      const out = join(dir, 'once.jsonl')
      const server = await start('arena', ...answers, '--dataset', data, '--out', out)
      try {
        const { page, complaints } = await openPage(browser, server.url)
        await page.waitForSelector('.bout')
        const other = await page.context().newPage()
        await other.goto(`${new URL(server.url).origin}/#/arena`)
        await other.waitForSelector('.bout')
        const open = await other.locator('.bout h1').innerText()

        await page.bringToFront()
        await page.keyboard.down('1')
        await counts(page, '1 vote')
        for (let held = 0; held < 5; held++) await page.keyboard.down('1')
        await page.keyboard.up('1')
        await page.locator('.votes button').nth(2).dblclick()
        await counts(page, '2 votes')

        // The other window still shows what has its vote by now.
        await other.bringToFront()
        await other.keyboard.press('2')
        await other.waitForSelector('.notice')
        await counts(other, '2 votes')
        expect(await other.locator('.bout h1').innerText()).not.toBe(open)
        await other.keyboard.press('4')
        await counts(other, '3 votes')
        expect(await other.locator('.notice').count()).toBe(0)
        expect(complaints).toEqual([])
        await page.context().close()
      } finally {
        expect(await server.stop()).toBe(0)
      }
      const cast = readFileSync(out, 'utf8').trim().split('\n')
      expect(cast.map((line) => JSON.parse(line).winner)).toEqual([expect.stringMatching(/^[ab]$/), 'tie', 'both-bad'])
    })

    it('takes votes by key beside pictures from far away, and rates by them', async () => {
      const server = await start('arena', ...answers, '--dataset', data, '--out', votes)
      try {
        const { page, complaints } = await openPage(browser, server.url)
        await page.waitForSelector('.bout img')
        await page.waitForFunction(() => document.querySelector<HTMLImageElement>('.bout img')!.naturalWidth > 0)
        expect(await accessibilityFaults(page)).toEqual([])
        for (const [at, key] of ['1', '3', '4'].entries()) {
          await page.keyboard.press(key)
          await counts(page, at === 0 ? '1 vote' : `${at + 1} votes`)
        }
        await page.waitForSelector('.ratings tbody tr')
        expect(await page.locator('.ratings tbody tr').count()).toBe(2)
        await tabTo(page, '.ratings summary')
        expect(complaints).toEqual([])
        await page.context().close()
      } finally {
        expect(await server.stop()).toBe(0)
      }
      const cast = readFileSync(votes, 'utf8').trim().split('\n')
      expect(cast.map((line) => JSON.parse(line).winner)).toEqual([expect.stringMatching(/^[ab]$/), 'tie', 'both-bad'])
    })
  })
})
