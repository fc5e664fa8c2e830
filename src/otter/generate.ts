// Generation: the most likely tokens, drawn ones, or the best of several beams.
import { MimicitError, show } from '../base/errors.js'
import { randomStream } from '../base/random.js'
import type { Tensor } from '../tensors/tf.js'
import { checkBatch, type ModelInput } from './check-batch.js'
import { BeamSearch } from './generation/beams.js'
import { best, type Draw, sample } from './generation/choose.js'
import { type Continuation, startContinuation } from './generation/continuation.js'
import { processorsOf, type ScoreProcessor } from './generation/processors.js'
import type { ModelParts } from './run-text.js'

/** How tokens are chosen. */
export interface Decoding {
  /** @default 20 */
  readonly maxNewTokens?: number
  /** A row ends before the first of these. @default endofchunk and eos of the configuration */
  readonly stopIds?: readonly number[]
  /** Beams of each row; 1 without beam search. @default 1 */
  readonly numBeams?: number
  /** Of beam search: above 0 favours long texts, below 0 short ones. @default 1 */
  readonly lengthPenalty?: number
  /** Tokens are drawn, their scores divided by this; 0: the most likely is taken. Not with beams. @default 0 */
  readonly temperature?: number
  /** Only the most likely tokens that come to this probability together are drawn. @default 1 */
  readonly topP?: number
  /** Of drawing: the same seed gives the same text of a row, whatever stands beside it. @default 0 */
  readonly seed?: number
  /** No run of so many tokens comes twice in a row, prompt included; 0 without that rule. @default 0 */
  readonly noRepeatNgramSize?: number
  /** Runs of tokens that never come. */
  readonly badWordsIds?: readonly (readonly number[])[]
}

/** A prompt of a batch and how to continue it. */
export interface GenerateOptions extends Decoding {
  /** `decoder`, `parameters` and so on: a model. */
  readonly model: ModelParts
  /** Prompts, padded on the left: the last token of every row is real. Laid out like a training batch. */
  readonly input: ModelInput
  /** Called with the logits [rows,V] of every step before the choice; for looking, not for keeping: they are freed after. */
  readonly onLogits?: (logits: Tensor, step: number) => void
  /** Ends generation early; what was generated so far is returned. */
  readonly signal?: AbortSignal
}

type Settings = Required<Decoding>

function settingsOf({ model: { config }, ...options }: GenerateOptions): Settings {
  const settings: Settings = {
    maxNewTokens: 20,
    stopIds: [config.eoc_token_id, config.eos_token_id],
    numBeams: 1,
    lengthPenalty: 1,
    temperature: 0,
    topP: 1,
    seed: 0,
    noRepeatNgramSize: 0,
    badWordsIds: [],
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  }
  const { numBeams, temperature, topP, noRepeatNgramSize, badWordsIds } = settings
  const refuse = (expected: string, where: string, received: unknown) => {
    throw new MimicitError('MIMICIT_BAD_VALUE', { expected, where, received: show(received) })
  }
  if (!Number.isInteger(numBeams) || numBeams < 1) refuse('a number of beams of at least 1', 'numBeams', numBeams)
  if (!(temperature >= 0)) refuse('a temperature of at least 0', 'temperature', temperature)
  if (temperature > 0 && numBeams > 1) refuse('0 with several beams', 'temperature', temperature)
  if (!(topP > 0 && topP <= 1)) refuse('a share above 0 and up to 1', 'topP', topP)
  if (!Number.isInteger(noRepeatNgramSize) || noRepeatNgramSize < 0)
    refuse('a whole number of tokens', 'noRepeatNgramSize', noRepeatNgramSize)
  if (badWordsIds.some((run) => run.length === 0)) refuse('runs of at least one token', 'badWordsIds', badWordsIds)
  return settings
}

/** Finds out where every row of a prompt ends; throws unless that is at its right edge. */
function checkPrompt({ shape, attentionMask, ids, segmentIds }: ModelInput): void {
  if (segmentIds !== undefined)
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'a prompt a row',
      where: 'generate',
      received: 'packed rows',
      hint: 'A row goes on at its right edge, so only its last sample could be answered: give each a row of its own.',
    })
  for (let row = 0; row < shape.B; row++)
    if (attentionMask[(row + 1) * shape.L - 1] !== 1)
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a real token at the right edge',
        where: `the prompt of ${show(ids?.[row] ?? `row ${row}`)}`,
        received: 'padding',
        hint: 'Pad prompts on the left.',
      })
}

/** The real tokens of every prompt. */
function promptsOf({ shape: { B, L }, inputIds, attentionMask }: ModelInput): number[][] {
  return Array.from({ length: B }, (_, row) =>
    [...inputIds.subarray(row * L, (row + 1) * L)].filter((_, i) => attentionMask[row * L + i] === 1),
  )
}

/** The scores [V] of every row, as the caller's own. */
async function scoresOf({ logits, rows }: Continuation): Promise<Float32Array[]> {
  const values = (await logits.data()) as Float32Array
  const width = values.length / rows
  return Array.from({ length: rows }, (_, row) => values.slice(row * width, (row + 1) * width))
}

/** One token after the other: the best or a draw. */
async function continueEach(
  continuation: Continuation,
  { input, model, onLogits, signal }: GenerateOptions,
  settings: Settings,
  processors: readonly ScoreProcessor[],
): Promise<number[][]> {
  const { pad_token_id, eos_token_id } = model.config
  const stops = new Set(settings.stopIds)
  const draw: Draw | undefined = settings.temperature > 0 ? settings : undefined
  const prompts = promptsOf(input)
  const texts: number[][] = prompts.map(() => [])
  const open = new Set(texts.keys())
  for (let step = 0; step < settings.maxNewTokens && signal?.aborted !== true; step++) {
    onLogits?.(continuation.logits, step)
    const scores = await scoresOf(continuation)
    // A row that has ended goes on with padding, which nobody reads.
    const ids = new Int32Array(texts.length).fill(pad_token_id)
    for (const row of [...open]) {
      const own = scores[row]
      if (own === undefined) continue
      for (const process of processors) process(own, [...(prompts[row] ?? []), ...(texts[row] ?? [])])
      const random = () => randomStream('generate', settings.seed, input.ids?.[row] ?? row, step)
      const id = (draw === undefined ? best(own) : sample(own, draw, random())) ?? eos_token_id
      if (stops.has(id)) open.delete(row)
      else {
        texts[row]?.push(id)
        ids[row] = id
      }
    }
    if (open.size === 0 || step + 1 === settings.maxNewTokens) break
    continuation.advance(ids)
  }
  return texts
}

/** The best of several beams. */
async function searchBeams(
  continuation: Continuation,
  { input, onLogits, signal }: GenerateOptions,
  settings: Settings,
  processors: readonly ScoreProcessor[],
): Promise<number[][]> {
  const { numBeams: beams, lengthPenalty } = settings
  const rules = { beams, lengthPenalty, stops: new Set(settings.stopIds), processors }
  const searches = promptsOf(input).map((prompt) => new BeamSearch(prompt, rules))
  for (let step = 0; step < settings.maxNewTokens && signal?.aborted !== true; step++) {
    onLogits?.(continuation.logits, step)
    const scores = await scoresOf(continuation)
    const ids = new Int32Array(continuation.rows)
    const from = Int32Array.from({ length: continuation.rows }, (_, row) => row)
    searches.forEach((search, row) => {
      if (search.done) return
      const start = row * beams
      const next = search.step(scores.slice(start, start + beams))
      next.ids.forEach((id, beam) => {
        ids[start + beam] = id
        from[start + beam] = start + (next.from[beam] ?? 0)
      })
    })
    if (searches.every((search) => search.done) || step + 1 === settings.maxNewTokens) break
    continuation.advance(ids, from)
  }
  return searches.map((search) => search.result())
}

/**
 * Continues prompts: with the most likely token again and again, with drawn ones (`temperature`), or with the best of
 * several beams (`numBeams`).
 *
 * @returns The new ids of every row, without the stop token.
 * @throws MIMICIT_BAD_VALUE for an option out of range or when a prompt is padded on the right, MIMICIT_UNSUPPORTED for
 * packed rows, and as `checkBatch`.
 */
export async function generate(options: GenerateOptions): Promise<number[][]> {
  const { model, input } = options
  const settings = settingsOf(options)
  checkBatch(input, model.config)
  checkPrompt(input)
  if (settings.maxNewTokens < 1) return promptsOf(input).map(() => [])
  const continuation = startContinuation(model, input, settings.numBeams)
  try {
    const continueAll = settings.numBeams > 1 ? searchBeams : continueEach
    return await continueAll(continuation, options, settings, processorsOf(settings))
  } finally {
    continuation.dispose()
  }
}
