// One call over HTTP with connections that are kept open: a third of the work of `fetch`, and work is what bounds how many
// calls one process can keep under way. An answer is not followed elsewhere, and comes as it was sent, not compressed.
import { Agent, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import type { Socket } from 'node:net'
import { version } from '../base/version.js'
import { describeUrl } from '../io/location.js'
import { CallFailure } from './call-failure.js'

/** What is sent. */
export interface HttpCall {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** Ends it, its answer included. */
  readonly signal: AbortSignal
}

/** Headers by their names in lower case. */
export interface HttpHeaders {
  get(name: string): string | null
}

/** What comes back. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: HttpHeaders
  /** In pieces; to be read to its end, or left by leaving the loop. */
  readonly body: AsyncIterable<Uint8Array>
  /** All of it. @throws CallFailure MIMICIT_BAD_REPLY for one that no answer can be */
  text(): Promise<string>
}

/** Error code of a connection that did not come about in time: nothing was sent. */
export const CONNECT_TIMEOUT = 'CONNECT_TIMEOUT'
const CONNECT_MS = 10_000
/** Longer answers are no answers. */
const MOST_BYTES = 64 << 20

const agent = new Agent({ keepAlive: true })
const secureAgent = new SecureAgent({ keepAlive: true })

/** Sends once. @throws what the connection gives, with a `code`; an AbortError when the signal fires */
export function exchange(url: URL, { method, headers, body, signal }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isSecure = url.protocol === 'https:'
    const options = {
      ...{ method, signal, agent: isSecure ? secureAgent : agent },
      headers: {
        ...{ 'user-agent': `mimicit/${version}`, ...headers },
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
    }
    const answered = (message: IncomingMessage) => resolve(answerOf(url, message))
    const request = isSecure ? secureRequest(url, options, answered) : plainRequest(url, options, answered)
    request.on('error', reject)
    request.once('socket', (socket: Socket) => {
      if (!socket.connecting) return
      const late = Object.assign(new Error('no connection in time'), { code: CONNECT_TIMEOUT })
      const timer = setTimeout(() => request.destroy(late), CONNECT_MS)
      socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    })
    request.end(body)
  })
}

function answerOf(url: URL, message: IncomingMessage): HttpAnswer {
  return {
    status: message.statusCode ?? 0,
    headers: {
      get(name) {
        const value = message.headers[name]
        return Array.isArray(value) ? value.join(', ') : (value ?? null)
      },
    },
    body: message,
    async text() {
      const chunks: Uint8Array[] = []
      let bytes = 0
      for await (const chunk of message as AsyncIterable<Uint8Array>) {
        bytes += chunk.byteLength
        if (bytes > MOST_BYTES) throw tooLong(url)
        chunks.push(chunk)
      }
      return Buffer.concat(chunks).toString('utf8')
    },
  }
}

const tooLong = (url: URL) =>
  new CallFailure(
    'MIMICIT_BAD_REPLY',
    { expected: `an answer of at most ${MOST_BYTES} bytes`, where: describeUrl(url), received: 'a longer one' },
    { outlook: 'later', maybePaid: true },
  )
