// One request, with redirects followed by hand: a redirect must not carry credentials to another host. Where a redirect
// led is remembered, so that a hub that sends every read to its storage is asked once a file and not once a read; signed
// addresses expire, so a remembered one that fails is forgotten and the way is asked for again.
import { MimicitError } from '../../base/errors.js'
import { version } from '../../base/version.js'
import { describeUrl } from '../location.js'

/** Headers of one request. */
export type RequestHeaders = Readonly<Record<string, string>>

/** Credentials for a request, asked for anew every time (signatures expire). */
export type Authorise = (request: {
  readonly method: string
  readonly url: URL
  readonly headers: RequestHeaders
}) => Promise<RequestHeaders>

/** Sends requests and counts them. */
export interface Sender {
  /** @throws MimicitError MIMICIT_NETWORK for redirects without end, or whatever `fetch` throws */
  get(url: URL, headers: RequestHeaders, signal: AbortSignal): Promise<Response>
  /** Forgets where a URL was redirected to. */
  forget(url: URL): void
  readonly requests: number
}

const MAX_REDIRECTS = 5
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Where a request is in its chain of redirects. */
interface Place {
  readonly url: URL
  /** Whether every hop so far was at the host that the credentials are for. */
  readonly trusted: boolean
}

/** @param authorise gives the credentials; they go to the origin a request starts at, and to no other */
export function createSender(authorise?: Authorise): Sender {
  const targets = new Map<string, Place>()
  let requests = 0

  const once = async ({ url, trusted }: Place, headers: RequestHeaders, signal: AbortSignal) => {
    const secrets = trusted && authorise !== undefined ? await authorise({ method: 'GET', url, headers }) : {}
    for (const value of Object.values(secrets)) {
      // `fetch` would quote the value in its message.
      if (!/^[\x20-\x7e]*$/.test(value)) throw badSecret(url)
    }
    requests++
    return fetch(url, {
      // Asked for a range, fetch asks for the bytes as they are by itself (Fetch, section 4.6).
      headers: { 'user-agent': `mimicit/${version}`, ...headers, ...secrets },
      redirect: 'manual',
      signal,
    })
  }

  const follow = async (start: Place, headers: RequestHeaders, signal: AbortSignal) => {
    let place = start
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await once(place, headers, signal)
      const target = response.headers.get('location')
      if (!REDIRECTS.has(response.status) || target === null) return { response, place }
      await discard(response)
      place = step(place, target)
    }
    throw badRedirect(start.url, `more than ${MAX_REDIRECTS}`)
  }

  return {
    get requests() {
      return requests
    },
    forget: (url) => targets.delete(url.href),
    async get(url, headers, signal) {
      const known = targets.get(url.href)
      if (known !== undefined) {
        const response = await once(known, headers, signal)
        if (response.ok || response.status === 412 || response.status === 416) return response
        await discard(response)
        targets.delete(url.href)
      }
      const { response, place } = await follow({ url, trusted: true }, headers, signal)
      if (response.ok && place.url.href !== url.href) targets.set(url.href, place)
      return response
    },
  }
}

/** Gives up the rest of an answer; it may have broken already. */
export async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined)
}

function step(from: Place, target: string): Place {
  let url: URL
  try {
    url = new URL(target, from.url)
  } catch {
    throw badRedirect(from.url, 'one to no address')
  }
  // A user in the target is none of ours, and `fetch` would quote it.
  url.username = ''
  url.password = ''
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && from.url.protocol === 'http:')
  if (!secure) throw badRedirect(from.url, `one to ${url.protocol}`)
  return { url, trusted: from.trusted && url.origin === from.url.origin }
}

const badRedirect = (url: URL, received: string) =>
  new MimicitError('MIMICIT_NETWORK', {
    expected: `an answer after at most ${MAX_REDIRECTS} redirects, none to a less secure place`,
    where: describeUrl(url),
    received,
    hint: 'Check the address.',
  })

const badSecret = (url: URL) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'credentials of printable ASCII characters',
    where: `requests to ${url.origin}`,
    received: 'other characters (a line break at the end?)',
    hint: 'Set them again in the environment.',
  })
