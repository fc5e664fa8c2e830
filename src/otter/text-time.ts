// Which image each token belongs to. `<image>` marks count up along a row; a token sees the image of the last mark at or
// before it (OpenFlamingo's `text_time`).
import { maskedScore } from '../tensors/attention.js'

/** The two switches of a configuration that decide which media a token sees. */
export interface SightRule {
  readonly media_token_id: number
  readonly only_attend_immediate_media: boolean
  readonly attend_previous: boolean
}

/** Which images of its row each token may see. */
export interface TextSight {
  /** The number of the image of every token, from 1; 0 for a token without one. int32 [B,L] */
  readonly time: Int32Array
  /** How many images of its row stand in front of the token's sample, int32 [B,L]: all 0 where rows hold one sample. */
  readonly before: Int32Array
}

/**
 * The image of every token. With `attend_previous` false a token belongs to the next image of its sample instead, and those
 * after the last mark to none.
 *
 * @param ids int32 [B,L]
 * @param segments which sample of its row a token belongs to, int32 [B,L]; absent where rows hold one sample
 */
export function textTime(ids: Int32Array, rows: number, rule: SightRule, segments?: Int32Array): TextSight {
  const length = ids.length / rows
  const time = new Int32Array(ids.length)
  const before = new Int32Array(ids.length)
  for (let row = 0; row < rows; row++) {
    const end = (row + 1) * length
    let marks = 0
    for (let start = row * length; start < end; ) {
      const first = marks
      let at = start
      for (; at < end && (segments === undefined || segments[at] === segments[start]); at++) {
        const mark = ids[at] === rule.media_token_id
        if (mark) marks++
        before[at] = first
        const image = marks + (rule.attend_previous || mark ? 0 : 1)
        time[at] = image > first ? image : 0
      }
      if (!rule.attend_previous) for (let i = start; i < at; i++) if (time[i]! > marks) time[i] = 0
      start = at
    }
  }
  return { time, before }
}

/** Masks of cross-attention as arrays. */
export interface SightMask {
  /** 0 where the token sees the latent, `maskedScore` where not, [B, L, T * latents]. */
  readonly scores: Float32Array
  /** 1 where the token sees any image, [B, L]. */
  readonly alive: Float32Array
}

/** The cross-attention mask for tokens with these images. */
export function sightMask(
  { time, before }: TextSight,
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
    const first = rule.only_attend_immediate_media ? last - 1 : (before[i] ?? 0)
    scores.fill(0, i * width + first * latents, i * width + last * latents)
  }
  return { scores, alive }
}

/**
 * The mask of self-attention: causal, and blind to padded keys and to those of another sample.
 *
 * @param attentionMask int32 [B, P + L], 1 for real tokens; the last L are this run's.
 * @param segments which sample of its row a token belongs to, int32 [B,L], where rows hold several; there is no past then
 * @param places keys that there is room for, P + L or more; nobody sees those beyond
 * @returns [B, L, places]
 */
export function causalScores(
  attentionMask: Int32Array,
  rows: number,
  length: number,
  segments?: Int32Array,
  places = attentionMask.length / rows,
): Float32Array {
  const total = attentionMask.length / rows
  const past = total - length
  const scores = new Float32Array(rows * length * places)
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < length; i++) {
      const at = (row * length + i) * places
      for (let key = 0; key < places; key++)
        if (key > past + i || attentionMask[row * total + key] === 0 || !sameSegment(segments, row * length, i, key))
          scores[at + key] = maskedScore
    }
  return scores
}

const sameSegment = (segments: Int32Array | undefined, row: number, one: number, other: number) =>
  segments === undefined || segments[row + one] === segments[row + other]
