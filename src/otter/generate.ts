// Greedy generation. The pictures are encoded once, every block's keys and values of them are kept, and so are those of
// the text; a generated token goes on seeing the last image of its prompt, as it would if everything were computed anew.
// (The original Otter forgets the image after the first generated token when it uses a cache.) All of it lives in this
// call, not on the model, so calls do not disturb each other.
import { MimicitError, show } from '../base/errors.js'
import type { Tensor } from '../tensors/tf.js'
import { checkBatch, type ModelInput } from './check-batch.js'
import type { KeyValues } from './decoder.js'
import { mediaLatents, visualTokens } from './media.js'
import { headLogits } from './model.js'
import { cacheMedia, type MediaCache, type ModelParts, runText, type TextRun } from './run-text.js'
import { textTime } from './text-time.js'

/** A prompt of a batch and how to continue it. */
export interface GenerateOptions {
  /** `decoder`, `parameters` and so on: a model. */
  readonly model: ModelParts
  /** Prompts, padded on the left: the last token of every row is real. Laid out like a training batch. */
  readonly input: ModelInput
  /** @default 20 */
  readonly maxNewTokens?: number
  /** A row ends before the first of these. @default endofchunk and eos of the configuration */
  readonly stopIds?: readonly number[]
  /** Called with the logits [B,V] of every step before the choice; for looking, not for keeping: they are freed after. */
  readonly onLogits?: (logits: Tensor, step: number) => void
  /** Ends generation early; what was generated so far is returned. */
  readonly signal?: AbortSignal
}

/** Finds out where every row of a prompt ends; throws unless that is at its right edge. */
function checkPrompt({ shape, attentionMask, ids }: ModelInput): void {
  for (let row = 0; row < shape.B; row++)
    if (attentionMask[(row + 1) * shape.L - 1] !== 1)
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a real token at the right edge',
        where: `the prompt of ${show(ids?.[row] ?? `row ${row}`)}`,
        received: 'padding',
        hint: 'Pad prompts on the left.',
      })
}

interface Progress {
  /** What every layer has seen; replaced every step. */
  seen: readonly KeyValues[]
  readonly media: MediaCache
}

const tensorsOf = (seen: readonly KeyValues[]) => seen.flatMap(({ keys, values }) => [keys, values])

/** One run of the model that replaces the cache in `progress` and returns the logits [B,V] of the last position. */
function advance(parts: ModelParts, run: TextRun, progress: Progress): Tensor {
  const { tf } = parts
  const before = progress.seen
  const [logits, ...seen] = tf.tidy(() => {
    const result = runText(parts, run, progress.media, before.length === 0 ? undefined : before)
    const last = result.hidden.at(-1) as Tensor
    const [rows = 0, length = 0, width = 0] = last.shape
    const end = tf.reshape(tf.slice(last, [0, length - 1, 0], [rows, 1, width]), [rows, width])
    return [headLogits(parts, end), ...tensorsOf(result.seen)]
  }) as [Tensor, ...Tensor[]]
  tf.dispose(tensorsOf(before))
  progress.seen = Array.from({ length: seen.length / 2 }, (_, i) => ({
    keys: seen[2 * i] as Tensor,
    values: seen[2 * i + 1] as Tensor,
  }))
  return logits
}

/** Keys and values of the pictures for every block. */
function encodeMedia(parts: ModelParts, input: ModelInput): MediaCache {
  const { tf } = parts
  return tf.tidy(() => {
    const tokens = visualTokens(parts, input)
    return cacheMedia(parts, tokens === undefined ? undefined : mediaLatents(parts, input, tokens)) as never
  })
}

/** The index of the largest number of every row; the first of equals. */
async function best(logits: Tensor, rows: number): Promise<number[]> {
  const values = (await logits.data()) as Float32Array
  const width = values.length / rows
  return Array.from({ length: rows }, (_, row) => {
    let top = row * width
    for (let i = top + 1; i < (row + 1) * width; i++) if ((values[i] ?? 0) > (values[top] ?? 0)) top = i
    return top - row * width
  })
}

/**
 * Continues prompts with the most likely token, again and again.
 *
 * @returns The new ids of every row, without the stop token.
 * @throws MIMICIT_BAD_VALUE when a prompt is padded on the right, and as `checkBatch`.
 */
export async function generate(options: GenerateOptions): Promise<number[][]> {
  const { model, input, maxNewTokens = 20, onLogits, signal } = options
  const { tf, config } = model
  const stops = new Set(options.stopIds ?? [config.eoc_token_id, config.eos_token_id])
  checkBatch(input, config)
  checkPrompt(input)
  const { B, L, T } = input.shape
  const rows: number[][] = Array.from({ length: B }, () => [])
  const open = new Set(rows.keys())
  const progress: Progress = { seen: [], media: encodeMedia(model, input) }
  try {
    const promptTime = textTime(input.inputIds, B, config)
    const lastTime = Int32Array.from({ length: B }, (_, row) => promptTime[(row + 1) * L - 1] ?? 0)
    let mask = input.attentionMask
    let run: TextRun = { rows: B, ids: input.inputIds, attentionMask: mask, time: promptTime, slots: T }
    for (let step = 0; step < maxNewTokens && signal?.aborted !== true; step++) {
      const logits = advance(model, run, progress)
      let chosen: number[]
      try {
        onLogits?.(logits, step)
        chosen = await best(logits, B)
      } finally {
        logits.dispose()
      }
      for (const row of [...open]) {
        const id = chosen[row] ?? config.eos_token_id
        if (stops.has(id)) open.delete(row)
        else rows[row]?.push(id)
      }
      if (open.size === 0) break
      const width = mask.length / B
      const longer = new Int32Array(B * (width + 1)).fill(1)
      for (let row = 0; row < B; row++) longer.set(mask.subarray(row * width, (row + 1) * width), row * (width + 1))
      mask = longer
      // A row that has ended goes on with padding, which nobody reads.
      const ids = Int32Array.from(chosen, (id, row) => (open.has(row) ? id : config.pad_token_id))
      run = { rows: B, ids, attentionMask: mask, time: lastTime, slots: T }
    }
    return rows
  } finally {
    tf.dispose(tensorsOf(progress.seen))
    for (const media of progress.media) if (media !== undefined) tf.dispose([media.keys, media.values])
  }
}
