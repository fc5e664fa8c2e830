// Locations as text: which scheme they have, and what of them may be shown. A user, a password and a query (which may
// hold a signature) are credentials: they are used, and never appear in a message, a log or a file.

/** The scheme of a location in small letters; a location without one is a path, `file`. */
export function schemeOf(location: string): string {
  return /^([a-z][a-z0-9+.-]+):\/\//i.exec(location)?.[1]?.toLowerCase() ?? 'file'
}

/** Whether a location is a path or `file:` URL of this machine. */
export const isLocal = (location: string): boolean => schemeOf(location) === 'file'

/** A location as it may be shown: without user, password, query and fragment. */
export function publicLocation(location: string): string {
  if (isLocal(location)) return location
  const bare = location.replace(/[?#].*$/s, '')
  // The `@` of `hf://datasets/org/name@rev` stands before a revision; everywhere else it ends a user and password.
  return schemeOf(location) === 'hf' ? bare : bare.replace(/^([^:]+:\/\/)[^/]*@/, '$1')
}

/** A URL as it may be shown. */
export const describeUrl = (url: URL): string => `${url.origin}${url.pathname}`
