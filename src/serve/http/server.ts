// One local server: on the loopback interface only, behind a random token, with headers that keep a page from loading or
// sending anything anywhere else. It serves the files of one page and the routes it is given.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMimicitError, MimicitError } from '../../base/errors.js'
import type { PageFiles } from '../page-files.js'
import { cookieName, refusal, sameToken } from './guard.js'
import { type Call, matchRoute, type Reply, type Route } from './route.js'

/** What to serve. */
export interface ServerOptions {
  readonly routes: readonly Route[]
  readonly page: PageFiles
  /** @default 0: any that is free */
  readonly port?: number
}

/** A server that runs. */
export interface LocalServer {
  /** The address to open, token included. */
  readonly url: string
  /** `http://127.0.0.1:port` */
  readonly origin: string
  readonly token: string
  /** Ends every connection. Safe to call twice. */
  close(): Promise<void>
}

const MOST_BODY_BYTES = 4e6
/** What addresses of requests are seen from. */
const HERE = 'http://127.0.0.1'

/** Nothing from elsewhere, nothing inline: what a data set says can never run. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

/**
 * Starts a server on 127.0.0.1.
 * @throws MimicitError MIMICIT_BUSY if the port is taken, MIMICIT_IO
 */
export async function startServer({ routes, page, port = 0 }: ServerOptions): Promise<LocalServer> {
  const token = randomBytes(24).toString('base64url')
  const server = createServer((request, response) => {
    const { port: at } = server.address() as AddressInfo
    answer(request, response, { routes, page, lock: { port: at, token } }).catch((error: unknown) => {
      if (!response.headersSent) sendError(response, error)
      else response.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(noPort(port, error)))
    server.listen(port, '127.0.0.1', resolve)
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let closing: Promise<void> | undefined
  return {
    origin,
    token,
    url: `${origin}/?token=${token}`,
    close() {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      return closing
    },
  }
}

const noPort = (port: number, cause: NodeJS.ErrnoException) =>
  new MimicitError(cause.code === 'EADDRINUSE' ? 'MIMICIT_BUSY' : 'MIMICIT_IO', {
    expected: 'a port that is free',
    where: `127.0.0.1:${port}`,
    received: cause.message,
    hint: 'Leave --port out to take any.',
    cause,
  })

interface Serving {
  readonly routes: readonly Route[]
  readonly page: PageFiles
  readonly lock: { readonly port: number; readonly token: string }
}

async function answer(request: IncomingMessage, response: ServerResponse, { routes, page, lock }: Serving) {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
  const method = request.method ?? 'GET'
  const target = request.url ?? '/'
  if (!URL.canParse(target, HERE)) return sendStatus(response, 400, 'the address is none')
  const url = new URL(target, HERE)
  const given = url.searchParams.get('token')
  const refused = refusal({ method, headers: request.headers }, lock)
  // The address that the command prints: the token goes into a cookie, and out of the address.
  if (url.pathname === '/' && given !== null && refused?.status !== 403 && sameToken(given, lock.token)) {
    response.setHeader('set-cookie', `${cookieName(lock.port)}=${lock.token}; HttpOnly; SameSite=Strict; Path=/`)
    response.writeHead(303, { location: '/', 'cache-control': 'no-store' }).end()
    return
  }
  if (refused !== undefined) return sendStatus(response, refused.status, refused.reason)
  const file = method === 'GET' ? page.get(url.pathname) : undefined
  if (file !== undefined) return sendReply(response, { kind: 'bytes', ...file })
  const found = matchRoute(routes, method, url.pathname)
  if (found === undefined) return sendStatus(response, 404, `nothing is at ${url.pathname}`)
  if (found === 'other') return sendStatus(response, 405, `${method} is not for ${url.pathname}`)
  const left = new AbortController()
  response.once('close', () => left.abort())
  const call: Call = {
    params: found.params,
    query: Object.fromEntries(url.searchParams),
    body: () => readJson(request),
    signal: left.signal,
  }
  const reply = await found.route.handle(call)
  if (!left.signal.aborted) await sendReply(response, reply)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > MOST_BODY_BYTES) {
      throw new MimicitError('MIMICIT_TOO_LONG', {
        expected: `at most ${MOST_BODY_BYTES} bytes`,
        where: 'the body of a request',
        received: 'more',
      })
    }
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw new MimicitError('MIMICIT_BAD_JSON', {
      expected: 'JSON',
      where: 'the body of a request',
      received: (error as Error).message,
    })
  }
}

async function sendReply(response: ServerResponse, reply: Reply): Promise<void> {
  switch (reply.kind) {
    case 'json':
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
      response.end(JSON.stringify(reply.value))
      return
    case 'bytes': {
      const keep = reply.keepMs > 0 ? `private, max-age=${Math.round(reply.keepMs / 1000)}` : 'no-cache'
      response.writeHead(200, { 'content-type': reply.type, 'cache-control': keep })
      response.end(reply.bytes)
      return
    }
    case 'events':
      return sendEvents(response, reply.events)
    default:
      reply satisfies never
  }
}

/** Server-sent events; a reader that is slow is waited for. */
async function sendEvents(response: ServerResponse, events: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.flushHeaders()
  try {
    for await (const event of events) {
      if (response.destroyed) return
      if (!response.write(`data: ${JSON.stringify(event)}\n\n`)) await drained(response)
    }
    // Without a last word the browser would take the end for a broken connection and ask again.
    response.end('event: end\ndata: {}\n\n')
  } catch (error) {
    response.end(`event: fault\ndata: ${JSON.stringify(errorBody(error))}\n\n`)
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.once('drain', go)
    response.once('close', go)
  })
}

function sendStatus(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ message }))
}

const STATUS: Readonly<Record<string, number>> = {
  MIMICIT_NOT_FOUND: 404,
  MIMICIT_BAD_VALUE: 400,
  MIMICIT_BAD_JSON: 400,
  MIMICIT_UNKNOWN_NAME: 400,
  MIMICIT_UNKNOWN_OPTION: 400,
  MIMICIT_SHOTS_EXCEED_CONTEXTS: 400,
  MIMICIT_TOO_LONG: 413,
  MIMICIT_BAD_PICTURE: 422,
  MIMICIT_BAD_RECORD: 422,
  MIMICIT_EMPTY: 422,
  MIMICIT_NETWORK: 502,
}

function errorBody(error: unknown): { readonly code: string; readonly message: string } {
  if (isMimicitError(error)) return { code: error.code, message: error.message }
  return { code: 'MIMICIT_INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

function sendError(response: ServerResponse, error: unknown): void {
  const body = errorBody(error)
  response.writeHead(STATUS[body.code] ?? 500, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}
