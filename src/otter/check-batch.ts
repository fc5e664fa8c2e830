// Checks what goes into the model. With more `<image>` marks than media the original silently attends to everything at
// once, with fewer it drops pictures; both train a wrong model without a word, so here both are errors.
import { MimicitError, show } from '../base/errors.js'
import type { Batch } from '../loader/batch.js'
import { patchCount } from './clip-vit.js'
import type { OtterConfig } from './config.js'
import { slotPlaces } from './slot-places.js'

/** What the model needs of a batch. */
export type ModelInput = Pick<
  Batch,
  'shape' | 'inputIds' | 'attentionMask' | 'pixelValues' | 'pixelLayout' | 'mediaMask'
> & {
  /** Ids of the samples, for messages. */
  readonly ids?: readonly string[]
  /** Which sample of its row each token and each media slot belongs to, int32 [B,L] and [B,T], from 1, 0 for padding: in
   * packed batches only, where samples must not see each other. */
  readonly segmentIds?: Int32Array
  readonly mediaSegments?: Int32Array
  /** What the vision tower has given for these pictures before, [B,T,F,patches,width]: in place of running it. */
  readonly visualTokens?: Float32Array
}

/** What a training step needs. */
export type LabelledInput = ModelInput & Pick<Batch, 'labels'>

function refuse(expected: string, where: string, received: string): never {
  throw new MimicitError('MIMICIT_BAD_VALUE', { expected, where, received })
}

function checkMedia(input: ModelInput, config: OtterConfig): void {
  const { B, T, F } = input.shape
  for (let row = 0; row < B; row++) {
    const segments = segmentsOfMarks(input, row, config)
    const marks = segments.length
    let used = 0
    let last = 0
    for (let slot = 0; slot < T; slot++) {
      const start = (row * T + slot) * F
      if (!input.mediaMask.subarray(start, start + F).includes(1)) continue
      used++
      last = slot + 1
    }
    const strange = segments.findIndex((segment, slot) => segment !== input.mediaSegments?.[row * T + slot])
    if (marks === used && last === used && strange === -1) continue
    const sample = input.segmentIds === undefined ? input.ids?.[row] : undefined
    const gap = last === used ? '' : ` with a gap before slot ${last}`
    throw new MimicitError('MIMICIT_MEDIA_MISMATCH', {
      expected: `as many media slots, from the first on, as the ${marks} <image> marks of the text`,
      where: `sample ${show(sample ?? `in row ${row}`)}`,
      received: strange === -1 || marks !== used ? `${used} used slots${gap}` : `slot ${strange} of another sample`,
      hint: 'The k-th <image> of a row belongs to its k-th media slot.',
    })
  }
}

function checkSegments({ shape: { B, L, T }, segmentIds, mediaSegments }: ModelInput): void {
  if (segmentIds === undefined && mediaSegments === undefined) return
  if (segmentIds?.length !== B * L) refuse(`${B} x ${L} values`, 'segmentIds', show(segmentIds?.length))
  if (mediaSegments?.length !== B * T) refuse(`${B} x ${T} values`, 'mediaSegments', show(mediaSegments?.length))
}

/** The sample of each `<image>` of a row; in packed rows the k-th slot is of the same one. */
function segmentsOfMarks(input: ModelInput, row: number, config: OtterConfig): (number | undefined)[] {
  const { L } = input.shape
  const segments: (number | undefined)[] = []
  for (let i = row * L; i < (row + 1) * L; i++)
    if (input.inputIds[i] === config.media_token_id && input.attentionMask[i] !== 0)
      segments.push(input.segmentIds?.[i])
  return segments
}

/**
 * Checks a batch against a configuration.
 *
 * @throws MIMICIT_MEDIA_MISMATCH naming the sample whose `<image>` marks and media slots differ, MIMICIT_BAD_VALUE for an
 * array of the wrong size, pictures of the wrong size, too many frames, or a token outside the vocabulary.
 */
export function checkBatch(input: ModelInput, config: OtterConfig): void {
  const { B, L, T, F, H, W } = input.shape
  const tokens = B * L
  if (input.inputIds.length !== tokens) refuse(`${B} x ${L} values`, 'inputIds', show(input.inputIds.length))
  if (input.attentionMask.length !== tokens)
    refuse(`${B} x ${L} values`, 'attentionMask', show(input.attentionMask.length))
  if (input.mediaMask.length !== B * T * F)
    refuse(`${B} x ${T} x ${F} values`, 'mediaMask', show(input.mediaMask.length))
  checkSegments(input)
  const { image_size } = config.vision_config
  if (T > 0 && (H !== image_size || W !== image_size))
    refuse(`pictures of ${image_size} x ${image_size} pixels`, 'pixelValues', `${H} x ${W}`)
  if (input.pixelLayout === 'NHWC') refuse('planes of channels (NCHW)', 'pixelLayout', 'NHWC')
  if (config.max_num_frames != null && F > config.max_num_frames)
    refuse(`at most ${config.max_num_frames} frames a slot`, 'pixelValues', `${F}`)
  const media = slotPlaces(input).reduce((most, place) => Math.max(most, place + 1), 0)
  if (config.max_num_media != null && media > config.max_num_media)
    refuse(`at most ${config.max_num_media} media a sample`, 'pixelValues', `${media}`)
  const { hidden_size } = config.vision_config
  const seen = B * T * F * patchCount(config.vision_config) * hidden_size
  if (input.visualTokens !== undefined && input.visualTokens.length !== seen)
    refuse(`${seen} values`, 'visualTokens', show(input.visualTokens.length))
  const { vocab_size } = config.text_config as { readonly vocab_size?: unknown }
  const bad = input.inputIds.findIndex((id) => id < 0 || id >= Number(vocab_size))
  if (bad !== -1) refuse(`a token id below ${String(vocab_size)}`, `inputIds[${bad}]`, show(input.inputIds[bad]))
  checkMedia(input, config)
}
