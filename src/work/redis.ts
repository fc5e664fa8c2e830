// The connection to Redis or Valkey that queues and shared rates use. The package is optional: who works on one machine
// needs neither it nor a server. An address may hold a password, so only its public part is ever shown.
import type { Redis } from 'ioredis'
import { MimicitError } from '../base/errors.js'
import { optionalPackage } from '../base/optional-package.js'
import { publicLocation } from '../io/location.js'

/** A package that is needed now. @throws MimicitError MIMICIT_UNSUPPORTED if it is not installed */
export async function neededPackage<T>(name: string): Promise<T> {
  const found = await optionalPackage(name)
  if (found !== undefined) return found as T
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `the package ${name}`,
    where: 'queues on Redis',
    received: 'none',
    hint: 'Install it: npm install bullmq ioredis.',
  })
}

/**
 * Connects, or fails at once: a wrong address is told, not waited for. A connection that breaks later is made again.
 * @param url `redis://` or `rediss://`
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_NETWORK, MIMICIT_UNSUPPORTED without the package
 */
export async function connectRedis(url: string): Promise<Redis> {
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'the address of a Redis or Valkey server (redis://host:6379)',
      where: '--queue',
      received: publicLocation(url),
    })
  }
  const { Redis: Client } = await neededPackage<typeof import('ioredis')>('ioredis')
  const client = new Client(url, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => null })
  // Without a listener an error would end the process; what it concerns fails by itself.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    client.disconnect()
    throw new MimicitError('MIMICIT_NETWORK', {
      expected: 'an answer of Redis or Valkey',
      where: publicLocation(url),
      received: cause instanceof Error && /WRONGPASS|NOAUTH/.test(cause.message) ? 'a refusal of the password' : 'none',
      hint: 'Is the server running there, and is the address right?',
    })
  }
  client.options.retryStrategy = (tries) => Math.min(100 * tries, 5000)
  return client
}
