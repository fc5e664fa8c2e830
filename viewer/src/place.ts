// Where in the viewer somebody is: the part behind # of the address, so that every view can be linked to and gone back from.
import { useEffect, useState } from 'preact/hooks'

/** A place: its path, and what else it says. */
export interface Place {
  readonly path: readonly string[]
  readonly params: Readonly<Record<string, string>>
}

function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return { path: path.split('/').filter((part) => part !== ''), params: Object.fromEntries(new URLSearchParams(query)) }
}

/** The address of a place. */
export function placeHref(path: readonly (string | number)[], params: Readonly<Record<string, unknown>> = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return `#/${path.join('/')}${text === '' ? '' : `?${text}`}`
}

/** Goes there. @param replace leaves no trace in the history */
export function go(href: string, replace = false): void {
  if (replace) {
    history.replaceState(null, '', href)
    dispatchEvent(new HashChangeEvent('hashchange'))
  } else location.hash = href
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parsePlace(location.hash))
  useEffect(() => {
    const moved = () => setPlace(parsePlace(location.hash))
    addEventListener('hashchange', moved)
    return () => removeEventListener('hashchange', moved)
  }, [])
  return place
}
