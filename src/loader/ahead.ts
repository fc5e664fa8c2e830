// Batches made ahead of whoever takes them, up to a byte limit, and handed out in their order whatever was ready first. Their
// arrays are filled when they are handed out, so that memory does not swing by the batches that were ready early: V8 takes a
// swing of 64 MB outside of its heap for a reason to look for garbage in all of it.
import { setImmediate } from 'node:timers/promises'
import { orAborted } from '../base/abort.js'
import { aborted } from './aborted.js'
import type { StreamedBatch } from './batch.js'
import { batchBytes } from './collate.js'
import type { ForeseenStep } from './foresee.js'
import type { GatheredBatch } from './make-batch.js'

const MOST_AHEAD = 16

/** What making ahead needs. */
export interface Ahead {
  readonly steps: AsyncGenerator<ForeseenStep>
  readonly gather: (step: ForeseenStep) => Promise<GatheredBatch>
  readonly prefetchBytes: number
  readonly signal: AbortSignal | undefined
  /** Called when nobody wants another batch. */
  readonly leave: () => Promise<void>
}

/** Makes batches ahead until they hold `prefetchBytes`; always one ahead, so that making overlaps with consuming. */
export async function* inOrder({ steps, gather, prefetchBytes, signal, leave }: Ahead): AsyncGenerator<StreamedBatch> {
  const ahead: Promise<GatheredBatch | undefined>[] = []
  let bytesEach = 0
  /** The first batch is waited for: whoever waits has it before anything else is begun. */
  let isFirst = true
  const refill = () => {
    while (ahead.length < 2 || (ahead.length < MOST_AHEAD && (ahead.length + 1) * bytesEach <= prefetchBytes)) {
      if (isFirst && ahead.length > 0) return
      // Steps come one after the other, whatever is asked for at once; behind the last one is nothing.
      const batch = steps.next().then((next) => (next.done ? undefined : gather(next.value)))
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
      const gathered = await orAborted(next, signal, aborted)
      if (gathered === undefined) return
      if (signal?.aborted) throw aborted()
      if (!isFirst) refill()
      const batch = gathered.collate()
      bytesEach = Math.max(bytesEach, batchBytes(batch))
      if (isFirst) {
        isFirst = false
        void setImmediate().then(refill)
      } else {
        refill()
        // Where all pictures and texts are at hand nothing is waited for from here on, and a request to stop would go unheard
        // until everything that may be made ahead is made.
        await setImmediate()
      }
      if (signal?.aborted) throw aborted()
      yield batch
    }
  } finally {
    // Files may only be closed when nothing reads from them any more.
    await leave()
    await Promise.allSettled([...ahead, steps.return(undefined)])
  }
}
