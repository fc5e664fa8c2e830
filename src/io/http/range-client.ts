// The one HTTP client: reads byte ranges and survives what networks do. Every answer is held against what was asked for
// and against what the file was when it was opened (length, ETag), so a server that lies, cuts or changes its mind is
// found out. Credentials go to the host they were meant for and to no other, and appear in no message.
import { setTimeout as sleep } from 'node:timers/promises'
import { MimicitError } from '../../base/errors.js'
import { version } from '../../base/version.js'
import { type Limit, limit } from './limit.js'
import { backoffMs, DEFAULT_RETRY, isTransient, type RetryPolicy } from './retry.js'

/** Headers for a request, asked for anew at every try (signatures expire). */
export type Authorise = (request: { readonly method: string; readonly url: URL }) => Promise<Record<string, string>>

/** Options of a client. */
export interface RangeClientOptions {
  /** Credentials; sent only to the origin of the location. */
  readonly authorise?: Authorise
  readonly retry?: Partial<RetryPolicy>
  /** Requests at once. @default 16 */
  readonly concurrency?: number
  /** Waits between tries; tests put their own clock here. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/** What is known of a remote file. */
export interface RemoteFacts {
  readonly byteLength: number
  /** Strong ETag, if the server gives one. */
  readonly etag: string | null
}

/** Counters, for people and for tests. */
export interface RangeClientStats {
  readonly requests: number
  readonly retries: number
  readonly bytes: number
}

/** Reads files by HTTP. */
export interface RangeClient {
  /** Length and ETag; undefined if there is no such file. */
  facts(url: URL): Promise<RemoteFacts | undefined>
  /**
   * Exactly the bytes [offset, offset + length).
   * @throws MimicitError MIMICIT_NETWORK when tries are exhausted, MIMICIT_SOURCE_CHANGED when the file is not the one
   * that was opened, MIMICIT_UNSUPPORTED when the server does not answer ranges
   */
  read(url: URL, offset: number, length: number, opened: RemoteFacts): Promise<Uint8Array>
  stats(): RangeClientStats
  /** Stops every request under way. */
  close(): void
}

const MAX_REDIRECTS = 5

/** A client for files below one origin. */
export function createRangeClient(options: RangeClientOptions = {}): RangeClient {
  const policy: RetryPolicy = { ...DEFAULT_RETRY, ...options.retry }
  const places: Limit = limit(options.concurrency ?? 16)
  const wait = options.wait ?? ((ms, signal) => sleep(ms, undefined, { signal }))
  const closed = new AbortController()
  let requests = 0
  let retries = 0
  let bytes = 0

  /** One request with redirects followed by hand, since a redirect must not carry credentials to another host. */
  const send = async (method: string, start: URL, headers: Record<string, string>, signal: AbortSignal) => {
    let url = start
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const secrets = url.origin === start.origin ? ((await options.authorise?.({ method, url })) ?? {}) : {}
      requests++
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': `mimicit/${version}`, 'accept-encoding': 'identity', ...headers, ...secrets },
        redirect: 'manual',
        signal,
      })
      const target = response.headers.get('location')
      if (response.status < 300 || response.status >= 400 || response.status === 304 || target === null) return response
      await response.body?.cancel()
      url = new URL(target, url)
      if (url.protocol !== 'https:' && url.protocol !== 'http:') break
    }
    throw new MimicitError('MIMICIT_NETWORK', {
      expected: `an answer after at most ${MAX_REDIRECTS} redirects`,
      where: describe(start),
      received: 'another redirect',
      hint: 'Check the address.',
    })
  }

  /** Tries until `attempt` gives something. It returns a Failure for what is worth another try and throws the rest. */
  const persist = async <T>(
    url: URL,
    attempt: (signal: AbortSignal, alive: () => void) => Promise<T | Failure>,
  ): Promise<T> => {
    let last = new Failure('nothing')
    for (let n = 1; n <= policy.tries; n++) {
      const watch = watchdog(policy.timeoutMs, closed.signal)
      try {
        const result = await attempt(watch.signal, watch.alive)
        if (!(result instanceof Failure)) return result
        last = result
      } catch (error) {
        if (closed.signal.aborted) throw stopped(url)
        if (error instanceof MimicitError) throw error
        const silent = watch.signal.aborted ? `silence for ${policy.timeoutMs} ms` : undefined
        last = new Failure(silent ?? reason(error), null, error)
      } finally {
        watch.done()
      }
      if (n === policy.tries) break
      retries++
      const ms = backoffMs(policy, n, last.retryAfter, Math.random(), Date.now())
      await wait(ms, closed.signal).catch(() => {
        throw stopped(url)
      })
    }
    throw new MimicitError('MIMICIT_NETWORK', {
      expected: 'an answer',
      where: describe(url),
      received: `${last.what}, after ${policy.tries} tries`,
      hint: 'The server or the network is in trouble; go on later, nothing was lost.',
      cause: last.cause,
    })
  }

  return {
    facts: (url) =>
      places(() =>
        persist<RemoteFacts | undefined>(url, async (signal) => {
          // A range of one byte instead of HEAD: many stores sign or redirect HEAD in another way.
          const response = await send('GET', url, { range: 'bytes=0-0' }, signal)
          await response.body?.cancel()
          if (response.status === 404 || response.status === 410) return undefined
          if (isTransient(response.status)) return failureOf(response)
          const etag = strongEtag(response)
          const total = /^bytes (?:0-0|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1]
          if ((response.status === 206 || response.status === 416) && total !== undefined) {
            return { byteLength: Number(total), etag }
          }
          if (response.status === 200) {
            const length = response.headers.get('content-length')
            if (length !== null) return { byteLength: Number(length), etag }
          }
          throw refused(url, response)
        }),
      ),
    read: (url, offset, length, opened) => {
      if (length === 0) return Promise.resolve(new Uint8Array(0))
      const target = new Uint8Array(length)
      // What a broken body has brought is kept: the next try asks for the rest only.
      let done = 0
      return places(() =>
        persist<Uint8Array>(url, async (signal, alive) => {
          const from = offset + done
          const to = offset + length - 1
          const headers: Record<string, string> = { range: `bytes=${from}-${to}` }
          if (opened.etag !== null) headers['if-match'] = opened.etag
          const response = await send('GET', url, headers, signal)
          const fail = async <F>(result: F): Promise<F> => {
            await response.body?.cancel()
            return result
          }
          if (isTransient(response.status)) return fail(failureOf(response))
          if (response.status === 412 || response.status === 416) throw await fail(changed(url, `status ${response.status}`))
          const whole = response.status === 200 && from === 0 && length === opened.byteLength
          if (response.status === 200 && !whole) throw await fail(noRanges(url))
          if (response.status !== 206 && !whole) throw await fail(refused(url, response))
          const etag = strongEtag(response)
          if (opened.etag !== null && etag !== null && etag !== opened.etag) {
            throw await fail(changed(url, `the ETag ${etag} instead of ${opened.etag}`))
          }
          if (!whole) {
            const range = response.headers.get('content-range') ?? 'no Content-Range'
            const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range)
            if (match?.[3] !== undefined && match[3] !== '*' && Number(match[3]) !== opened.byteLength) {
              throw await fail(changed(url, `${match[3]} bytes instead of ${opened.byteLength}`))
            }
            if (Number(match?.[1]) !== from || Number(match?.[2]) !== to) {
              return fail(new Failure(`the range ${range} instead of ${from}-${to}`))
            }
          }
          if (response.body === null) return new Failure('an answer without a body')
          for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
            alive()
            if (done + chunk.byteLength > length) {
              done = 0
              return new Failure('more bytes than were asked for')
            }
            target.set(chunk, done)
            done += chunk.byteLength
            bytes += chunk.byteLength
          }
          return done === length ? target : new Failure(`${done} of ${length} bytes`)
        }),
      )
    },
    stats: () => ({ requests, retries, bytes }),
    close: () => closed.abort(),
  }
}

/** Something that is worth another try. */
class Failure {
  readonly what: string
  readonly retryAfter: string | null
  readonly cause: unknown

  constructor(what: string, retryAfter: string | null = null, cause?: unknown) {
    this.what = what
    this.retryAfter = retryAfter
    this.cause = cause
  }
}

const failureOf = (response: Response) => new Failure(`status ${response.status}`, response.headers.get('retry-after'))

/** Aborts when nothing has been heard for a while, or when the client is closed. */
function watchdog(timeoutMs: number, closed: AbortSignal) {
  const controller = new AbortController()
  const abort = () => controller.abort()
  let timer = setTimeout(abort, timeoutMs)
  closed.addEventListener('abort', abort)
  if (closed.aborted) abort()
  return {
    signal: controller.signal,
    alive() {
      clearTimeout(timer)
      timer = setTimeout(abort, timeoutMs)
    },
    done() {
      clearTimeout(timer)
      closed.removeEventListener('abort', abort)
    },
  }
}

function strongEtag(response: Response): string | null {
  const etag = response.headers.get('etag')
  return etag === null || etag.startsWith('W/') ? null : etag
}

/** A URL as it may be shown: no user, no password, no query (which may hold a signature). */
export function describe(url: URL): string {
  return `${url.origin}${url.pathname}`
}

function reason(error: unknown): string {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause
  return cause?.code ?? cause?.message ?? (error as Error).message
}

const stopped = (url: URL) =>
  new MimicitError('MIMICIT_ABORTED', { expected: 'to finish', where: describe(url), received: 'a request to stop' })

const changed = (url: URL, received: string) =>
  new MimicitError('MIMICIT_SOURCE_CHANGED', {
    expected: 'the file as it was when it was opened',
    where: describe(url),
    received,
    hint: 'It was replaced while being read; open the data set again, or pin a revision.',
  })

const noRanges = (url: URL) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'a server that answers byte ranges',
    where: describe(url),
    received: 'the whole file for a part of it',
    hint: 'Serve the data set with range requests, or copy it to a local directory.',
  })

function refused(url: URL, response: Response): MimicitError {
  const denied = response.status === 401 || response.status === 403
  return new MimicitError(response.status === 404 ? 'MIMICIT_NOT_FOUND' : 'MIMICIT_NETWORK', {
    expected: 'the file',
    where: describe(url),
    received: `status ${response.status}`,
    hint: denied ? 'Check the credentials in the environment.' : 'Check the address.',
  })
}
