// A rate that any number of processes keep together: Redis holds, for each limit, the time until which it is used up; who
// wants to send books behind that and waits until its turn (a generic cell rate algorithm). Bookings have one order, so
// nobody is overtaken, and there is one round trip a call.
import { setTimeout as sleep } from 'node:timers/promises'
import { connectRedis } from './redis.js'

/** Limits. */
export interface SharedRateOptions {
  readonly requestsPerMinute?: number | undefined
  readonly tokensPerMinute?: number | undefined
}

/** A connection to a shared rate. */
export interface SharedRateConnection {
  /** Waits until so many requests and tokens may go out. @throws what the signal's reason is */
  take(requests: number, tokens: number, signal: AbortSignal): Promise<void>
  /** Books tokens that a call has used beyond what was thought, or gives back what it has not. */
  correct(tokens: number): Promise<void>
  /** Ends the connection. */
  close(): Promise<void>
}

/** A burst is what comes in within this time. */
const BURST_MS = 1000

/**
 * KEYS: one for each limit. ARGV: the burst, then for each limit its milliseconds a unit and the units.
 * Times are milliseconds since the server's first second, with fractions, as texts: Lua's numbers would be cut to integers.
 */
const BOOK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local burst = tonumber(ARGV[1])
local wait = 0
for i, key in ipairs(KEYS) do
  local each = tonumber(ARGV[2 * i])
  local units = tonumber(ARGV[2 * i + 1])
  local used = math.max(tonumber(redis.call('GET', key) or '0'), now - burst)
  wait = math.max(wait, used - now)
  used = used + each * units
  redis.call('SET', key, string.format('%.3f', used), 'PX', math.ceil(math.max(used - now, 0) + burst + 1000))
end
return tostring(wait)
`

/**
 * Joins a rate, or makes it.
 * @param name of what is limited, the same in every process: the model
 * @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_NETWORK, MIMICIT_UNSUPPORTED
 */
export async function openSharedRate(
  url: string,
  name: string,
  { requestsPerMinute, tokensPerMinute }: SharedRateOptions,
): Promise<SharedRateConnection> {
  const client = await connectRedis(url)
  const limits = [
    ...(requestsPerMinute === undefined ? [] : [{ what: 'requests' as const, perMinute: requestsPerMinute }]),
    ...(tokensPerMinute === undefined ? [] : [{ what: 'tokens' as const, perMinute: tokensPerMinute }]),
  ]
  const book = async (units: Readonly<Record<'requests' | 'tokens', number>>): Promise<number> => {
    if (limits.length === 0) return 0
    const keys = limits.map(({ what }) => `mimicit:rate:{${name}}:${what}`)
    const args = limits.flatMap(({ what, perMinute }) => [60_000 / perMinute, units[what]])
    return Number(await client.eval(BOOK, keys.length, ...keys, BURST_MS, ...args))
  }
  return {
    async take(requests, tokens, signal) {
      signal.throwIfAborted()
      const ms = await book({ requests, tokens })
      if (ms <= 0) return
      await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted())
    },
    async correct(tokens) {
      await book({ requests: 0, tokens })
    },
    async close() {
      await client.quit().catch(() => client.disconnect())
    },
  }
}
