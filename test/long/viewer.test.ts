// The viewer's page in a real browser (apt-get install chromium): what a person does with it, by mouse and by keyboard, in the
// light, in the dark and on a narrow screen; nothing on its console, nothing that axe finds.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import type { LocalServer } from '../../src/serve/http/server.js'
import { openViewer } from '../../src/serve/open-viewer.js'
import { runSettings } from '../../src/train/run-settings.js'
import { freshDist } from '../fresh-dist.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { SOURCES, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'la')
const run = join(dir, 'first-run')
const battles = join(dir, 'battles.jsonl')
const metrics = join(run, 'metrics.jsonl')
const step = (n: number) =>
  `${JSON.stringify({ step: n, epoch: 0, loss: 4 / n, lr: 0.1, gradNorm: 1, tokens: 9, images: 1, dataWaitMs: 1, stepMs: 2 })}\n`

describe.skipIf(!hasChromium)('the page (skipped without Chromium)', () => {
  let browser: Browser
  let server: LocalServer
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    freshDist()
    await importMimicIt({ ...SOURCES, out: data })
    await buildContext(data, { select: 'text-similarity', name: 'near', k: 3 })
    mkdirSync(run)
    writeFileSync(join(run, 'run.json'), JSON.stringify(runSettings({ dataset: data, steps: 10 })))
    writeFileSync(metrics, [1, 2, 3].map(step).join(''))
    const answers = ['plain', 'loud'].map((name) => {
      const path = join(dir, `${name}.jsonl`)
      const lines = sourcePairs.slice(0, 3).map(([id, { answer }]) => {
        return `${JSON.stringify({ id, answer: name === 'loud' ? answer.toUpperCase() : answer })}\n`
      })
      writeFileSync(path, lines.join(''))
      return path
    })
    server = await openViewer({ dataset: data, runs: [run], arena: { answers, out: battles } })
    browser = await startBrowser()
    const opened = await openPage(browser, server.url)
    page = opened.page
    complaints = opened.complaints
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })
  const text = (selector: string) => page.locator(selector).first().innerText()
  const goTo = async (hash: string, selector: string) => {
    await page.goto(`${server.origin}/${hash}`)
    await page.waitForSelector(selector)
  }

  /** Until the pair of that id is the one shown. */
  const headed = (id: string) =>
    page.waitForFunction((wanted) => document.querySelector('.pair-head h1')?.textContent === wanted, id)

  it('opens, and keeps the token out of the address', async () => {
    await page.waitForSelector('.line .first')
    expect(page.url()).toBe(`${server.origin}/`)
    expect(await text('.welcome h1')).toBe('146 pairs with 16 pictures')
  })

  it('searches, counts, and shows what it found', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('dog')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => /^\d+ found$/.test(document.querySelector('.found')?.textContent ?? ''))
    const wanted = sourcePairs.filter(([, pair]) => /dog/i.test(`${pair.instruction}\n${pair.answer}`))
    expect(await text('.found')).toBe(`${wanted.length} found`)
    await page.locator('.line').first().click()
    await page.waitForSelector('.query')
    expect(await text('.pair-head h1')).toBe(wanted[0]![0])
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await headed(wanted[1]![0])
    await page.fill('#search', '')
    await page.keyboard.press('Enter')
    await page.waitForFunction(() => document.querySelector('.found')?.textContent === '146 pairs')
  })

  it('finds any id, searches for numbers that are no row, and keeps a search in its address', async () => {
    const submit = async (words: string) => {
      await page.fill('#search', words)
      await page.keyboard.press('Enter')
    }
    const found = (words: string) =>
      page.waitForFunction((wanted) => document.querySelector('.found')?.textContent === wanted, words)
    const [own, pair] = sourcePairs[137]!
    await submit(own)
    await headed(own)
    expect(page.url()).toContain('#/data/137')
    await submit('5')
    await headed(sourcePairs[5]![0])
    // Leaving the field does not go there again.
    await page.locator('.line').nth(2).click()
    await headed(sourcePairs[2]![0])
    await page.keyboard.press('/')
    await page.keyboard.press('Escape')
    await page.waitForTimeout(100)
    expect(await text('.pair-head h1')).toBe(sourcePairs[2]![0])
    await submit('99999')
    await found('0 found')
    const word = pair.answer.split(' ')[0]!
    const wanted = sourcePairs.filter(([, one]) =>
      `${one.instruction}\n${one.answer}`.toLowerCase().includes(word.toLowerCase()),
    )
    await submit(word)
    await found(`${wanted.length} found`)
    await page.reload()
    await found(`${wanted.length} found`)
    expect(await page.inputValue('#search')).toBe(word)
    await page.goBack()
    await found('0 found')
    await page.goto(`${server.origin}/#/data/146`)
    await page.waitForSelector('.notice')
    expect(await text('.notice')).toBe('There is no row 146; the data set has 146 pairs.')
  })

  it('walks to a context and back, and switches C_psi by its key', async () => {
    await page.goto(`${server.origin}/#/data/8`)
    await headed(sourcePairs[8]![0])
    const link = page.locator('.contexts li a').first()
    const id = await link.innerText()
    expect(id).toBe(sourcePairs[8]![1].rel_ins_ids[0])
    await link.click()
    await headed(id)
    await page.goBack()
    await headed(sourcePairs[8]![0])
    await page.waitForSelector('.contexts h2')
    expect(await text('.contexts h2')).toContain('by train')
    const names = await page.locator('.segments input[name=context]').count()
    for (let key = 1; key <= names; key++) {
      await page.keyboard.press(String(key))
      await page.waitForTimeout(50)
    }
    await page.locator('.segments label', { hasText: 'near' }).click()
    await page.waitForFunction(() => document.querySelector('.contexts h2')?.textContent?.includes('by near'))
    expect(await page.locator('.contexts .score').count()).toBe(3)
    expect(page.url()).toContain('context=near')
  })

  it('shows no contexts rather than those of the pair before while it waits for them', async () => {
    await page.waitForSelector('.contexts li')
    let send = () => {}
    const held = new Promise<void>((resolve) => {
      send = resolve
    })
    await page.route('**/contexts*', (route) => held.then(() => route.continue()))
    await page.keyboard.press('j')
    await headed(sourcePairs[9]![0])
    expect(await page.locator('.contexts li').count()).toBe(0)
    send()
    await page.waitForSelector('.contexts li')
    await page.unroute('**/contexts*')
    await page.keyboard.press('k')
    await headed(sourcePairs[8]![0])
  })

  it('shows what the model gets: labels, pixels, what the budget left out', async () => {
    await page.keyboard.press('m')
    await page.waitForSelector('.tokens .token.learned')
    const learned = (await page.locator('.tokens .turn .token.learned').allInnerTexts()).join('')
    expect(learned).toContain(sourcePairs[8]![1].answer)
    expect(learned).not.toContain(sourcePairs[8]![1].instruction)
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.pixels img')].every((one) => one.naturalWidth === 224),
    )
    expect(await page.locator('.pixels img').count()).toBe(3)
    await page.getByLabel('Tokens at most').fill('200')
    await page.getByLabel('Tokens at most').press('Tab')
    await page.waitForSelector('.dropped')
    expect(await text('.dropped')).toContain('left out by the token budget')
  })

  it('draws statistics', async () => {
    await goTo('#/statistics', '.figure')
    expect(await page.locator('.histogram rect').count()).toBeGreaterThan(20)
    const heights = await page
      .locator('.histogram rect')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
    expect(Math.max(...heights)).toBeGreaterThan(60)
    expect(await page.locator('.bars .track span').count()).toBeGreaterThan(2)
  })

  it('verifies the data set when it is asked to', async () => {
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.waitForFunction(() => document.querySelector('.issues [role=status]')?.textContent === 'No issue.')
  })

  it('shows the order at any step', async () => {
    await goTo('#/order?step=3', '.order table')
    expect(await page.locator('.order tbody tr').first().locator('th').innerText()).toBe('3')
    await page.keyboard.press('j')
    await page.waitForFunction(() => document.querySelector('.order tbody th')?.textContent === '4')
    expect(await text('.order td code')).toMatch(/^\{"v":1,"plan":"[0-9a-f]{16}","epoch":0,"step":5,"seen":40\}$/)
  })

  it('follows a run while it grows', async () => {
    await goTo('#/runs', '.plot')
    await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent?.startsWith('step 3 of 10'))
    appendFileSync(metrics, step(4) + step(5))
    await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent?.startsWith('step 5 of 10'))
    const points = await page.locator('.plot .smooth').first().getAttribute('points')
    expect(points?.split(' ')).toHaveLength(5)
  })

  it('takes votes by key, keeps them, and rates by them', async () => {
    await goTo('#/arena', '.bout')
    await page.keyboard.press('1')
    await page.waitForFunction(() => document.querySelector('[role=status]')?.textContent?.startsWith('1 vote'))
    await page.locator('.ratings summary').click()
    const before = await page.locator('.ratings tbody').innerText()
    expect(readFileSync(battles, 'utf8').trim().split('\n')).toHaveLength(1)
    await page.locator('.votes button').nth(2).click()
    await page.waitForFunction(
      (was) => (document.querySelector('.ratings tbody') as HTMLElement).innerText !== was,
      before,
    )
    await page.keyboard.press('4')
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Every bout has its vote.')
    const lines = readFileSync(battles, 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).winner)).toEqual(['a', 'tie', 'both-bad'])
  })

  it('keeps a chosen theme', async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    const light = await paper()
    await page.locator('button.icon').click()
    await page.waitForFunction((was) => getComputedStyle(document.body).backgroundColor !== was, light)
    await page.reload()
    await page.waitForSelector('nav')
    expect(await paper()).not.toBe(light)
  })

  it('has said nothing on its console', () => {
    expect(complaints).toEqual([])
  })

  const places = [
    ['#/', '.line .first'],
    ['#/data/3?context=near', '.contexts li'],
    ['#/data/140/model', '.tokens'],
    ['#/statistics', '.figure'],
    ['#/order', '.order table'],
    ['#/runs', '.plot'],
    ['#/arena', '.arena'],
  ] as const
  it.each([
    ['in the light', { colorScheme: 'light' }],
    ['in the dark', { colorScheme: 'dark' }],
    ['on a narrow screen', { viewport: { width: 360, height: 720 } }],
  ] as const)('can be used by everybody %s', async (_, options) => {
    const { page: other, complaints: said } = await openPage(browser, server.url, {
      ...options,
      reducedMotion: 'reduce',
    })
    for (const [hash, selector] of places) {
      await other.goto(`${server.origin}/${hash}`)
      await other.waitForSelector(selector)
      expect(await accessibilityFaults(other), hash).toEqual([])
      const wide = await other.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      )
      expect([hash, wide]).toEqual([hash, 0])
      // Every part can be gone to, and what stands in drawings can be read.
      const cut = await other.evaluate(
        () =>
          [...document.querySelectorAll('nav a')].filter((link) => {
            const { left, right } = link.getBoundingClientRect()
            return left < 0 || right > document.querySelector('nav')!.getBoundingClientRect().right + 1
          }).length,
      )
      expect([hash, cut]).toEqual([hash, 0])
      const heights = await other.evaluate(() =>
        [...document.querySelectorAll('svg text')].map((one) => one.getBoundingClientRect().height),
      )
      expect(Math.min(...heights, 99)).toBeGreaterThan(10)
    }
    expect(said).toEqual([])
    await other.context().close()
  })
})
