// What of a batch gets loss, and how much each of it counts.
import { MimicitError } from '../base/errors.js'
import { ignoredLabel } from '../tensors/cross-entropy.js'
import type { LabelledInput } from './check-batch.js'

/**
 * Over what the loss is a mean: `token`, where every label counts the same and long answers count more; or `sample`, where
 * every sample does, whatever the length of its answer.
 */
export type LossPer = 'token' | 'sample'

/** The positions of a batch whose next token gets loss. */
export interface Supervised {
  /** Flat positions in [B,L], ascending. */
  readonly positions: Int32Array
  /** The token that should come after each of them. */
  readonly labels: Int32Array
  /** What each counts in the mean; they add up to 1. */
  readonly weights: Float32Array
  /** Of how many the loss is the mean: labels, or samples that have any. */
  readonly units: number
}

/**
 * Finds them. Label 0 of a row is never used: position t predicts label t + 1, in packed rows within its own sample.
 *
 * @throws MIMICIT_BAD_VALUE when there are not as many labels as tokens.
 */
export function supervised({ shape: { B, L }, labels, segmentIds }: LabelledInput, per: LossPer): Supervised {
  if (labels.length !== B * L)
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: `${B} x ${L} values`,
      where: 'labels',
      received: `${labels.length}`,
    })
  const positions: number[] = []
  /** Labels of each sample: of a row, or of a segment of a packed one. */
  const perSample = new Map<number, number>()
  const sampleAt = (i: number) => Math.floor(i / L) * (L + 1) + (segmentIds?.[i] ?? 0)
  for (let i = 0; i < B * L; i++) {
    if (i % L === 0 || labels[i] === ignoredLabel) continue
    if (segmentIds !== undefined && segmentIds[i] !== segmentIds[i - 1]) continue
    positions.push(i - 1)
    perSample.set(sampleAt(i), (perSample.get(sampleAt(i)) ?? 0) + 1)
  }
  const units = per === 'token' ? positions.length : perSample.size
  return {
    positions: Int32Array.from(positions),
    labels: Int32Array.from(positions, (i) => labels[i + 1] ?? ignoredLabel),
    weights: Float32Array.from(
      positions,
      (i) => 1 / (per === 'token' ? 1 : (perSample.get(sampleAt(i + 1)) ?? 1)) / units,
    ),
    units,
  }
}
