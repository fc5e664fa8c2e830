// What a stream tells whoever listens, as it happens: for logs, metrics and progress bars.
import type { LoaderState } from './batch.js'
import type { LoaderStats } from './stats.js'

/** Something that happened to a stream, in the thread of its consumer. */
export type LoaderEvent =
  /** The data set is open and the stream stands: steps (where known) and samples of an epoch, and its plan. Where batches are
   * filled by lengths, of how many pairs the token counts are stored: the others are tokenised when they are planned. */
  | {
      readonly kind: 'opened'
      readonly length: number | undefined
      readonly samples: number
      readonly plan: string
      readonly lengths?: { readonly pairs: number; readonly stored: number }
      readonly ms: number
    }
  /** A batch is handed out; the loop waited so long for it. */
  | {
      readonly kind: 'batch'
      readonly epoch: number
      readonly step: number
      readonly samples: number
      readonly waitMs: number
    }
  /** The last batch of an epoch was handed out. */
  | { readonly kind: 'epoch'; readonly epoch: number; readonly state: LoaderState }
  /** Everything is closed; told once. */
  | { readonly kind: 'closed'; readonly stats: LoaderStats }
