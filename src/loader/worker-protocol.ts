// What the loader's thread and the thread that trains say to each other.
import type { PlainError } from '../base/plain-error.js'
import type { StreamedBatch } from './batch.js'
import type { LoaderSettings } from './options.js'
import type { StreamFacts } from './prepare.js'
import type { SourceSettings } from './sources.js'
import type { StreamStats } from './stats.js'

/** Given to the thread when it starts. */
export interface WorkerInput {
  readonly sources: readonly SourceSettings[]
  readonly settings: LoaderSettings
}

/** From the loader's thread. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly facts: StreamFacts }
  | { readonly kind: 'batch'; readonly batch: StreamedBatch; readonly stats: StreamStats }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: PlainError }
  | { readonly kind: 'closed' }

/** To the loader's thread: begin, a batch was taken, the memory of one comes back, stop. */
export type ToWorker =
  | { readonly kind: 'start' }
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'recycle'; readonly buffer: ArrayBuffer }
  | { readonly kind: 'close' }
