// Prompts that are being continued: the pictures are encoded once, every block's keys and values of them are kept, and so
// are those of the text; a generated token goes on seeing the last image of its prompt, as it would if everything were
// computed anew. (The original Otter forgets the image after the first generated token when it uses a cache.) All of it
// lives here, not on the model, so any number may be under way at once.
import { KeyValueCache, takeFirst } from '../../tensors/key-value-cache.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import type { ModelInput } from '../check-batch.js'
import { mediaLatents, visualTokens } from '../media.js'
import { headLogits } from '../model.js'
import { cacheMedia, type MediaCache, type ModelParts, runText, type TextRun } from '../run-text.js'
import { textTime } from '../text-time.js'

/** Prompts and what the model has seen of them. */
export interface Continuation {
  /** Rows of the batch times copies: row r of the batch is rows r * copies to (r + 1) * copies. */
  readonly rows: number
  /** What comes next, [rows,V]; the continuation frees it at the next step. */
  readonly logits: Tensor
  /**
   * Adds a token to every row.
   * @param ids the tokens, one a row
   * @param from the row that each row goes on from (of a beam search); as they are, without
   */
  advance(ids: Int32Array, from?: Int32Array): void
  dispose(): void
}

/** Keys and values of the pictures for every block, for rows with copies. */
function encodeMedia(parts: ModelParts, input: ModelInput, spread: Int32Array): MediaCache {
  const { tf } = parts
  return tf.tidy(() => {
    const tokens = visualTokens(parts, input)
    const cache = cacheMedia(parts, tokens === undefined ? undefined : mediaLatents(parts, input, tokens))
    if (spread.length === input.shape.B) return cache as never
    return cache.map(
      (media) => media && { keys: takeFirst(tf, media.keys, spread), values: takeFirst(tf, media.values, spread) },
    ) as never
  })
}

/** One run over tokens: the logits [rows,V] of the last position. */
function run(parts: ModelParts, text: TextRun, media: MediaCache, caches: readonly KeyValueCache[]): Tensor {
  const { tf } = parts
  return tf.tidy(() => {
    const last = runText(parts, text, media, caches).hidden.at(-1) as Tensor
    const [rows = 0, length = 0, width = 0] = last.shape
    const end = tf.reshape(tf.slice(last, [0, length - 1, 0], [rows, 1, width]), [rows, width])
    return headLogits(parts, end)
  })
}

/**
 * Reads prompts.
 * @param input checked, padded on the left
 * @param copies how many ways each of them is to be continued in
 */
export function startContinuation(parts: ModelParts, input: ModelInput, copies: number): Continuation {
  const { tf, config } = parts
  const { B, L, T } = input.shape
  const rows = B * copies
  const spread = Int32Array.from({ length: rows }, (_, row) => Math.floor(row / copies))
  const media = encodeMedia(parts, input, spread)
  const promptSight = textTime(input.inputIds, B, config)
  const lastOf = (values: Int32Array) => Int32Array.from(spread, (row) => values[(row + 1) * L - 1] ?? 0)
  const sight = { time: lastOf(promptSight.time), before: lastOf(promptSight.before) }
  let mask = input.attentionMask
  const own = { rows: B, ids: input.inputIds, attentionMask: mask, sight: promptSight, slots: T }
  // The prompt is read once, whatever the copies; only what it leaves is copied.
  const promptMedia =
    copies === 1
      ? media
      : encodeMedia(
          parts,
          input,
          Int32Array.from({ length: B }, (_, row) => row),
        )
  const caches = Array.from({ length: parts.decoder.config.num_hidden_layers }, () => new KeyValueCache(tf))
  let logits = run(parts, own, promptMedia, caches)

  const reorder = (from: Int32Array) => {
    for (const cache of caches) cache.reorder(from)
  }
  if (copies > 1) {
    disposeMedia(tf, promptMedia)
    reorder(spread)
    const few = logits
    logits = tf.tidy(() => takeFirst(tf, few, spread))
    few.dispose()
    mask = Int32Array.from(
      { length: rows * L },
      (_, i) => input.attentionMask[(spread[Math.floor(i / L)] ?? 0) * L + (i % L)] ?? 0,
    )
  }
  return {
    rows,
    get logits() {
      return logits
    },
    advance(ids, from) {
      if (from?.some((row, i) => row !== i)) reorder(from)
      // Copies of a row have its padding, so the mask is the same whichever of them a row goes on from.
      mask = withReal(mask, rows)
      logits.dispose()
      logits = run(parts, { rows, ids, attentionMask: mask, sight, slots: T }, media, caches)
    },
    dispose() {
      logits.dispose()
      for (const cache of caches) cache.dispose()
      disposeMedia(tf, media)
    },
  }
}

function disposeMedia(tf: Tf, media: MediaCache): void {
  for (const part of media) if (part !== undefined) tf.dispose([part.keys, part.values])
}

/** A mask with one more real token in each row. */
function withReal(mask: Int32Array, rows: number): Int32Array {
  const width = mask.length / rows
  const longer = new Int32Array(rows * (width + 1)).fill(1)
  for (let row = 0; row < rows; row++) longer.set(mask.subarray(row * width, (row + 1) * width), row * (width + 1))
  return longer
}
