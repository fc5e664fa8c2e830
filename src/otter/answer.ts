// Asking a model: a query of a data set with in-context examples becomes a prompt, the prompt an answer in words.
import type { AssemblyRules } from '../loader/assemble.js'
import { makePrompt } from '../loader/prompt.js'
import type { Dataset } from '../shards/dataset.js'
import type { Pair } from '../tuple/tuple.js'
import { type Decoding, generate } from './generate.js'
import type { Otter } from './model.js'

/** What to ask, and how tokens are chosen: greedily, 128 at most, unless it says otherwise. */
export interface Question extends Decoding {
  readonly dataset: Dataset
  readonly query: Pair
  /** In-context examples in the order in which they stand. */
  readonly contexts: readonly Pair[]
  /** Which end of them is near the query: what a token budget keeps longest. @default that of the query's subset */
  readonly nearest?: 'first' | 'last'
  /** Form of the prompt: that of the training. */
  readonly rules: AssemblyRules
}

/** What the model said. */
export interface Answer {
  readonly text: string
  /** The ids it generated, the stop token not among them. */
  readonly ids: readonly number[]
  /** Whether it ended by itself (`<|endofchunk|>` or eos) rather than by the limit. */
  readonly complete: boolean
  readonly promptTokens: number
}

/**
 * Answers a query.
 * @throws MimicitError MIMICIT_TOO_LONG, MIMICIT_BAD_PICTURE, MIMICIT_CORRUPT, MIMICIT_BAD_VALUE for an option out of range
 */
export async function answerQuery(model: Otter, question: Question): Promise<Answer> {
  const { dataset, query, contexts, nearest, rules, maxNewTokens = 128, ...decoding } = question
  const imageSize = model.config.vision_config.image_size
  const prompt = await makePrompt(dataset, {
    ...{ query, contexts, rules, imageSize },
    ...(nearest && { nearest }),
  })
  const [ids = []] = await generate({ ...decoding, model, input: prompt, maxNewTokens })
  return {
    text: rules.tokenizer.decode(ids).trim(),
    ids,
    complete: ids.length < maxNewTokens,
    promptTokens: prompt.shape.L,
  }
}
