// What the loader's thread and the thread that trains say to each other.
import type { Batch } from './batch.js'
import type { StreamStats } from './make-batch.js'
import type { LoaderSettings } from './options.js'
import type { StreamFacts } from './prepare.js'

/** Given to the thread when it starts. */
export interface WorkerInput {
  readonly location: string
  readonly settings: LoaderSettings
}

/** An error as plain data. */
export interface PlainError {
  readonly message: string
  readonly stack?: string | undefined
  readonly mimicit?: { readonly code: string; readonly parts: unknown }
}

/** From the loader's thread. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly facts: StreamFacts }
  | { readonly kind: 'batch'; readonly batch: Batch; readonly stats: StreamStats }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: PlainError }
  | { readonly kind: 'closed' }

/** To the loader's thread: begin, a batch was taken, stop. */
export type ToWorker =
  | { readonly kind: 'start' }
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'close' }
