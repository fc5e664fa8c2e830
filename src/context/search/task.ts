// One piece of search work, the same in this thread and in others.
import type { Tf } from '../../tensors/tf.js'
import { assign, type Cells, searchCells } from './cells.js'
import { searchExact } from './exact.js'
import type { Vectors } from './matrix.js'
import type { Nearest } from './nearest.js'

/** Rows [from, to). */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What is to be found out. */
export type SearchTask =
  | {
      readonly kind: 'exact'
      readonly range: Range
      readonly queries: Int32Array
      readonly k: number
      readonly seed: number
    }
  | {
      readonly kind: 'cells'
      readonly cells: Cells
      readonly queries: Int32Array
      readonly probes: number
      readonly k: number
      readonly seed: number
    }

/** The nearest of each query. */
export function runTask(tf: Tf, vectors: Vectors, task: SearchTask): Nearest {
  switch (task.kind) {
    case 'exact':
      return searchExact(tf, vectors, task.queries, task.range, task.k, task.seed)
    case 'cells':
      return searchCells(tf, vectors, task.cells, task.queries, task.probes, task.k, task.seed)
    default:
      return task satisfies never
  }
}

/** What is asked of another thread. */
export type PoolRequest =
  | { readonly id: number; readonly kind: 'search'; readonly task: SearchTask }
  | { readonly id: number; readonly kind: 'assign'; readonly range: Range; readonly centres: Float32Array }

/** What it answers. */
export type PoolReply =
  | { readonly id: number; readonly nearest: Nearest }
  | { readonly id: number; readonly cells: Int32Array }
  | { readonly id: number; readonly error: string }

/** Answers a request. */
export function answer(tf: Tf, vectors: Vectors, request: PoolRequest): PoolReply {
  try {
    if (request.kind === 'search') return { id: request.id, nearest: runTask(tf, vectors, request.task) }
    return { id: request.id, cells: assign(tf, vectors, request.range, request.centres) }
  } catch (error) {
    return { id: request.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
