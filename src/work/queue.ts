// Parts of a job through a queue on Redis or Valkey (BullMQ). A worker holds a part by a lease that it renews; when it dies,
// the lease runs out and another one takes the part. What a part does is a command of ours, run in a process of its own.
import type { Job, Queue, Worker } from 'bullmq'
import { MimicitError } from '../base/errors.js'
import { fingerprint } from '../base/hash.js'
import type { OnProgress } from '../base/progress.js'
import { type Part, partName } from './part.js'
import type { PartJob } from './part-files.js'
import { connectRedis, neededPackage } from './redis.js'

/** What a worker is told. */
export interface PartTask extends PartJob {
  readonly part: Part
}

/** How a queue is used. */
export interface QueueOptions {
  /** `redis://` or `rediss://` */
  readonly url: string
  /** Name of the queue. @default 'mimicit' */
  readonly name?: string | undefined
}

/** How a worker works. */
export interface WorkerOptions extends QueueOptions {
  /** Parts at once. @default 1 */
  readonly concurrency?: number | undefined
  /** Milliseconds after which a worker that gave no sign of life has lost its part. @default 30000 */
  readonly leaseMs?: number | undefined
  /** Does a part. */
  readonly run: (task: PartTask, signal: AbortSignal) => Promise<void>
  /** Told when a part begins and ends. */
  readonly onPart?: ((task: PartTask, what: 'begins' | 'done' | 'failed', error?: Error) => void) | undefined
  /** Stops; the part at hand is let go, so that another worker takes it. */
  readonly signal?: AbortSignal | undefined
  /** Ends when the queue has nothing more to do, instead of waiting for work. @default false */
  readonly untilEmpty?: boolean | undefined
}

/** Tries of a part, and the wait before the second one. */
const TRIES = 4
const FIRST_WAIT_MS = 2000
/** A part may lose so many workers before it is given up: it may be what kills them. */
const MOST_LOST_WORKERS = 5
const QUEUE = 'mimicit'
const POLL_MS = 250
/** Parts that are looked at with every poll. */
const LOOKED_AT = 100

/**
 * Puts parts into the queue and waits until all are done. Parts that are there already, from an earlier call that was
 * stopped, are not put in twice.
 * @throws MimicitError MIMICIT_IO for the first part that failed for good, MIMICIT_ABORTED, MIMICIT_NETWORK, MIMICIT_UNSUPPORTED
 */
export async function runParts(
  job: PartJob,
  parts: readonly Part[],
  {
    url,
    name = QUEUE,
    signal,
    onProgress,
  }: QueueOptions & { signal?: AbortSignal | undefined; onProgress?: OnProgress | undefined },
): Promise<void> {
  const { Queue: BullQueue } = await neededPackage<typeof import('bullmq')>('bullmq')
  const connection = await connectRedis(url)
  const queue: Queue<PartTask> = new BullQueue(name, { connection })
  queue.on('error', () => undefined)
  const id = (part: Part) => `${fingerprint(job)}-${partName(part)}`
  try {
    for (const part of parts) {
      const before = await queue.getJob(id(part))
      // One that is over stands for an earlier call of the same command.
      if (before !== undefined && (await isOver(before))) await before.remove()
      await queue.add(
        'part',
        { ...job, part },
        { jobId: id(part), attempts: TRIES, backoff: { type: 'exponential', delay: FIRST_WAIT_MS } },
      )
    }
    let open = [...parts]
    while (open.length > 0) {
      if (signal?.aborted) throw stopped()
      // They are taken in order, so those behind are hardly over before these.
      const still: Part[] = []
      for (const part of open.slice(0, LOOKED_AT)) {
        const task = await queue.getJob(id(part))
        const state = await task?.getState()
        if (state === 'failed') throw failed(part, task?.failedReason ?? 'no reason')
        if (task !== undefined && state !== 'completed') still.push(part)
      }
      open = [...still, ...open.slice(LOOKED_AT)]
      onProgress?.({ stage: 'parts', done: parts.length - open.length, total: parts.length, unit: 'parts' })
      if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    for (const part of parts) await (await queue.getJob(id(part)))?.remove()
  } finally {
    await queue.close()
    connection.disconnect()
  }
}

const isOver = async (job: Job) => ['completed', 'failed'].includes(await job.getState())

const stopped = () =>
  new MimicitError('MIMICIT_ABORTED', {
    expected: 'all parts to be done',
    where: 'the queue',
    received: 'a request to stop',
    hint: 'The parts stay in the queue; run the same command again to wait for them.',
  })

const failed = (part: Part, reason: string) =>
  new MimicitError('MIMICIT_IO', {
    expected: `part ${partName(part)} to be done`,
    where: 'the queue',
    received: `a failure after ${TRIES} tries (${reason})`,
    hint: 'See what the worker printed; run the same command again to try once more.',
  })

/**
 * Works on parts until it is stopped.
 * @throws MimicitError MIMICIT_NETWORK, MIMICIT_UNSUPPORTED
 */
export async function work(options: WorkerOptions): Promise<void> {
  const { url, name = QUEUE, concurrency = 1, leaseMs = 30_000, run, onPart, signal, untilEmpty = false } = options
  const { Worker: BullWorker, Queue: BullQueue } = await neededPackage<typeof import('bullmq')>('bullmq')
  const connection = await connectRedis(url)
  const stop = new AbortController()
  const worker: Worker<PartTask> = new BullWorker<PartTask>(
    name,
    async ({ data }: Job<PartTask>) => {
      onPart?.(data, 'begins')
      try {
        await run(data, stop.signal)
        onPart?.(data, 'done')
      } catch (error) {
        onPart?.(data, 'failed', error as Error)
        throw error
      }
    },
    {
      ...{ connection, concurrency, lockDuration: leaseMs, stalledInterval: leaseMs },
      maxStalledCount: MOST_LOST_WORKERS,
    },
  )
  worker.on('error', () => undefined)
  const queue = new BullQueue(name, { connection })
  queue.on('error', () => undefined)
  try {
    await new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve()
      signal?.addEventListener('abort', () => resolve(), { once: true })
      if (!untilEmpty) return
      const timer = setInterval(async () => {
        const counts = await queue.getJobCounts('active', 'waiting', 'delayed', 'prioritized').catch(() => undefined)
        if (counts === undefined || Object.values(counts).some((count) => count > 0)) return
        clearInterval(timer)
        resolve()
      }, POLL_MS)
      signal?.addEventListener('abort', () => clearInterval(timer), { once: true })
    })
  } finally {
    stop.abort()
    await worker.close()
    await queue.close()
    connection.disconnect()
  }
}
