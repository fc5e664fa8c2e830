// A search on the server, and how far it is.
import { useEffect, useState } from 'preact/hooks'
import type { Filter, SearchProgress } from '../../../src/serve/wire.js'
import { listen, post, remove } from '../api.js'

/** A search that runs, has run, or that nobody asked for. */
export interface SearchState {
  readonly progress: SearchProgress | undefined
  readonly error: Error | undefined
  /** Ends it where it is; what was found stays. */
  readonly stop: () => void
}

/** Searches whenever the filter changes. An empty filter is no search. */
export function useSearch(filter: Filter): SearchState {
  const key = JSON.stringify(filter)
  const [progress, setProgress] = useState<SearchProgress>()
  const [error, setError] = useState<Error>()
  const [stop, setStop] = useState<() => void>(() => () => undefined)
  useEffect(() => {
    setError(undefined)
    if (key === '{}') {
      setProgress(undefined)
      return
    }
    let left = false
    let leave: () => void = () => undefined
    let id: string | undefined
    post<SearchProgress>('/api/searches', JSON.parse(key)).then(
      (begun) => {
        id = begun.id
        if (left) return void remove(`/api/searches/${id}`)
        setProgress(begun)
        leave = listen<SearchProgress>(`/api/searches/${id}`, setProgress, (message) => setError(new Error(message)))
        setStop(() => () => {
          leave()
          setProgress((last) => last && { ...last, finished: true })
          void post(`/api/searches/${id}/stop`, {})
        })
      },
      (failure: Error) => setError(failure),
    )
    return () => {
      left = true
      leave()
      if (id !== undefined) void remove(`/api/searches/${id}`)
    }
  }, [key])
  return { progress, error, stop }
}
