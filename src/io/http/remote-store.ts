// What the stores far away have in common: files by path below an address, opened once. The facts of a file (length, ETag)
// are those of the first look, so that everything read through one store is of one version of each file.
import { MimicitError, show } from '../../base/errors.js'
import { readWhole, type Store } from '../readable.js'
import type { RemoteFacts } from './judge.js'
import { missing } from './network-error.js'
import type { RangeClient } from './range-client.js'
import { openRemoteFile } from './remote-file.js'

/** What makes a remote store. */
export interface RemoteStoreParts {
  readonly location: string
  readonly client: RangeClient
  /** Address of a file; the path is relative, with `/`, and leads nowhere upwards. */
  readonly urlOf: (path: string) => URL | Promise<URL>
  /** Every file, sorted; undefined where the server does not tell. */
  readonly list?: () => Promise<string[] | undefined>
}

/** A store over a client. */
export function createRemoteStore({ location, client, urlOf, list }: RemoteStoreParts): Store {
  const seen = new Map<string, RemoteFacts>()
  const look = async (path: string) => {
    const url = await urlOf(downwards(path, location))
    const facts = seen.get(path) ?? (await client.facts(url))
    // Whoever looked at the same time and was first decides for both.
    if (facts !== undefined && !seen.has(path)) seen.set(path, facts)
    return { url, facts: seen.get(path) }
  }
  const open = async (path: string) => {
    const { url, facts } = await look(path)
    if (facts === undefined) throw missing(url)
    return openRemoteFile(client, url, path, facts)
  }
  return {
    location,
    open,
    readAll: async (path) => readWhole(await open(path)),
    readAllAgain: async (path) => readWhole(await open(path), true),
    exists: async (path) => (await look(path)).facts !== undefined,
    list: async () => list?.(),
    stats: () => client.stats(),
    close: () => client.close(),
  }
}

/** Every segment of a path, percent-encoded as RFC 3986 wants it, which is also what signatures are made of. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeSegment).join('/')
}

const encodeSegment = (segment: string) =>
  encodeURIComponent(segment).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)

function downwards(path: string, location: string): string {
  if (path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')) return path
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'a path inside the data set',
    where: location,
    received: show(path),
  })
}
