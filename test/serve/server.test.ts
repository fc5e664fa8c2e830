// The local server over real connections: who gets in, what it never gives, how it answers what is wrong.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MimicitError } from '../../src/base/errors.js'
import { json, type Route } from '../../src/serve/http/route.js'
import { type LocalServer, startServer } from '../../src/serve/http/server.js'
import { builtPage, readPageFiles } from '../../src/serve/page-files.js'
import { send } from './client.js'

let server: LocalServer
let left: Promise<void>
const routes: readonly Route[] = [
  { method: 'GET', path: '/api/:what/parts', handle: ({ params, query }) => json({ params, query }) },
  { method: 'POST', path: '/api/echo', handle: async ({ body }) => json(await body()) },
  {
    method: 'GET',
    path: '/api/wrong/:code',
    handle({ params }) {
      if (params.code === 'plain') throw new Error('a fault of ours')
      throw new MimicitError(params.code as 'MIMICIT_IO', { expected: 'x', where: 'y', received: 'z' })
    },
  },
  {
    method: 'GET',
    path: '/api/endless',
    handle: ({ signal }) => ({
      kind: 'events',
      events: (async function* () {
        yield { first: true }
        left = new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
        await left
      })(),
    }),
  },
]

beforeAll(async () => {
  server = await startServer({ routes, page: await readPageFiles() })
})
afterAll(() => server.close())
const bearer = () => ({ authorization: `Bearer ${server.token}` })

describe('getting in', () => {
  it('exchanges the token of the address for a cookie that only this server gets', async () => {
    const { pathname, search } = new URL(server.url)
    const entered = await send(server, `${pathname}${search}`)
    expect([entered.status, entered.headers.location]).toEqual([303, '/'])
    const cookie = String(entered.headers['set-cookie'])
    expect(cookie).toMatch(/^mimicit-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/)
    const page = await send(server, '/', { cookie: cookie.split(';')[0]! })
    expect(page.status).toBe(200)
    expect(page.text).toContain('<div id="app">')
  })

  it('refuses everything without it, the page included', async () => {
    for (const path of ['/', '/api/a/parts', '/icon.svg', '/?token=wrong', '/nothing']) {
      expect((await send(server, path)).status, path).toBe(401)
    }
  })

  it('refuses names and pages that are not its own, with the token', async () => {
    const other = { ...bearer(), host: 'evil.example' }
    expect((await send(server, '/api/a/parts', other)).status).toBe(403)
    expect((await send(server, `/${new URL(server.url).search}`, { host: 'evil.example' })).status).toBe(403)
    const page = { ...bearer(), origin: 'http://evil.example' }
    expect((await send(server, '/api/echo', page, { method: 'POST', body: '{}' })).status).toBe(403)
  })

  it('listens on the loopback interface alone', () => {
    expect(new URL(server.origin).hostname).toBe('127.0.0.1')
  })
})

describe('what it gives', () => {
  it('lets nothing of a page run or load but its own files', async () => {
    const { headers } = await send(server, '/', bearer())
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).not.toMatch(/unsafe|data:|\*/)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  it('has no way out of the page', async () => {
    const files = await readPageFiles()
    expect([...files.keys()]).toContain('/')
    for (const path of [
      '/../package.json',
      '/assets/../../report.js',
      '/%2e%2e/%2e%2e/package.json',
      '/..%2f..%2fpackage.json',
      '/assets/%2e%2e%2f%2e%2e%2freport.js',
      '/etc/passwd',
      '//etc/passwd',
      '/index.html%00.js',
    ]) {
      const { status, text } = await send(server, path, bearer())
      expect([path, status]).toEqual([path, 404])
      expect(text).not.toMatch(/"name"|root:/)
    }
  })

  it('reads parts of a path and of the query', async () => {
    const { text } = await send(server, '/api/a%2Fb%20c/parts?x=1', bearer())
    expect(JSON.parse(text)).toEqual({ params: { what: 'a/b c' }, query: { x: '1' } })
    expect((await send(server, '/api/%ff/parts', bearer())).status).toBe(404)
    expect((await send(server, 'http://[', bearer())).status).toBe(400)
  })

  it('tells a wrong method from a wrong path', async () => {
    expect((await send(server, '/api/echo', bearer())).status).toBe(405)
    expect((await send(server, '/api/none', bearer())).status).toBe(404)
  })

  it('answers errors with their code, and ours without a stack', async () => {
    const codes = [
      ['MIMICIT_NOT_FOUND', 404],
      ['MIMICIT_BAD_VALUE', 400],
      ['MIMICIT_NETWORK', 502],
      ['MIMICIT_CORRUPT', 500],
    ] as const
    for (const [code, status] of codes) {
      const answer = await send(server, `/api/wrong/${code}`, bearer())
      expect([answer.status, answer.json()]).toEqual([status, { code, message: 'Expected x for y but received z.' }])
    }
    const plain = await send(server, '/api/wrong/plain', bearer())
    expect(plain.json()).toEqual({ code: 'MIMICIT_INTERNAL', message: 'a fault of ours' })
  })

  it('refuses bodies that are no JSON, or too large', async () => {
    const post = (body: string) => send(server, '/api/echo', bearer(), { method: 'POST', body })
    expect((await post('{"a":[1]}')).json()).toEqual({ a: [1] })
    const bad = await post('{')
    expect([bad.status, (bad.json() as { code: string }).code]).toEqual([400, 'MIMICIT_BAD_JSON'])
    const long = await post(JSON.stringify('x'.repeat(4e6)))
    expect([long.status, (long.json() as { code: string }).code]).toEqual([413, 'MIMICIT_TOO_LONG'])
  })

  it('stops what is under way when the reader leaves', async () => {
    const { port } = new URL(server.origin)
    const socket = connect(Number(port), '127.0.0.1')
    const first = new Promise<string>((resolve) =>
      socket.on('data', (data) => data.includes('first') && resolve(`${data}`)),
    )
    socket.write(
      `GET /api/endless HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${server.token}\r\n\r\n`,
    )
    expect(await first).toContain('data: {"first":true}')
    socket.destroy()
    await left
  })
})

describe('starting', () => {
  it('says which port is taken', async () => {
    const port = Number(new URL(server.origin).port)
    await expect(startServer({ routes, page: new Map(), port })).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
  })

  it('says that the page has to be built', async () => {
    await expect(readPageFiles('/nowhere')).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND' })
    expect(builtPage()).toMatch(/dist.viewer$/)
  })
})
