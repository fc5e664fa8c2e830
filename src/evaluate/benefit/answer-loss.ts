// The loss of a model on one answer, given its question and in-context examples: cross-entropy over the tokens of the answer
// alone, so that longer prompts do not change what is averaged.
import { allSettled } from '../../base/all-settled.js'
import { type AssemblyRules, assembleSample } from '../../loader/assemble.js'
import { collate } from '../../loader/collate.js'
import { createPicturePool } from '../../loader/pictures.js'
import type { Otter } from '../../otter/model.js'
import type { Dataset } from '../../shards/dataset.js'
import { labelPolicies } from '../../text/labels/index.js'
import type { Pair } from '../../tuple/tuple.js'
import type { NormalisationName } from '../../vision/normalise.js'
import type { TransformName } from '../../vision/transforms.js'

/** How samples are made: as in training. */
export interface AnswerLossRules {
  readonly rules: AssemblyRules
  /** @default 'squash' */
  readonly transform?: TransformName
  /** @default 'clip' */
  readonly normalisation?: NormalisationName
}

/** A loss, and what of the prompt it was computed with. */
export interface AnswerLoss {
  /** Mean over the tokens of the answer. */
  readonly loss: number
  /** Tokens of the row. */
  readonly tokens: number
  /** Examples that fitted. */
  readonly fitted: number
}

/** Computes losses. */
export interface AnswerLosses {
  /** @param contexts as they stand, the most similar last */
  of(query: Pair, contexts: readonly Pair[]): Promise<AnswerLoss>
  close(): Promise<void>
}

/** Decoded pictures that are kept: the same examples come again and again. */
const KEPT_BYTES = 128e6

/** Opens what computes losses of a model. */
export function answerLosses(dataset: Dataset, model: Otter, options: AnswerLossRules): AnswerLosses {
  const { rules, transform = 'squash', normalisation = 'clip' } = options
  const imageSize = model.config.vision_config.image_size
  const pool = createPicturePool({ cacheBytes: KEPT_BYTES, threads: 0, concurrency: 2 })
  const source = pool.source(dataset, { size: imageSize, transform, layout: 'NCHW' })
  const labels = labelPolicies.query!
  return {
    async of(query, contexts) {
      const sample = assembleSample(query, contexts, rules, 'last')
      const rows = [...new Set(sample.slots.flat())]
      const pictures = source.load(rows)
      const loaded = await allSettled(pictures.pixels)
      const pixels = new Map(rows.map((row, i) => [row, loaded[i]!]))
      const batch = collate({ epoch: 0, step: 0 }, [[sample]], (row) => pixels.get(row)!, {
        ...{ special: rules.tokenizer.special, labels, tokens: rules.tokens, imageSize, normalisation },
        ...{ pixels: 'float32', pixelLayout: 'NCHW', packed: false },
      })
      pictures.release()
      const loss = model.loss(batch, 'token')
      const [value = Number.NaN] = await loss.data()
      loss.dispose()
      return { loss: value, tokens: sample.ids.length, fitted: sample.contextIds.length }
    },
    close: () => pool.close(),
  }
}
