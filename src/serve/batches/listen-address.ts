// Where batches are waited for: `unix:/path/of.sock`, `tcp:7000` on this machine, `tcp:host:7000` on that address.
import { MimicitError, show } from '../../base/errors.js'

/** A parsed address. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** @throws MimicitError MIMICIT_BAD_VALUE */
export function parseListenAddress(text: string): ListenAddress {
  const path = /^unix:(.+)$/s.exec(text)?.[1]
  if (path !== undefined) return { kind: 'unix', path }
  const [, host = '127.0.0.1', digits = ''] = /^tcp:(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits !== '' && port <= 65535) return { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port }
  throw new MimicitError('MIMICIT_BAD_VALUE', {
    expected: 'unix:PATH, tcp:PORT or tcp:HOST:PORT',
    where: '--listen',
    received: show(text),
    hint: 'Leave it out to write to standard output.',
  })
}
