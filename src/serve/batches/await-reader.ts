// Waits for the one reader of a socket. Nobody else gets in: two readers of one stream would each get half of it.
import { chmod, lstat, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { MimicitError } from '../../base/errors.js'
import { lockFile } from '../../io/lock-file.js'
import type { ListenAddress } from './listen-address.js'

/** A reader that has come. */
export interface Reader {
  readonly socket: Socket
  /** Ends the connection when everything written has gone, and removes the socket file. */
  close(): Promise<void>
}

/** What waiting needs. */
export interface AwaitOptions {
  /** Called once the address is open, with the port where any was asked for (`tcp:0`). */
  readonly onListening: (address: ListenAddress) => void
  readonly signal?: AbortSignal
}

/**
 * Opens the address and waits until somebody connects.
 * @throws MimicitError MIMICIT_BUSY if the address is taken, MIMICIT_IO, MIMICIT_ABORTED
 */
export async function awaitReader(address: ListenAddress, { onListening, signal }: AwaitOptions): Promise<Reader> {
  const free = address.kind === 'unix' ? await takePath(address.path) : async () => undefined
  const server = createServer({ allowHalfOpen: true })
  // Before anybody can come: who comes while a socket is given its rights would be accepted, and never served.
  const coming = connection(server, signal)
  coming.catch(() => undefined)
  try {
    await listen(server, address)
    const at = server.address()
    onListening(address.kind === 'tcp' && typeof at === 'object' ? { ...address, port: at?.port ?? 0 } : address)
    const socket = await coming
    server.close()
    socket.setNoDelay(true)
    return {
      socket,
      async close() {
        await new Promise<void>((resolve) => {
          if (socket.destroyed) return resolve()
          socket.once('close', () => resolve())
          socket.resume()
          socket.end(() => socket.destroySoon())
        })
        await free()
      },
    }
  } catch (error) {
    server.close()
    await free()
    throw error
  }
}

async function listen(server: Server, address: ListenAddress): Promise<void> {
  const where = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new MimicitError(cause.code === 'EADDRINUSE' ? 'MIMICIT_BUSY' : 'MIMICIT_IO', {
          expected: 'an address that is free',
          where: `--listen ${where}`,
          received: cause.message,
          cause,
        }),
      ),
    )
    if (address.kind === 'unix') server.listen(address.path, resolve)
    else server.listen(address.port, address.host, resolve)
  })
  // Batches are the data: what only their owner may read on the disk, only their owner may read here.
  if (address.kind === 'unix') await chmod(address.path, 0o600)
}

function connection(server: Server, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stop = () =>
      reject(
        new MimicitError('MIMICIT_ABORTED', {
          expected: 'a reader',
          where: '--listen',
          received: 'a signal to stop before one came',
        }),
      )
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
    server.once('connection', (socket) => {
      signal?.removeEventListener('abort', stop)
      resolve(socket)
    })
  })
}

/**
 * Takes a path for a socket. One that a killed process left would keep its successor from starting, so it is removed; that of a
 * process which is still there looks the same, and trying it would be its one reader, so a lock says which of the two it is.
 * @returns gives it up, with its socket
 * @throws MimicitError MIMICIT_BUSY where another process waits there, MIMICIT_IO
 */
async function takePath(path: string): Promise<() => Promise<void>> {
  const unlock = await lockFile(
    `${path}.lock`,
    ({ pid, host }) =>
      new MimicitError('MIMICIT_BUSY', {
        expected: 'an address that is free',
        where: `--listen ${path}`,
        received: `one at which process ${pid} on ${host} waits`,
        hint: `Take another path. If there is no such process, remove ${path}.lock.`,
      }),
  )
  await removeSocket(path)
  return async () => {
    await removeSocket(path)
    await unlock()
  }
}

/** A file of another kind stays. */
async function removeSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket()) await rm(path, { force: true })
}
