// How batches are filled where their lengths decide: the samples of a window of positions come in groups, from token counts
// alone. A group never goes over the end of its window, so any window can be filled without the ones before it. Each way is a
// pure function of the counts and a key; its name and version are part of the plan, golden vectors are in
// schema/golden-fillings.json. A new one is a new file and one line in `fillings`.
import { bestFit } from './best-fit.js'
import { byLength } from './by-length.js'
import type { Filling } from './filling.js'

/** Every way by name. */
export const fillings = {
  /** Rows that hold several samples each: `pack`. */
  'best-fit': bestFit,
  /** Steps of samples of about one length: `tokensPerBatch`. */
  'by-length': byLength,
} as const satisfies Readonly<Record<string, Filling>>

/** Name of a way to fill. */
export type FillingName = keyof typeof fillings
