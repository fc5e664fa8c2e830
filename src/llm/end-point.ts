// Talking to an OpenAI-compatible server: where it is, who we are, and what its answers mean before anybody looks at their
// content. The key comes from the environment, goes to the server's own origin only, and stands in no message and no answer:
// whatever a server says of it is blotted out.
import { MimicitError, show } from '../base/errors.js'
import { type Clock, systemClock } from '../io/http/clock.js'
import { failureOfThrown } from '../io/http/network-error.js'
import { isTransient, parseRetryAfter } from '../io/http/retry.js'
import { describeUrl } from '../io/location.js'
import { CallFailure } from './call-failure.js'
import { CONNECT_TIMEOUT, exchange, type HttpAnswer, type HttpHeaders } from './http-exchange.js'

/** Where a server is. */
export interface EndPointOptions {
  /** Address up to and without `/chat/completions`: `https://api.openai.com/v1`, `http://localhost:8000/v1`. */
  readonly baseUrl: string
  /** Environment variable that holds the key. Where it is not set, none is sent. @default 'OPENAI_API_KEY' */
  readonly apiKeyEnv?: string | undefined
  /** Milliseconds one call may take. @default 180000 */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** An answer with status 200. */
export interface EndPointAnswer {
  readonly headers: HttpHeaders
  readonly text: string
}

/** What is sent. */
export interface EndPointCall {
  readonly method: 'GET' | 'POST'
  /** Behind the base address, with its `/`. */
  readonly path: string
  readonly body?: string | FormData
  readonly accept?: string
  /** Called with the headers of every answer, good or bad. */
  readonly onHeaders?: (headers: HttpHeaders) => void
}

/** A server. */
export interface EndPoint {
  /** As it may be shown. */
  readonly location: string
  /** A text without the key, should a server have written it there. */
  blot(text: string): string
  /**
   * Sends once.
   * @param read takes the answer with status 200; by default its whole text
   * @throws CallFailure; MimicitError MIMICIT_ABORTED
   */
  call(call: EndPointCall, signal: AbortSignal): Promise<EndPointAnswer>
  call<T>(call: EndPointCall, signal: AbortSignal, read: (answer: HttpAnswer) => Promise<T>): Promise<T>
}

/** So much of what a server says about a refusal is told. */
const MOST_SHOWN = 300

/**
 * A server at an address.
 * @throws MimicitError MIMICIT_BAD_VALUE
 */
export function createEndPoint(options: EndPointOptions): EndPoint {
  const { apiKeyEnv = 'OPENAI_API_KEY', timeoutMs = 180_000, clock = systemClock } = options
  const base = parseBase(options.baseUrl)
  // Read anew for every call: nothing of ours holds it.
  const key = () => process.env[apiKeyEnv]?.trim() || undefined
  const blot = (text: string) => {
    const secret = key()
    return secret === undefined ? text : text.replaceAll(secret, '[key]')
  }
  const urlOf = (path: string) => new URL(`${base.pathname.replace(/\/+$/, '')}${path}${base.search}`, base)
  const call = async <T>(
    { method, path, body, accept = 'application/json', onHeaders }: EndPointCall,
    signal: AbortSignal,
    read: (answer: HttpAnswer) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted()
    const secret = key()
    if (secret !== undefined && !/^[\x21-\x7e]+$/.test(secret)) throw noKey(apiKeyEnv)
    const url = urlOf(path)
    const stop = new AbortController()
    const onAbort = () => stop.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    let isLate = false
    const callOff = clock.after(timeoutMs, () => {
      isLate = true
      stop.abort()
    })
    const { bytes, type } = await encoded(body)
    const headers = {
      accept,
      ...(type !== null && { 'content-type': type }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    }
    try {
      // A redirect would turn a POST into a GET, or carry the key elsewhere.
      const answer = await exchange(url, { method, headers, body: bytes, signal: stop.signal })
      onHeaders?.(answer.headers)
      if (answer.status === 200) return await read(answer)
      const said = blot(await answer.text().catch(() => ''))
      throw refusal(url, answer, said, apiKeyEnv, secret !== undefined, clock.now())
    } catch (error) {
      if (error instanceof CallFailure) throw blotted(error, blot)
      if (error instanceof MimicitError) throw error
      if (signal.aborted) throw signal.reason
      throw isLate ? tooLate(url, timeoutMs) : broken(url, error)
    } finally {
      callOff()
      signal.removeEventListener('abort', onAbort)
    }
  }
  const whole = async (answer: HttpAnswer): Promise<EndPointAnswer> => ({
    headers: answer.headers,
    text: blot(await answer.text()),
  })
  return {
    blot,
    location: describeUrl(base).replace(/\/+$/, ''),
    call: <T>(what: EndPointCall, signal: AbortSignal, read?: (answer: HttpAnswer) => Promise<T>) =>
      call(what, signal, read ?? (whole as unknown as (answer: HttpAnswer) => Promise<T>)),
  } as EndPoint
}

/** A body as it goes over the wire; files in the form that a browser sends them. */
async function encoded(body: string | FormData | undefined) {
  if (body === undefined) return { bytes: undefined, type: null }
  if (typeof body === 'string') return { bytes: body, type: 'application/json' }
  const form = new Response(body)
  return { bytes: Buffer.from(await form.arrayBuffer()), type: form.headers.get('content-type') }
}

function parseBase(baseUrl: string): URL {
  const bad = (expected: string, received: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', {
      expected,
      where: 'the address of the language model (--base-url)',
      received,
      hint: 'It looks like https://api.openai.com/v1 or http://localhost:8000/v1.',
    })
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw bad('an http(s) address', show(baseUrl))
  if (url.username !== '' || url.password !== '') throw bad('an address without user and password', 'one with them')
  url.hash = ''
  return url
}

/** The same failure without the key. */
function blotted(failure: CallFailure, blot: (text: string) => string): CallFailure {
  const received = blot(failure.parts.received)
  if (received === failure.parts.received) return failure
  return new CallFailure(failure.code, { ...failure.parts, received }, failure.facts)
}

/** Statuses of those who stand between: the server behind them may have worked, and may charge for it. */
const isOfGateway = (status: number) => status === 502 || status === 504 || (status >= 520 && status <= 524)

/** An answer that is no answer. The server itself does not charge for it. */
function refusal(
  url: URL,
  { status, headers }: HttpAnswer,
  said: string,
  apiKeyEnv: string,
  hasKey: boolean,
  now: number,
): CallFailure {
  // A date is by the server's clock, which need not agree with ours.
  const theirs = Date.parse(headers.get('date') ?? '')
  const wait = parseRetryAfter(headers.get('retry-after') ?? '', Number.isNaN(theirs) ? now : theirs)
  const facts = { maybePaid: isOfGateway(status), ...(wait !== undefined && wait > 0 && { retryAfterMs: wait }) }
  const parts = { expected: 'an answer', where: describeUrl(url), received: `status ${status}${wordsOf(said)}` }
  // No money left looks like too many calls, but does not pass.
  if (status === 429 && /insufficient_quota/.test(said)) {
    return new CallFailure(
      'MIMICIT_NETWORK',
      { ...parts, hint: 'The account has nothing left; top it up, or use another key.' },
      { ...facts, outlook: 'hopeless' },
    )
  }
  if (isTransient(status) || status === 409) {
    const throttled = status === 429 || status === 503 || status === 529
    return new CallFailure('MIMICIT_NETWORK', parts, { ...facts, outlook: 'later', throttled })
  }
  if (status === 400 || status === 413 || status === 422) {
    return new CallFailure(
      'MIMICIT_REFUSED',
      { ...parts, hint: 'Mend what it is made of.' },
      { ...facts, outlook: 'never' },
    )
  }
  const hint =
    status === 401 || status === 403
      ? hasKey
        ? `Check the key in the environment variable ${apiKeyEnv}.`
        : `Put the key into the environment variable ${apiKeyEnv}.`
      : status >= 300 && status < 400
        ? 'The server is somewhere else; give that address.'
        : 'Check the address and the name of the model.'
  return new CallFailure('MIMICIT_NETWORK', { ...parts, hint }, { ...facts, outlook: 'hopeless' })
}

/** What a server says, as its `error.message` or as it stands. */
function wordsOf(said: string): string {
  let text = said
  try {
    const { error } = JSON.parse(said) as { error?: { message?: unknown } | string }
    text = typeof error === 'string' ? error : typeof error?.message === 'string' ? error.message : said
  } catch {
    // A page of a proxy, or nothing.
  }
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' ? '' : ` (${line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN - 1)}…` : line})`
}

const noKey = (apiKeyEnv: string) =>
  new CallFailure(
    'MIMICIT_BAD_VALUE',
    {
      ...{ expected: 'a key of printable characters', where: `the environment variable ${apiKeyEnv}` },
      ...{ received: 'one with others', hint: 'It goes into a header; copy it again.' },
    },
    { outlook: 'hopeless', maybePaid: false },
  )

const tooLate = (url: URL, timeoutMs: number) =>
  new CallFailure(
    'MIMICIT_NETWORK',
    { expected: 'an answer', where: describeUrl(url), received: `none within ${timeoutMs} ms` },
    { outlook: 'later', maybePaid: true, throttled: true },
  )

/** Errors of connections that never were: nothing was sent. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', CONNECT_TIMEOUT])

function broken(url: URL, error: unknown): CallFailure {
  const { what } = failureOfThrown(error)
  return new CallFailure(
    'MIMICIT_NETWORK',
    { expected: 'an answer', where: describeUrl(url), received: what, hint: 'Is the server running there?' },
    { outlook: 'later', maybePaid: !UNSENT.has(what) },
  )
}
