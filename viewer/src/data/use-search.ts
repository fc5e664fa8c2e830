// A search on the server, and how far it is.
import { useEffect, useState } from 'preact/hooks'
import type { Filter, SearchProgress } from '../../../src/serve/wire.js'
import { listen, post, remove } from '../api.js'

/** A search that runs, has run, or that nobody asked for. */
export interface SearchState {
  /** Undefined until the server has begun it. */
  readonly progress: SearchProgress | undefined
  readonly error: Error | undefined
  /** Ends it where it is; what was found stays. */
  readonly stop: () => void
}

interface Known {
  /** The filter that this is of: what is known of another one is not shown for it. */
  readonly key: string
  readonly progress?: SearchProgress
  readonly error?: Error
}

/** Searches whenever the filter changes. An empty filter is no search. */
export function useSearch(filter: Filter): SearchState {
  const key = JSON.stringify(filter)
  const [known, setKnown] = useState<Known>({ key })
  useEffect(() => {
    if (key === '{}') return
    let id: string | undefined
    let left = false
    let leave: () => void = () => undefined
    const fail = (error: Error) => setKnown((before) => ({ ...(before.key === key ? before : {}), key, error }))
    post<SearchProgress>('/api/searches', JSON.parse(key)).then((begun) => {
      id = begun.id
      if (left) return void remove(`/api/searches/${id}`)
      const tell = (progress: SearchProgress) => setKnown({ key, progress })
      tell(begun)
      leave = listen(`/api/searches/${id}`, tell, fail)
    }, fail)
    return () => {
      left = true
      leave()
      if (id !== undefined) void remove(`/api/searches/${id}`)
    }
  }, [key])
  const { progress, error } = known.key === key ? known : { progress: undefined, error: undefined }
  return {
    progress,
    error,
    // The server says that it has ended, and how far it came.
    stop: () => progress && void post(`/api/searches/${progress.id}/stop`, {}),
  }
}
