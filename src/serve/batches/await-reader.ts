// Waits for the one reader of a socket. Nobody else gets in: two readers of one stream would each get half of it.
import { chmod, lstat, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { MimicitError } from '../../base/errors.js'
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
  if (address.kind === 'unix') await removeStale(address.path)
  const server = createServer({ allowHalfOpen: true })
  try {
    await listen(server, address)
    const at = server.address()
    onListening(address.kind === 'tcp' && typeof at === 'object' ? { ...address, port: at?.port ?? 0 } : address)
    const socket = await connection(server, signal)
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
        await removeFile(address)
      },
    }
  } catch (error) {
    server.close()
    await removeFile(address)
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

/** A socket that a killed process left would keep its successor from starting. A file of another kind stays. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket()) await rm(path, { force: true })
}

async function removeFile(address: ListenAddress): Promise<void> {
  if (address.kind === 'unix') await removeStale(address.path)
}
