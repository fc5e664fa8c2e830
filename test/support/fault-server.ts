// A real web server on loopback that serves a directory with byte ranges, and misbehaves as it is told: for each request
// a script says which fault, if any, the answer has.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** What is wrong with one answer. */
export type Fault =
  /** Nothing comes, ever. `after` bytes of the body come first, with the head. */
  | { readonly kind: 'stall'; readonly after?: number }
  /** The connection breaks after so many bytes of the body; before the head, if undefined. */
  | { readonly kind: 'cut'; readonly after?: number }
  /** Another status, with no content. */
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Says that it answers another range than it was asked for. */
  | { readonly kind: 'wrong-range' }
  /** Says that the file is longer than it is. */
  | { readonly kind: 'wrong-total' }
  /** Says that more bytes follow than do, and ends the connection. */
  | { readonly kind: 'wrong-length' }
  /** A body without a length that goes on for ever. */
  | { readonly kind: 'endless' }
  /** A body without a length that ends too early. */
  | { readonly kind: 'short' }
  /** The whole file with status 200, whatever range was asked for. */
  | { readonly kind: 'no-ranges' }
  /** Headers in place of those of an honest answer; null leaves one out. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | null>> }

/** A request that came. */
export interface SeenRequest {
  /** Decoded, relative to the directory. */
  readonly path: string
  readonly query: string
  /** First and last byte, if it asked for a range. */
  readonly range: readonly [from: number, to: number] | undefined
  readonly headers: IncomingMessage['headers']
  /** Position in the list of all requests. */
  readonly index: number
}

/** Decides over one answer. */
export type Script = (request: SeenRequest) => Fault | undefined

/** A server that is running. */
export interface FaultServer {
  readonly url: string
  /** Every request so far. */
  readonly requests: readonly SeenRequest[]
  /** Replaces the script. */
  script: Script
  /** Called when a stall begins. */
  onStall: () => void
  /** Forgets the requests so far. */
  clear(): void
  close(): Promise<void>
}

/** Starts a server. @param handle answers requests itself where it returns true */
export async function startFaultServer(
  root: string,
  handle: (request: SeenRequest, response: ServerResponse) => boolean = () => false,
): Promise<FaultServer> {
  const requests: SeenRequest[] = []
  const state = { script: (() => undefined) as Script, onStall: () => {} }
  const server: Server = createServer((incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://loopback')
    const range = /^bytes=(\d+)-(\d+)$/.exec(incoming.headers.range ?? '')
    const request: SeenRequest = {
      path: decodeURIComponent(url.pathname).slice(1),
      query: url.search,
      range: range === null ? undefined : [Number(range[1]), Number(range[2])],
      headers: incoming.headers,
      index: requests.length,
    }
    requests.push(request)
    const fault = state.script(request)
    if (fault?.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end()
      return
    }
    if (fault === undefined && handle(request, response)) return
    readFile(join(root, request.path)).then(
      (bytes) => answer(request, response, bytes, fault, state),
      () => response.writeHead(404).end('no such file'),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get script() {
      return state.script
    },
    set script(script) {
      state.script = script
    },
    get onStall() {
      return state.onStall
    },
    set onStall(onStall) {
      state.onStall = onStall
    },
    clear: () => requests.splice(0),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The ETag that a content has here. */
export const etagOf = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`

function answer(
  { range, headers: asked }: SeenRequest,
  response: ServerResponse,
  bytes: Buffer,
  fault: Fault | undefined,
  { onStall }: { readonly onStall: () => void },
): void {
  const etag = etagOf(bytes)
  const ranged = range !== undefined && fault?.kind !== 'no-ranges'
  const [from, to] = ranged ? [range[0], Math.min(range[1], bytes.byteLength - 1)] : [0, bytes.byteLength - 1]
  if (asked['if-match'] !== undefined && asked['if-match'] !== etag) {
    response.writeHead(412).end()
    return
  }
  if (ranged && from > to) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}`, etag }).end()
    return
  }
  const body = bytes.subarray(from, to + 1)
  const head: Record<string, string> = { etag, 'content-length': String(body.byteLength) }
  if (ranged) head['content-range'] = `bytes ${from}-${to}/${bytes.byteLength}`
  const status = ranged ? 206 : 200
  const begin = () => {
    response.writeHead(status, head)
    response.flushHeaders()
  }
  switch (fault?.kind) {
    case undefined:
    case 'no-ranges':
    case 'status':
      response.writeHead(status, head).end(body)
      return
    case 'stall':
      if (fault.after !== undefined) {
        begin()
        if (fault.after > 0) response.write(body.subarray(0, fault.after))
      }
      onStall()
      return
    case 'cut':
      if (fault.after === undefined) {
        response.destroy()
        return
      }
      begin()
      response.write(body.subarray(0, fault.after), () => response.destroy())
      return
    case 'wrong-range':
      head['content-range'] = `bytes ${from + 1}-${to + 1}/${bytes.byteLength}`
      response.writeHead(206, head).end(body)
      return
    case 'wrong-total':
      head['content-range'] = `bytes ${from}-${to}/${bytes.byteLength + 1000}`
      response.writeHead(206, head).end(body)
      return
    case 'wrong-length':
      head['content-length'] = String(body.byteLength + 10)
      begin()
      response.write(body, () => response.destroy())
      return
    case 'short':
      delete head['content-length']
      response.writeHead(status, head).end(body.subarray(0, body.byteLength >> 1))
      return
    case 'endless': {
      delete head['content-length']
      response.writeHead(status, head)
      const more = () => {
        if (response.write(body)) setImmediate(more)
      }
      response.on('drain', more)
      response.on('close', () => response.removeListener('drain', more))
      more()
      return
    }
    case 'headers': {
      for (const [name, value] of Object.entries(fault.headers)) {
        if (value === null) delete head[name]
        else head[name] = value
      }
      response.writeHead(status, head).end(body)
      return
    }
    default:
      fault satisfies never
  }
}
