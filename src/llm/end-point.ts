// Talking to an OpenAI-compatible server: where it is, who we are, and what its answers mean before anybody looks at their
// content. The key comes from the environment, goes to the server's own origin only, and stands in no message: whatever a
// server says about it is blotted out.
import { MimicitError, show } from '../base/errors.js'
import { type Clock, systemClock } from '../io/http/clock.js'
import { failureOfThrown } from '../io/http/network-error.js'
import { isTransient, parseRetryAfter } from '../io/http/retry.js'
import { describeUrl } from '../io/location.js'
import { CallFailure } from './call-failure.js'

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
  readonly headers: Headers
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
  readonly onHeaders?: (headers: Headers) => void
}

/** A server. */
export interface EndPoint {
  /** As it may be shown. */
  readonly location: string
  /**
   * Sends once.
   * @param read takes the answer with status 200; by default its whole text
   * @throws CallFailure; MimicitError MIMICIT_ABORTED
   */
  call(call: EndPointCall, signal: AbortSignal): Promise<EndPointAnswer>
  call<T>(call: EndPointCall, signal: AbortSignal, read: (response: Response) => Promise<T>): Promise<T>
}

/** Longer answers are no answers. */
const MOST_BYTES = 64 << 20
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
  const key = () => process.env[apiKeyEnv] || undefined
  const blot = (text: string) => {
    const secret = key()
    return secret === undefined ? text : text.replaceAll(secret, '[key]')
  }
  const urlOf = (path: string) => new URL(`${base.pathname.replace(/\/+$/, '')}${path}${base.search}`, base)
  const call = async <T>(
    { method, path, body, accept = 'application/json', onHeaders }: EndPointCall,
    signal: AbortSignal,
    read: (response: Response) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted()
    const url = urlOf(path)
    const stop = new AbortController()
    const onAbort = () => stop.abort()
    signal.addEventListener('abort', onAbort, { once: true })
    let isLate = false
    const callOff = clock.after(timeoutMs, () => {
      isLate = true
      stop.abort()
    })
    const secret = key()
    const headers = {
      accept,
      ...(typeof body === 'string' && { 'content-type': 'application/json' }),
      ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
    }
    try {
      // A redirect would turn a POST into a GET, or carry the key elsewhere.
      const response = await fetch(url, {
        ...{ method, headers, signal: stop.signal, redirect: 'manual' },
        ...(body !== undefined && { body }),
      })
      onHeaders?.(response.headers)
      if (response.status === 200) return await read(response)
      const said = blot(await textOf(response).catch(() => ''))
      throw refusal(url, response, said, apiKeyEnv, secret !== undefined, clock.now())
    } catch (error) {
      if (error instanceof MimicitError) throw error
      if (signal.aborted) throw signal.reason
      throw isLate ? tooLate(url, timeoutMs) : broken(url, error)
    } finally {
      callOff()
      signal.removeEventListener('abort', onAbort)
    }
  }
  const whole = async (response: Response): Promise<EndPointAnswer> => ({
    headers: response.headers,
    text: await textOf(response),
  })
  return {
    location: describeUrl(base).replace(/\/+$/, ''),
    call: <T>(what: EndPointCall, signal: AbortSignal, read?: (response: Response) => Promise<T>) =>
      call(what, signal, read ?? (whole as unknown as (response: Response) => Promise<T>)),
  } as EndPoint
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

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MOST_BYTES) {
      throw new CallFailure(
        'MIMICIT_BAD_REPLY',
        {
          expected: `an answer of at most ${MOST_BYTES} bytes`,
          where: describeUrl(new URL(response.url)),
          received: 'a longer one',
        },
        { outlook: 'later', maybePaid: true },
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** An answer that is no answer. Nobody charges for it. */
function refusal(
  url: URL,
  response: Response,
  said: string,
  apiKeyEnv: string,
  hasKey: boolean,
  now: number,
): CallFailure {
  const { status, headers } = response
  const wait = parseRetryAfter(headers.get('retry-after') ?? '', now)
  const facts = { maybePaid: false, ...(wait !== undefined && wait > 0 && { retryAfterMs: wait }) }
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

const tooLate = (url: URL, timeoutMs: number) =>
  new CallFailure(
    'MIMICIT_NETWORK',
    { expected: 'an answer', where: describeUrl(url), received: `none within ${timeoutMs} ms` },
    { outlook: 'later', maybePaid: true, throttled: true },
  )

/** Errors of connections that never were: nothing was sent. */
const UNSENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function broken(url: URL, error: unknown): CallFailure {
  const { what } = failureOfThrown(error)
  return new CallFailure(
    'MIMICIT_NETWORK',
    { expected: 'an answer', where: describeUrl(url), received: what, hint: 'Is the server running there?' },
    { outlook: 'later', maybePaid: !UNSENT.has(what) },
  )
}
