// Something that takes long and is measured once, when somebody first asks; whoever asks meanwhile hears how far it is.
import type { OnProgress, Progress } from '../../base/progress.js'
import type { MeasureNews } from '../wire.js'

const REPORT_MS = 200

/** How a measurement is watched. */
export interface Watch {
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

/** A measurement that may not have begun. */
export interface MeasuredOnce<T> {
  /** How far it is until it is done, then what it came to; begins it. */
  news(signal: AbortSignal): AsyncGenerator<MeasureNews<T>>
  /** Ends it where it is. */
  close(): Promise<void>
}

/** @param measure is called once, and again only after it failed: what failed may work the next time, from far away above all */
export function measuredOnce<T>(measure: (watch: Watch) => Promise<T>): MeasuredOnce<T> {
  const closing = new AbortController()
  let progress: Progress | undefined
  let measuring: Promise<T> | undefined
  const begin = () => {
    measuring ??= measure({
      signal: closing.signal,
      onProgress: (now) => {
        progress = now
      },
    })
    measuring.catch(() => {
      measuring = undefined
    })
    return measuring
  }
  return {
    async *news(signal) {
      const report = begin()
      for (;;) {
        const found = await Promise.race([report, tick()])
        if (found !== undefined) return yield { report: found }
        if (signal.aborted) return
        if (progress !== undefined) yield { stage: progress.stage, done: progress.done, total: progress.total ?? null }
      }
    },
    async close() {
      closing.abort()
      await measuring?.catch(() => undefined)
    },
  }
}

const tick = () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), REPORT_MS).unref())
