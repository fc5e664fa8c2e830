// The in-context examples that a trained model is shown with a question: by default those of its training.
import { isMimicitError } from '../base/errors.js'
import { defaultContext, selectContexts, tooManyShots } from '../context/select.js'
import type { ContextSelection } from '../context/selection.js'
import { contextOrderOf, nearEnd, nearestOf, standing } from '../loader/plan/choose-contexts.js'
import type { Dataset } from '../shards/dataset.js'
import type { RunSettings } from '../train/run-settings.js'
import { subsetPreset } from '../tuple/subsets.js'

/** What is asked for in place of what the run had. */
export interface AskedContexts {
  readonly context?: string | undefined
  readonly shots?: number | undefined
}

/** Examples as they stand in front of a question. */
export interface RunContexts {
  /** The in-context function that chose them. */
  readonly name: string
  /** Rows of pairs. */
  readonly rows: readonly number[]
  /** Which end is near the question. */
  readonly nearest: 'first' | 'last'
}

/** Shots where an in-context function is asked for and the run had none. */
const SHOTS = 2

/**
 * The examples of a pair: of the function that is asked for, or of the run's own. A pair that has none there (because it was
 * held out of training, or is of another data set) gets those that the source calls related.
 * @throws MimicitError MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_UNKNOWN_NAME for a function that is asked for and not there
 */
export async function runContexts(
  dataset: Dataset,
  { loader }: RunSettings,
  row: number,
  asked: AskedContexts,
): Promise<RunContexts> {
  const trained = loader.shots ?? 0
  const shots = asked.shots ?? (trained === 0 && asked.context !== undefined ? SHOTS : trained)
  const { subset } = await dataset.pair(row)
  const { selection, candidates } = await candidatesOf(dataset, row, asked.context, [
    loader.context ?? defaultContext(dataset),
    'rel_ins_ids' in dataset.manifest.contexts ? 'stored:rel_ins_ids' : 'none',
  ])
  if (asked.shots !== undefined && shots > selection.maxContexts) throw tooManyShots(shots, selection)
  // They stand as they did in training.
  const end = selection.nearest ?? subsetPreset(subset).nearest
  const order = contextOrderOf({ shots, contextOrder: loader.contextOrder }, selection.nearest)
  const draw = { seed: loader.seed ?? 0, epoch: 0, row }
  const rows = standing(nearestOf(candidates, shots, end), end, order, draw, (one) => one)
  return { name: selection.name, rows, nearest: nearEnd(order, end) }
}

/** What the named function has for a pair, or the first of several that has anything, or the last of them. */
async function candidatesOf(
  dataset: Dataset,
  row: number,
  named: string | undefined,
  usual: readonly string[],
): Promise<{ readonly selection: ContextSelection; readonly candidates: readonly number[] }> {
  const names = named === undefined ? usual : [named]
  for (const [i, name] of names.entries()) {
    const isLast = i === names.length - 1
    const selection = await selectContexts(dataset, name).catch((error: unknown) => {
      if (!isLast && isMimicitError(error, 'MIMICIT_UNKNOWN_NAME')) return undefined
      throw error
    })
    if (selection === undefined) continue
    const candidates = await selection.contexts(row)
    await selection.close?.()
    if (candidates.length > 0 || isLast) return { selection, candidates }
  }
  throw new Error('no in-context function was named')
}
