// What the loader's thread and the thread that trains say to each other. Batches and the memory of those that are done with go
// through a channel of their own, from which each thread takes one when it wants it: what lies there belongs to no heap. Were
// they delivered like other messages, several at once would make V8 look for garbage in the whole heap of either thread.
import type { MessagePort } from 'node:worker_threads'
import type { PlainError } from '../base/plain-error.js'
import type { KnownManifests } from './open-sources.js'
import type { LoaderSettings } from './options.js'
import type { StreamFacts } from './prepare.js'
import type { SourceSettings } from './source-settings.js'
import type { StreamStats } from './stats.js'

/** Given to the thread when it starts. */
export interface WorkerInput {
  readonly sources: readonly SourceSettings[]
  readonly settings: LoaderSettings
  /** Takes `StreamedBatch`es, gives `ArrayBuffer`s of pixels. */
  readonly batches: MessagePort
}

/** From the loader's thread. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly facts: StreamFacts }
  /** A batch lies in the channel. */
  | { readonly kind: 'batch'; readonly stats: StreamStats }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: PlainError }
  | { readonly kind: 'closed' }

/** To the loader's thread: open, begin, a batch was taken, stop. */
export type ToWorker =
  /** `known`: what was read and checked here. */
  | { readonly kind: 'open'; readonly known: KnownManifests | undefined }
  /** `many`: it is known already that threads that decode will be worth their start. */
  | { readonly kind: 'start'; readonly many: boolean }
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'close' }
