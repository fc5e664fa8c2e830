// Which image each token belongs to. `<image>` marks count up along a row; a token sees the image of the last mark at or
// before it (OpenFlamingo's `text_time`).
import { maskedScore } from '../tensors/attention.js'

/** The two switches of a configuration that decide which media a token sees. */
export interface SightRule {
  readonly media_token_id: number
  readonly only_attend_immediate_media: boolean
  readonly attend_previous: boolean
}

/**
 * The number of the image of every token, from 1; 0 for a token without one.
 *
 * With `attend_previous` false a token belongs to the next image instead, and those after the last mark to none.
 *
 * @param ids int32 [B,L]
 * @returns int32 [B,L]
 */
export function textTime(ids: Int32Array, rows: number, rule: SightRule): Int32Array {
  const length = ids.length / rows
  const time = new Int32Array(ids.length)
  for (let row = 0; row < rows; row++) {
    let marks = 0
    for (let i = row * length; i < (row + 1) * length; i++) {
      const mark = ids[i] === rule.media_token_id
      if (mark) marks++
      time[i] = marks + (rule.attend_previous || mark ? 0 : 1)
    }
    if (rule.attend_previous) continue
    for (let i = row * length; i < (row + 1) * length; i++) if ((time[i] ?? 0) > marks) time[i] = 0
  }
  return time
}

/** Masks of cross-attention as arrays. */
export interface SightMask {
  /** 0 where the token sees the latent, `maskedScore` where not, [B, L, T * latents]. */
  readonly scores: Float32Array
  /** 1 where the token sees any image, [B, L]. */
  readonly alive: Float32Array
}

/** The cross-attention mask for tokens with these image numbers. */
export function sightMask(
  time: Int32Array,
  slots: number,
  latents: number,
  rule: Pick<SightRule, 'only_attend_immediate_media'>,
): SightMask {
  const width = slots * latents
  const scores = new Float32Array(time.length * width).fill(maskedScore)
  const alive = new Float32Array(time.length)
  for (let i = 0; i < time.length; i++) {
    const last = time[i] ?? 0
    if (last === 0) continue
    alive[i] = 1
    const first = rule.only_attend_immediate_media ? last - 1 : 0
    scores.fill(0, i * width + first * latents, i * width + last * latents)
  }
  return { scores, alive }
}

/**
 * The mask of self-attention: causal, and blind to padded keys.
 *
 * @param attentionMask int32 [B, P + L], 1 for real tokens; the last L are this run's.
 * @returns [B, L, P + L]
 */
export function causalScores(attentionMask: Int32Array, rows: number, length: number): Float32Array {
  const total = attentionMask.length / rows
  const past = total - length
  const scores = new Float32Array(rows * length * total)
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < length; i++) {
      const at = (row * length + i) * total
      for (let key = 0; key < total; key++)
        if (key > past + i || attentionMask[row * total + key] === 0) scores[at + key] = maskedScore
    }
  return scores
}
