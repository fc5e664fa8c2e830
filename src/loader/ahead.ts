// Batches made ahead of whoever takes them, up to a byte limit, and handed out in their order whatever was ready first.
import { orAborted } from '../base/abort.js'
import { aborted } from './aborted.js'
import type { StreamedBatch } from './batch.js'
import { batchBytes } from './collate.js'
import type { ForeseenStep } from './foresee.js'

const MOST_AHEAD = 16

/** What making ahead needs. */
export interface Ahead {
  readonly steps: AsyncGenerator<ForeseenStep>
  readonly make: (step: ForeseenStep) => Promise<StreamedBatch>
  readonly prefetchBytes: number
  readonly signal: AbortSignal | undefined
  /** Called when nobody wants another batch. */
  readonly leave: () => Promise<void>
}

/** Makes batches ahead until they hold `prefetchBytes`; always one ahead, so that making overlaps with consuming. */
export async function* inOrder({ steps, make, prefetchBytes, signal, leave }: Ahead): AsyncGenerator<StreamedBatch> {
  const ahead: Promise<StreamedBatch | undefined>[] = []
  let bytesEach = 0
  const refill = () => {
    while (ahead.length < 2 || (ahead.length < MOST_AHEAD && (ahead.length + 1) * bytesEach <= prefetchBytes)) {
      // The size of a batch is not known before the first one is made, so nothing is assumed of it.
      if (bytesEach === 0 && ahead.length >= 2) return
      // Steps come one after the other, whatever is asked for at once; behind the last one is nothing.
      const batch = steps.next().then((next) => (next.done ? undefined : make(next.value)))
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      batch.catch(() => undefined)
      ahead.push(batch)
    }
  }
  try {
    for (;;) {
      if (signal?.aborted) throw aborted()
      refill()
      const next = ahead.shift()
      if (next === undefined) return
      const batch = await orAborted(next, signal, aborted)
      if (batch === undefined) return
      bytesEach = Math.max(bytesEach, batchBytes(batch))
      if (signal?.aborted) throw aborted()
      refill()
      yield batch
    }
  } finally {
    // Files may only be closed when nothing reads from them any more.
    await leave()
    await Promise.allSettled([...ahead, steps.return(undefined)])
  }
}
