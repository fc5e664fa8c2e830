// What a few-shot evaluation will ask, before anything is asked: the questions, what may be shown, and for every condition
// the examples of every question. The same options give the same plan.
import { MimicitError, show } from '../../base/errors.js'
import type { OnProgress } from '../../base/progress.js'
import { randomStream } from '../../base/random.js'
import { sample } from '../../context/selectors/sample.js'
import { openWorld } from '../../context/world.js'
import type { Dataset } from '../../shards/dataset.js'
import type { Condition } from './answerer.js'
import { type Lists, matchedInLength, nearestOf } from './nearest.js'
import { makePools, type PoolOptions, type Pools, supportOf } from './pools.js'
import type { FewShotTask } from './tasks.js'

/** What is planned. */
export interface FewShotPlanOptions extends Omit<PoolOptions, 'perVisual' | 'seed'> {
  readonly task: Pick<FewShotTask, 'perVisual'>
  /** Numbers of in-context examples. @default [0, 4, 8, 16] */
  readonly shots?: readonly number[]
  /** In-context functions by name; `matched:<name>` is the control of another one. @default ['random'] */
  readonly select?: readonly string[]
  /** How many draws; seeds count from 0. @default 3 */
  readonly seeds?: number
  /** Only pairs whose instruction matches take part. */
  readonly instructions?: RegExp
  /** At 0 shots two examples are shown without their pictures, as OpenFlamingo does. @default false */
  readonly textDemos?: boolean
  /** Tokens of a row's turn, for controls that are matched in length. @default bytes of its texts */
  readonly tokensOf?: (row: number) => number
  readonly onProgress?: OnProgress | undefined
}

/** A question. */
export interface Question {
  readonly row: number
  /** Rows whose responses are its references. */
  readonly rows: readonly number[]
}

/** A condition with the examples of every question, nearest first. */
export interface PlannedCondition {
  readonly condition: Condition
  readonly contexts: Lists
  /** Whether examples are shown without their pictures. */
  readonly withoutPictures: boolean
}

/** What will be asked. */
export interface FewShotPlan {
  readonly questions: readonly Question[]
  readonly support: number
  readonly guarded: number
  readonly selections: readonly string[]
  readonly conditions: readonly PlannedCondition[]
}

/** Begins the name of a control. */
export const MATCHED = 'matched:'

/** Plans. @throws MimicitError MIMICIT_BAD_VALUE, MIMICIT_EMPTY, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_UNKNOWN_NAME */
export async function planFewShot(dataset: Dataset, options: FewShotPlanOptions): Promise<FewShotPlan> {
  const { task, shots = [0, 4, 8, 16], select = ['random'], seeds = 3, textDemos = false, onProgress } = options
  checkNumbers({ shots, seeds, select })
  const guards = { splits: false, languages: true, subsets: false }
  const world = await openWorld(dataset, { seed: 0, guards, onProgress })
  try {
    const texts = await readTexts(dataset, options.instructions)
    const pools = makePools(world.facts, texts.rows, { ...options, perVisual: task.perVisual, seed: 0 })
    const tokensOf = options.tokensOf ?? ((row: number) => texts.bytes[row]!)
    const { queries } = pools
    const most = shots.reduce((a, b) => Math.max(a, b))
    const conditions: PlannedCondition[] = []
    if (shots.includes(0)) conditions.push(...withoutShots(pools, textDemos, textDemos ? seeds : 1, options.support))
    const shown = shots.filter((count) => count > 0)
    for (let seed = 0; shown.length > 0 && seed < seeds; seed++) {
      const choosing = { world, queries, support: supportOf(pools, options.support, seed), shots: most, seed }
      const made = new Map<string, Lists>()
      const listsOf = async (name: string): Promise<Lists> => {
        const known = made.get(name)
        if (known !== undefined) return known
        const lists = name.startsWith(MATCHED)
          ? matchedInLength(await listsOf(name.slice(MATCHED.length)), choosing, world.facts, tokensOf)
          : await nearestOf(name, choosing)
        made.set(name, lists)
        return lists
      }
      for (const name of select) {
        const lists = await listsOf(name)
        for (const count of shown) {
          const contexts = lists.map((rows) => rows.slice(0, count))
          conditions.push({ condition: { select: name, shots: count, seed }, contexts, withoutPictures: false })
        }
      }
    }
    return {
      questions: queries.map((row) => ({ row, rows: pools.rowsOf.get(row)! })),
      ...{ support: pools.support.length, guarded: pools.guarded, selections: select, conditions },
    }
  } finally {
    await world.close()
  }
}

/** Examples without pictures that stand in for none at all. */
const TEXT_DEMOS = 2

function withoutShots(pools: Pools, textDemos: boolean, seeds: number, support: number | undefined) {
  return Array.from({ length: seeds }, (_, seed): PlannedCondition => {
    const rows = supportOf(pools, support, seed)
    const draw = (query: number) => sample(rows, TEXT_DEMOS, randomStream('few-shot text demos 1', seed, query))
    return {
      condition: { select: 'none', shots: 0, seed },
      contexts: pools.queries.map((query) => (textDemos ? draw(query) : [])),
      withoutPictures: textDemos,
    }
  })
}

/** Rows whose instruction matches, and bytes of the texts of all. */
async function readTexts(dataset: Dataset, instructions: RegExp | undefined) {
  const rows: number[] = []
  const bytes = new Float64Array(dataset.manifest.tables.pairs.rows)
  for await (const { firstRow, rows: count, columns } of dataset.columns('pairs', ['instruction', 'response'])) {
    for (let i = 0; i < count; i++) {
      const [instruction, response] = [columns.instruction?.[i] as string, columns.response?.[i] as string]
      bytes[firstRow + i] = Buffer.byteLength(instruction) + Buffer.byteLength(response)
      if (instructions === undefined || instructions.test(instruction)) rows.push(firstRow + i)
    }
  }
  return { rows, bytes }
}

function checkNumbers({
  shots,
  seeds,
  select,
}: {
  shots: readonly number[]
  seeds: number
  select: readonly string[]
}) {
  const refuse = (expected: string, where: string, received: unknown) => {
    throw new MimicitError('MIMICIT_BAD_VALUE', { expected, where: `option ${where}`, received: show(received) })
  }
  if (shots.length === 0 || !shots.every((count) => Number.isInteger(count) && count >= 0))
    refuse('numbers of in-context examples from 0 on', 'shots', shots)
  if (!Number.isInteger(seeds) || seeds < 1) refuse('a number of draws of at least 1', 'seeds', seeds)
  if (select.length === 0) refuse('at least one in-context function', 'select', select)
}
