// Opens an address in the browser of whoever sits at this machine; where there is none, the printed address has to do.
import { spawn } from 'node:child_process'

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Never throws and never waits. */
export function openInBrowser(url: string): void {
  // Nobody sits there: a pipe, a job, a machine that is reached by ssh.
  if (!process.stdout.isTTY || process.env.SSH_CONNECTION !== undefined) return
  const [program, ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  child.on('error', () => undefined)
  child.unref()
}
