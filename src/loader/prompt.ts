// A prompt: one query with chosen contexts as the model is asked, cut after `<answer>`. The same assembly and the same
// pictures as in training, so that a model is asked in the form it was taught in.
import { allSettled } from '../base/all-settled.js'
import type { Dataset } from '../shards/dataset.js'
import type { Pair } from '../tuple/tuple.js'
import type { NormalisationName } from '../vision/normalise.js'
import type { TransformName } from '../vision/transforms.js'
import { type AssemblyRules, assemblePrompt } from './assemble.js'
import type { Batch } from './batch.js'
import { collate } from './collate.js'
import { createPicturePool } from './pictures.js'

/** What to ask. */
export interface PromptOptions {
  readonly query: Pair
  /** In-context examples in the order in which they stand, with their answers. */
  readonly contexts: readonly Pair[]
  /** Which end of them is near the query: what a token budget keeps longest. @default that of the query's subset */
  readonly nearest?: 'first' | 'last'
  readonly rules: AssemblyRules
  /** Pixel rows and columns. */
  readonly imageSize: number
  /** As in training. @default 'squash' and 'clip', as of `loadMimicIT` */
  readonly transform?: TransformName
  readonly normalisation?: NormalisationName
}

/**
 * Makes the prompt of one query as a batch of one row, without labels.
 * @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_CORRUPT, MIMICIT_BAD_PICTURE
 */
export async function makePrompt(
  dataset: Dataset,
  { query, contexts, nearest, rules, imageSize, transform = 'squash', normalisation = 'clip' }: PromptOptions,
): Promise<Batch> {
  const sample = assemblePrompt(query, contexts, rules, nearest)
  const pool = createPicturePool({ cacheBytes: 0, threads: 0, concurrency: 2 })
  const source = pool.source(dataset, { size: imageSize, transform, layout: 'NCHW' })
  const rows = [...new Set(sample.slots.flat())]
  const loaded = await allSettled(source.load(rows).pixels).finally(() => pool.close())
  const pixels = new Map(rows.map((row, i) => [row, loaded[i]!]))
  return collate({ epoch: 0, step: 0 }, [[sample]], (row) => pixels.get(row)!, {
    special: rules.tokenizer.special,
    labels: () => undefined,
    tokens: rules.tokens,
    imageSize,
    pixels: 'float32',
    pixelLayout: 'NCHW',
    normalisation,
    packed: false,
  })
}
