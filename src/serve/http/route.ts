// What the server answers: routes as data, replies as data. How they become bytes on a connection is in server.ts alone.

/** A request that has passed the guard. */
export interface Call {
  /** The parts of the path that the route names with a colon. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** The body as JSON. @throws MimicitError MIMICIT_BAD_JSON, MIMICIT_TOO_LONG */
  body(): Promise<unknown>
  /** Fires when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** An answer. */
export type Reply =
  | { readonly kind: 'json'; readonly value: unknown }
  /** `keepMs`: how long a browser may keep it; 0 = not at all. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly type: string; readonly keepMs: number }
  /** Server-sent events, each a JSON value. */
  | { readonly kind: 'events'; readonly events: AsyncIterable<unknown> }

/** One thing that the server can be asked. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `/api/pairs/:row` */
  readonly path: string
  handle(call: Call): Promise<Reply> | Reply
}

export const json = (value: unknown): Reply => ({ kind: 'json', value })

/** The route of a path with what its colons stand for; `other` where only the method is wrong. */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | 'other' | undefined {
  let known = false
  const parts = path.split('/')
  for (const route of routes) {
    const params = matchPath(route.path.split('/'), parts)
    if (params === undefined) continue
    if (route.method === method) return { route, params }
    known = true
  }
  return known ? 'other' : undefined
}

function matchPath(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, name] of pattern.entries()) {
    const part = parts[i]!
    if (!name.startsWith(':')) {
      if (name !== part) return undefined
      continue
    }
    try {
      params[name.slice(1)] = decodeURIComponent(part)
    } catch {
      return undefined
    }
  }
  return params
}
