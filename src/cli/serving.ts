// A command that serves until it is stopped.
import type { LocalServer } from '../serve/http/server.js'
import { print, printJson } from './table.js'

/** How a server is announced. */
export interface Announcement {
  /** What is served. */
  readonly what: string
  readonly json: true | undefined
}

/** Says where a server is, waits for Ctrl-C (or SIGTERM), and closes it. */
export async function serveUntilStopped(server: LocalServer, { what, json }: Announcement): Promise<void> {
  if (json) printJson({ url: server.url })
  else print(`${what} is at ${server.url}\nonly on this machine, and only with this address; Ctrl-C ends it\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  await server.close()
}
