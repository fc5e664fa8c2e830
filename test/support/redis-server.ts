// A real Redis or Valkey on loopback, started for a test: an empty one, which keeps nothing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

/** The program, if this machine has one. */
export function redisProgram(): string | undefined {
  return ['valkey-server', 'redis-server'].find((name) => {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })
}

/** A server that is running. */
export interface RedisServer {
  readonly url: string
  close(): Promise<void>
}

/** Starts one on a free port. */
export async function startRedis(program: string): Promise<RedisServer> {
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server: ChildProcess = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface(server.stdout!)) if (/Ready to accept connections/.test(line)) break
  server.stdout!.resume()
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      const exit = once(server, 'exit')
      server.kill('SIGKILL')
      await exit
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
