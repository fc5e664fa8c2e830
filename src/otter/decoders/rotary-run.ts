// What the layers of a family with rotary positions share in one run.
import { z } from 'zod'
import { type RotaryTables, rotaryTables } from '../../tensors/rotary.js'
import type { Tensor, Tf } from '../../tensors/tf.js'
import type { PreparedRun, RunShape } from './decoder.js'

/** What transformers writes since version 5, in place of fields of the configuration itself; scaled positions are refused. */
export const ropeParameters = z
  .object({
    rope_type: z.literal('default').default('default'),
    rope_theta: z.number().positive().optional(),
    /** How much of a head is turned. */
    partial_rotary_factor: z.number().positive().max(1).optional(),
  })
  .nullish()

/** How the heads of a family are turned. */
export interface RotaryHeads {
  /** Width of a head. */
  readonly width: number
  /** Base of the frequencies. */
  readonly theta: number
  /** How much of a head is turned. @default width */
  readonly rotated?: number
}

/** Tensors of a run: the tables for `rotary` and the mask. */
export type RotaryRun = RotaryTables & { readonly scores: Tensor }

/** Prepares a run. Tokens are counted from the left edge, pads included: only differences of positions matter. */
export function prepareRotary(tf: Tf, run: RunShape, { width, theta, rotated }: RotaryHeads): PreparedRun {
  const { rows, length, past, places, scores } = run
  const positions = Array.from({ length }, (_, i) => past + i)
  const tables = rotaryTables(tf, positions, 1, width, theta, rotated)
  return { tensors: { ...tables, scores: tf.tensor4d(scores, [rows, 1, length, places]) } }
}

/** What `prepareRotary` made, for a layer. */
export const rotaryRun = (run: PreparedRun): RotaryRun => run.tensors as Readonly<Record<string, Tensor>> & RotaryRun
