// How the page asks the server.
import { useEffect, useState } from 'preact/hooks'

/** What the server said was wrong. */
export class ApiError extends Error {
  readonly code: string | undefined

  constructor(body: { readonly message?: string; readonly code?: string }, otherwise: string) {
    super(body.message ?? otherwise)
    this.code = body.code
  }
}

/** Query parameters; undefined and empty ones are left out. */
export type Params = Readonly<Record<string, string | number | undefined>>

export function withParams(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text === '' ? path : `${path}?${text}`
}

async function read<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T
  const body = await response.json().catch(() => ({}))
  throw new ApiError(body as { message?: string; code?: string }, `The server answered ${response.status}.`)
}

const GONE =
  'The server of this page does not answer: its command was ended. Start it again, and open the address that it prints.'

/** Asks, and says in words where nobody answers. */
async function ask<T>(url: string, how: RequestInit): Promise<T> {
  const response = await fetch(url, how).catch((error: Error) => {
    throw error.name === 'AbortError' ? error : new Error(GONE, { cause: error })
  })
  return read<T>(response)
}

export const get = <T>(url: string, signal?: AbortSignal): Promise<T> =>
  ask(url, signal === undefined ? {} : { signal })

export const post = <T>(url: string, body: unknown): Promise<T> =>
  ask(url, { method: 'POST', body: JSON.stringify(body) })

export const remove = (url: string): Promise<unknown> => fetch(url, { method: 'DELETE' }).catch(() => undefined)

/** What is known of something that was asked for. */
export interface Loaded<T> {
  /** The last answer; it stays while the next one is awaited. */
  readonly value: T | undefined
  /** What that answer was asked for with, which may not be the last question. */
  readonly url: string | undefined
  readonly error: Error | undefined
  readonly loading: boolean
}

/** Asks for a URL whenever it changes; undefined asks for nothing. */
export function useGet<T>(url: string | undefined): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({
    ...{ value: undefined, error: undefined, loading: url !== undefined, url: undefined },
  })
  useEffect(() => {
    if (url === undefined) {
      setState({ value: undefined, error: undefined, loading: false, url })
      return
    }
    const leaving = new AbortController()
    setState((before) => ({ ...before, error: undefined, loading: true }))
    get<T>(url, leaving.signal).then(
      (value) => {
        // An answer that was read to its end before its question was left would take the place of a newer one.
        if (!leaving.signal.aborted) setState({ value, error: undefined, loading: false, url })
      },
      (error: Error) => {
        if (!leaving.signal.aborted) setState({ value: undefined, error, loading: false, url })
      },
    )
    return () => leaving.abort()
  }, [url])
  return state
}

/**
 * Hears server-sent events until they end.
 * @returns what ends it before
 */
export function listen<T>(url: string, onEvent: (event: T) => void, onFault: (error: Error) => void): () => void {
  const source = new EventSource(url)
  source.onmessage = ({ data }) => onEvent(JSON.parse(data as string) as T)
  source.addEventListener('end', () => source.close())
  source.addEventListener('fault', ({ data }) => {
    source.close()
    onFault(new ApiError(JSON.parse(data as string) as { message: string; code?: string }, 'It failed.'))
  })
  // Left to itself the browser would ask again and again, with nobody told that what is shown no longer changes.
  source.onerror = () => {
    source.close()
    onFault(new Error(GONE))
  }
  return () => source.close()
}
