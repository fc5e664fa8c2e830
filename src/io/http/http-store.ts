// A directory on a web server as a store.
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile, Store } from '../store.js'
import { createRangeClient, describe, type RangeClientOptions } from './range-client.js'

/**
 * Opens an `http://` or `https://` location.
 * @param base address of the directory; a user and password in it become an Authorization header and are not shown
 */
export function openHttp(location: string, base = location, options: RangeClientOptions = {}): Store {
  const root = new URL(base.endsWith('/') ? base : `${base}/`)
  const { username, password } = root
  root.username = ''
  root.password = ''
  const basic = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  const client = createRangeClient({
    ...(username === '' ? {} : { authorise: async () => ({ authorization: basic }) }),
    ...options,
  })
  const urlOf = (path: string) => new URL(path.split('/').map(encodeURIComponent).join('/'), root)
  const open = async (path: string): Promise<ReadableFile> => {
    const url = urlOf(path)
    const facts = await client.facts(url)
    if (facts === undefined) {
      throw new MimicitError('MIMICIT_NOT_FOUND', {
        expected: 'an existing file',
        where: describe(url),
        received: 'status 404',
        hint: 'Check the address.',
      })
    }
    return {
      path,
      byteLength: facts.byteLength,
      async read(offset, length) {
        if (offset < 0 || length < 0 || offset + length > facts.byteLength) {
          throw new MimicitError('MIMICIT_CORRUPT', {
            expected: `${length} bytes at offset ${offset}`,
            where: describe(url),
            received: `a file of ${facts.byteLength} bytes`,
            hint: 'The file is shorter than its index says; run `mimicit verify`.',
          })
        }
        return client.read(url, offset, length, facts)
      },
      close: async () => undefined,
    }
  }
  return {
    location: root.origin + root.pathname.replace(/\/$/, ''),
    open,
    async readAll(path) {
      const file = await open(path)
      return file.read(0, file.byteLength)
    },
    exists: async (path) => (await client.facts(urlOf(path))) !== undefined,
    list: async () => undefined,
    stats: () => client.stats(),
    close: async () => client.close(),
  }
}
