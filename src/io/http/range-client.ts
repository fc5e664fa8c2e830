// The one HTTP client: reads byte ranges and survives what networks do. Every answer is held against what was asked for
// and against what the file was when it was opened (length, ETag), so a server that lies, cuts or changes its mind is
// found out. How it tries again is in persist.ts, how redirects and credentials go together in send.ts.
import { setMaxListeners } from 'node:events'
import { type Limit, limit } from '../../base/limit.js'
import type { StoreStats } from '../readable.js'
import { type Clock, systemClock } from './clock.js'
import { factsOf, failureOf, judge, type RemoteFacts } from './judge.js'
import { Failure, refused, stopped, unable } from './network-error.js'
import { type Patience, persist, type Try } from './persist.js'
import { DEFAULT_RETRY, isTransient, type RetryPolicy } from './retry.js'
import { type Authorise, createSender, discard, type RequestHeaders } from './send.js'

/** How a client behaves on the network: plain data, so that it can cross to a worker thread. */
export interface NetworkOptions extends Partial<RetryPolicy> {
  /** Requests at once. @default 16 */
  readonly concurrency?: number
}

/** Options of a client. */
export interface RangeClientOptions extends NetworkOptions {
  /** Credentials; sent only to the origin that a request starts at. */
  readonly authorise?: Authorise
  readonly clock?: Clock
  /** Stops every request for good, like `close`. */
  readonly signal?: AbortSignal | undefined
}

/** Reads files by HTTP. */
export interface RangeClient {
  /** Length and version; undefined if there is no such file. */
  facts(url: URL): Promise<RemoteFacts | undefined>
  /**
   * Exactly the bytes [offset, offset + length), in a buffer of their own.
   * @throws MimicitError MIMICIT_NETWORK when tries are exhausted, MIMICIT_SOURCE_CHANGED when the file is not the one
   * that was opened, MIMICIT_UNSUPPORTED when the server does not answer ranges, MIMICIT_ABORTED when it was stopped
   */
  read(url: URL, offset: number, length: number, opened: RemoteFacts): Promise<Uint8Array>
  /** A whole answer of at most `maxBytes`, as an API gives it. */
  whole(url: URL, maxBytes: number): Promise<Uint8Array>
  /** As `whole`; undefined where the server has no such thing, or not for us (status 401, 403, 404, 405, 501). */
  wholeIfGiven(url: URL, maxBytes: number): Promise<Uint8Array | undefined>
  stats(): StoreStats
  /** Stops every request under way and waits for its end. */
  close(): Promise<void>
}

const NONE: ReadonlySet<number> = new Set()
const NOT_GIVEN: ReadonlySet<number> = new Set([401, 403, 404, 405, 501])

/** A client for files below one origin. */
export function createRangeClient(options: RangeClientOptions = {}): RangeClient {
  const { concurrency, authorise, clock = systemClock, signal, ...policy } = options
  const stop = new AbortController()
  // Each request under way listens, and they are bounded by places.
  setMaxListeners(0, stop.signal)
  const onAbort = () => stop.abort()
  if (signal?.aborted) stop.abort()
  signal?.addEventListener('abort', onAbort, { once: true })
  const places: Limit = limit(concurrency ?? 16)
  const sender = createSender(authorise)
  const running = new Set<Promise<unknown>>()
  let retries = 0
  let bytes = 0
  const patience: Patience = {
    policy: { ...DEFAULT_RETRY, ...withoutUndefined(policy) },
    clock,
    stop: stop.signal,
    onRetry: () => retries++,
  }

  /** Runs tries in one of the places; whoever waits for a place when everything stops, never begins. */
  const run = async <T>(url: URL, size: number, attempt: (one: Try) => Promise<T | Failure>): Promise<T> => {
    if (stop.signal.aborted) throw stopped(url)
    const work = places(() => persist(url, size, patience, attempt))
    running.add(work)
    try {
      return await work
    } finally {
      running.delete(work)
    }
  }
  /** Sends; what fails before there is an answer may be the fault of a remembered redirect. */
  const send = async (url: URL, headers: RequestHeaders, one: Try) => {
    try {
      return await sender.get(url, headers, one.signal)
    } catch (error) {
      sender.forget(url)
      throw error
    }
  }
  /** Appends what an answer brings to what is there already. */
  const fill = async (response: Response, target: Target, one: Try): Promise<Uint8Array | Failure> => {
    const missing = target.bytes.byteLength - target.filled
    const framed = Number(response.headers.get('content-length') ?? Number.NaN) === missing
    for await (const chunk of chunksOf(response)) {
      if (target.filled + chunk.byteLength > target.bytes.byteLength) {
        // Whoever sends too much may have sent something else altogether.
        target.filled = one.kept = 0
        return new Failure('more bytes than were asked for')
      }
      target.bytes.set(chunk, target.filled)
      target.filled += chunk.byteLength
      one.kept += chunk.byteLength
      bytes += chunk.byteLength
      one.alive()
      // Where the answer names its length, its end is certain and the connection can be used again. Where it does not, it
      // may never end, and everything is here.
      if (target.filled === target.bytes.byteLength && !framed) break
    }
    if (target.filled === target.bytes.byteLength) return target.bytes
    return new Failure(`a body cut short after ${target.filled} of ${target.bytes.byteLength} bytes`)
  }

  const whole = (url: URL, maxBytes: number, refusals: ReadonlySet<number>) =>
    run<Uint8Array | undefined>(url, maxBytes, async (one) => {
      const response = await send(url, {}, one)
      if (response.status !== 200) {
        await discard(response)
        if (refusals.has(response.status)) return undefined
        if (isTransient(response.status)) return failureOf(response)
        throw refused(url, response)
      }
      const chunks: Uint8Array[] = []
      let size = 0
      for await (const chunk of chunksOf(response)) {
        size += chunk.byteLength
        if (size > maxBytes) throw unable(url, `an answer of at most ${maxBytes} bytes`, 'a longer one')
        chunks.push(chunk)
        one.alive()
      }
      bytes += size
      return Buffer.concat(chunks)
    })

  return {
    facts: (url) =>
      run<RemoteFacts | undefined>(url, 1, async (one) => {
        // A range of one byte instead of HEAD: many stores sign or redirect HEAD in another way.
        const response = await send(url, { range: 'bytes=0-0' }, one)
        await discard(response)
        if (response.status === 404 || response.status === 410) return undefined
        return factsOf(url, response)
      }),
    async read(url, offset, length, opened) {
      // What a broken body has brought is kept: the next try asks for the rest only.
      const target: Target = { bytes: new Uint8Array(length), filled: 0 }
      if (length === 0) return target.bytes
      const whole = offset === 0 && length === opened.byteLength
      const guard: RequestHeaders = opened.etag === null ? {} : { 'if-match': opened.etag }
      return run(url, length, async (one) => {
        const from = offset + target.filled
        const to = offset + length - 1
        const response = await send(url, { range: `bytes=${from}-${to}`, ...guard }, one)
        const verdict = judge(response, { url, from, to, whole, opened })
        if (verdict !== undefined) {
          await discard(response)
          if (verdict instanceof Failure) return verdict
          throw verdict
        }
        if (response.status === 200) target.filled = 0
        return fill(response, target, one)
      })
    },
    whole: async (url, maxBytes) => (await whole(url, maxBytes, NONE))!,
    wholeIfGiven: (url, maxBytes) => whole(url, maxBytes, NOT_GIVEN),
    stats: () => ({ requests: sender.requests, retries, bytes }),
    async close() {
      signal?.removeEventListener('abort', onAbort)
      stop.abort()
      await Promise.allSettled(running)
    },
  }
}

/** Bytes on their way to being complete. */
interface Target {
  readonly bytes: Uint8Array
  filled: number
}

const chunksOf = ({ body }: Response) => (body ?? []) as unknown as AsyncIterable<Uint8Array>

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T
}
