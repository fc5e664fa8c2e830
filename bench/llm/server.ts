// The loopback server of the bench in a process of its own, so that what it does is not counted as what we do. It tells its
// address, and when it is asked, what it has counted.
import { type LlmServerOptions, startLlmServer } from '../../test/support/llm-server.js'

/** A server as a message can say it. */
export interface ServerWanted
  extends Pick<LlmServerOptions, 'requestsPerMinute' | 'tokensPerMinute' | 'tellsLimits' | 'tellsRetryAfter'> {
  readonly delayMs: number
  /** Every so manyth call is answered with status 500. */
  readonly failEvery?: number
}

/** What it has counted. */
export interface ServerCounts {
  /** Requests that were answered whole, and those of them that were more than once. */
  readonly answered: number
  readonly doubled: number
  readonly throttled: number
  readonly tokens: number
  readonly mostAtOnce: number
}

process.once('message', async ({ failEvery, ...options }: ServerWanted) => {
  const server = await startLlmServer({
    ...options,
    ...(failEvery !== undefined && {
      fault: ({ index }) => (index % failEvery === failEvery - 1 ? { kind: 'status', status: 500 } : undefined),
    }),
  })
  process.send!(server.url)
  process.once('message', async () => {
    const counts: ServerCounts = {
      answered: server.answered.size,
      doubled: [...server.answered.values()].filter((times) => times !== 1).length,
      throttled: server.statuses.get(429) ?? 0,
      tokens: server.tokens,
      mostAtOnce: server.mostAtOnce,
    }
    await server.close()
    process.send!(counts, () => process.disconnect())
  })
})
