// Who may speak to the local server: only pages and programs on this machine that hold its token. A web page elsewhere can
// make a browser send requests to 127.0.0.1, and can point a name of its own there (DNS rebinding); neither gets through.
import { createHash, timingSafeEqual } from 'node:crypto'

/** What a request says of where it comes from. */
export interface Knock {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** What the server knows of itself. */
export interface Lock {
  readonly port: number
  readonly token: string
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403
  readonly reason: string
}

/** The cookie that holds the token. Cookies are not kept apart by port, so its name says which server it is of. */
export const cookieName = (port: number): string => `mimicit-${port}`

/**
 * Judges a request by its headers.
 * @returns undefined where it may pass
 */
export function refusal({ method, headers }: Knock, { port, token }: Lock): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const host = one(headers.host)
  if (host === undefined || !hosts.includes(host)) return { status: 403, reason: 'the Host is not this server' }
  const origin = one(headers.origin)
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, reason: 'the Origin is another page' }
  }
  const site = one(headers['sec-fetch-site'])
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, reason: 'the request was made by another site' }
  }
  const bearer = /^Bearer (.+)$/.exec(one(headers.authorization) ?? '')?.[1]
  if (bearer !== undefined && sameToken(bearer, token)) return undefined
  const cookie = cookieValue(one(headers.cookie), cookieName(port))
  if (cookie === undefined || !sameToken(cookie, token)) {
    return { status: 401, reason: 'the token is missing; open the address that the command printed' }
  }
  // A cookie is sent along by the browser whoever asks; what changes something has to come from our own page.
  const changes = method !== 'GET' && method !== 'HEAD'
  return changes && origin === undefined ? { status: 403, reason: 'the Origin is missing' } : undefined
}

/** Compares in constant time. */
export function sameToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

const one = (value: string | string[] | undefined) => (typeof value === 'string' ? value : undefined)

function cookieValue(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2)
    if (key === name) return value
  }
  return undefined
}
