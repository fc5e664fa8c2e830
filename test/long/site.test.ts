// The site of documents and API pages, built as `npm run docs` builds it: everything public has its words, every link leads
// somewhere, and pages open in a real browser without a complaint.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, extname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../fresh-dist.js'
import { accessibilityFaults, hasChromium, openPage, startBrowser } from '../support/browser.js'
import { tempDir } from '../support/temp-dir.js'

const site = join(tempDir(), 'site')
const TYPES: Readonly<Record<string, string>> = {
  ...{
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.jpg': 'image/jpeg',
  },
}

/** Serves the pages as a server of files does. */
async function startSite(root: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(({ url = '' }, response) => {
    const path = join(root, new URL(url, 'http://localhost').pathname)
    if (url === '/favicon.ico') return void response.writeHead(204).end()
    if (!existsSync(path) || !statSync(path).isFile()) return void response.writeHead(404).end()
    response
      .writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' })
      .end(readFileSync(path))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
let said = ''

beforeAll(() => {
  const args = ['run', 'build', '--workspace', 'site', '--', '--out', site]
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
  said = stdout + stderr
  expect(status, said).toBe(0)
})

it('has words for everything that is public, and is built without a warning', () => {
  expect(said).not.toMatch(/\[(warning|error)\]/)
})

it('has a page for every document and every sub-path', () => {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).join('\n')
  const documents = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'))
  for (const name of documents) expect(pages).toMatch(new RegExp(`documents/.*${name.replace('.md', '')}.*\\.html`))
  for (const room of ['loader', 'context', 'otter', 'import'])
    expect(pages).toMatch(new RegExp(`modules/.*${room}\\.html`))
})

it('has no link that leads nowhere', () => {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'))
  const read = new Map<string, string>()
  const text = (path: string) => {
    if (!read.has(path)) read.set(path, readFileSync(path, 'utf8'))
    return read.get(path)!
  }
  const broken = new Set<string>()
  let links = 0
  for (const page of pages) {
    const from = join(site, page)
    for (const [, link = ''] of text(from).matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      // The name of a file that was taken for that of a host.
      if (/^https?:\/\/[^/]+\.(?:md|json|ts|js|py)\/?$/.test(link)) broken.add(`${relative(site, from)}: ${link}`)
      if (/^(?:https?:|mailto:|data:)/.test(link) || link === '') continue
      links++
      const [path = '', anchor] = decodeURI(link.replaceAll('&amp;', '&')).split('#')
      const to = path === '' ? from : join(dirname(from), path)
      const isThere = existsSync(to) && statSync(to).isFile()
      const hasAnchor =
        anchor === undefined || anchor === '' || !to.endsWith('.html') || text(to).includes(`id="${anchor}"`)
      if (!isThere || !hasAnchor) broken.add(`${relative(site, from)}: ${link}`)
    }
  }
  expect([...broken]).toEqual([])
  expect(links).toBeGreaterThan(5000)
})

describe.skipIf(!hasChromium)('in a browser (skipped without Chromium)', () => {
  let browser: Awaited<ReturnType<typeof startBrowser>>
  let server: Awaited<ReturnType<typeof startSite>>
  beforeAll(async () => {
    server = await startSite(site)
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  it.each(['index.html', 'documents/docs_loader.html', 'functions/src_loader.loadMimicIT.html'])(
    '%s opens',
    async (path) => {
      const { page, complaints } = await openPage(browser, `${server.url}/${path}`)
      expect(await page.locator('h1').first().innerText()).not.toBe('')
      expect(complaints).toEqual([])
      // The list of all pages is made when the page is there; its links are beside what folds, not inside.
      await page.waitForSelector('#tsd-nav-container li a', { state: 'attached' })
      expect(await page.locator('summary a').count()).toBe(0)
      expect(await accessibilityFaults(page)).toEqual([])
      await page.context().close()
    },
  )
})
