// Who may speak to the local server: each header that gives a stranger away, alone.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieName, type Knock, refusal } from '../../src/serve/http/guard.js'

const LOCK = { port: 4321, token: 'a-token-that-nobody-guesses' }
const own = { host: '127.0.0.1:4321', cookie: `other=1; ${cookieName(4321)}=${LOCK.token}` }
const knock = (headers: Knock['headers'], method = 'GET') => refusal({ method, headers }, LOCK)

describe('the guard', () => {
  it.each([
    ['our page', { ...own, origin: 'http://127.0.0.1:4321', 'sec-fetch-site': 'same-origin' }, 'POST'],
    ['a typed address', { ...own, 'sec-fetch-site': 'none' }, 'GET'],
    ['localhost', { ...own, host: 'localhost:4321', origin: 'http://localhost:4321' }, 'POST'],
    ['a program with the token', { host: own.host, authorization: `Bearer ${LOCK.token}` }, 'POST'],
  ])('lets %s pass', (_, headers, method) => {
    expect(knock(headers, method)).toBeUndefined()
  })

  it.each([
    ['another name for this machine', { ...own, host: 'evil.example:4321' }, 'Host'],
    ['another port', { ...own, host: '127.0.0.1:80' }, 'Host'],
    ['no host', { cookie: own.cookie }, 'Host'],
    ['another page', { ...own, origin: 'http://evil.example' }, 'Origin'],
    ['a page without an origin', { ...own, origin: 'null' }, 'Origin'],
    ['another server of this machine', { ...own, origin: 'http://127.0.0.1:9999' }, 'Origin'],
    ['another site', { ...own, 'sec-fetch-site': 'cross-site' }, 'site'],
    ['another port of this machine', { ...own, 'sec-fetch-site': 'same-site' }, 'site'],
  ])('refuses %s, token or not', (_, headers, reason) => {
    for (const method of ['GET', 'POST']) {
      expect(knock(headers, method)).toEqual({ status: 403, reason: expect.stringContaining(reason) })
      const bearer = { ...headers, authorization: `Bearer ${LOCK.token}` }
      expect(knock(bearer, method)?.status).toBe(403)
    }
  })

  it('refuses changes that do not say which page they come from', () => {
    for (const method of ['POST', 'DELETE', 'PUT']) expect(knock(own, method)?.status).toBe(403)
    expect(knock(own, 'GET')).toBeUndefined()
  })

  it('takes no token but its own', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(text !== LOCK.token)
        const headers = { host: own.host, authorization: `Bearer ${text}`, cookie: `${cookieName(4321)}=${text}` }
        expect(knock(headers)?.status).toBe(401)
      }),
    )
    expect(knock({ host: own.host, cookie: `${cookieName(80)}=${LOCK.token}` })?.status).toBe(401)
  })
})
