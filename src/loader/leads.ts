// Task descriptions: texts of which one stands in front of the whole sample, before its first `<image>`, as in the training
// code of the second paper. It sees no media and gets no loss. Which one is a draw of its own for every sample and epoch.
import { randomStream } from '../base/random.js'
import type { Tokenizer } from '../text/tokenizer.js'

/** The task descriptions of a source, tokenised. */
export interface Leads {
  readonly ids: readonly Int32Array[]
  /** Tokens of the longest: what each of them counts where rows are planned, so that a draw changes no plan. */
  readonly longest: number
}

/** Tokenises descriptions, each with the line end behind it; undefined where there are none. */
export function leadsOf(descriptions: readonly string[], tokenizer: Tokenizer): Leads | undefined {
  if (descriptions.length === 0) return undefined
  const ids = descriptions.map((text) => Int32Array.from(tokenizer.encode(`${text}\n`)))
  return { ids, longest: Math.max(...ids.map(({ length }) => length)) }
}

/** The description in front of a sample, by seed, epoch and sample alone. */
export function leadOf({ ids }: Leads, seed: number, epoch: number, sample: string): Int32Array {
  return ids[randomStream('task description', seed, epoch, sample).below(ids.length)]!
}
