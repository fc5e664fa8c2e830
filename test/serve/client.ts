// A viewer over a data set, and requests to it as a browser with its cookie would send them, or as nobody should.
import { request } from 'node:http'
import type { LocalServer } from '../../src/serve/http/server.js'

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at field by field.
  json(): any
}

/** Sends a request with exactly these headers, to exactly this path: `fetch` would tidy both up. */
export function send(
  { origin }: Pick<LocalServer, 'origin'>,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  { method = 'GET', body }: { readonly method?: string; readonly body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(origin)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(parts)
        const text = bytes.toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          text,
          json: () => JSON.parse(text),
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Requests with the token. */
export function clientOf(server: LocalServer) {
  const headers = { authorization: `Bearer ${server.token}` }
  return {
    get: (path: string) => send(server, path, headers),
    post: (path: string, value: unknown) =>
      send(server, path, headers, { method: 'POST', body: JSON.stringify(value) }),
    delete: (path: string) => send(server, path, headers, { method: 'DELETE' }),
    /** Server-sent events until their end; the last is the word that ended them. */
    async events(path: string): Promise<{ readonly events: readonly unknown[]; readonly end: string }> {
      const { text } = await send(server, path, headers)
      const blocks = text.split('\n\n').filter((block) => block !== '')
      const last = /^event: (\w+)/.exec(blocks.at(-1) ?? '')?.[1] ?? ''
      const data = blocks.flatMap((block) =>
        block.startsWith('data: ') ? [JSON.parse(block.slice(6)) as unknown] : [],
      )
      return { events: data, end: last }
    },
  }
}
