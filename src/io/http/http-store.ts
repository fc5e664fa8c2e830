// A directory on a web server as a store: `https://host/path`.
import { MimicitError } from '../../base/errors.js'
import { describeUrl } from '../location.js'
import type { Store } from '../readable.js'
import { createRangeClient, type RangeClientOptions } from './range-client.js'
import { createRemoteStore, encodePath } from './remote-store.js'

/**
 * Opens an `http://` or `https://` location. A user and password in it become an Authorization header, and a query (a
 * signature, say) goes with every request; neither is ever shown.
 * @throws MimicitError MIMICIT_BAD_VALUE if it is no URL
 */
export function openHttp(location: string, options: RangeClientOptions = {}): Store {
  const root = parse(location)
  const authorization = basicOf(root)
  const client = createRangeClient({
    ...(authorization === undefined ? {} : { authorise: async () => ({ authorization }) }),
    ...options,
  })
  const urlOf = (path: string) => {
    const url = new URL(encodePath(path), root)
    url.search = root.search
    return url
  }
  return createRemoteStore({ location: describeUrl(root).replace(/\/$/, ''), client, urlOf })
}

function parse(location: string): URL {
  try {
    const url = new URL(location)
    url.hash = ''
    if (!url.pathname.endsWith('/')) url.pathname += '/'
    return url
  } catch {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a URL',
      where: 'the data set location',
      received: 'something else after http',
    })
  }
}

/** Takes user and password out of a URL (RFC 7617). */
function basicOf(url: URL): string | undefined {
  const { username, password } = url
  url.username = ''
  url.password = ''
  if (username === '' && password === '') return undefined
  const pair = `${decoded(username)}:${decoded(password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

/** A `%` that begins no escape stands for itself, as browsers have it. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
