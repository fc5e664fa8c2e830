// Looks ahead along the steps of a stream: which pictures each of them needs, and when each of those will be needed again, so
// that the right ones are kept. Columns of the samples ahead are read for it, a small part of what their batches read later.
import { MimicitError } from '../base/errors.js'
import { type Contents, openContents } from './contents.js'
import type { LoaderSettings } from './options.js'
import { BLIND, type Foresight } from './plan/foresight.js'
import { nextUses } from './plan/next-use.js'
import type { PlannedStep, SampleContent } from './plan/planned.js'
import type { Prepared } from './prepare.js'
import { closing, type WindowMeans } from './window-planner.js'

/** A step that is known together with those behind it. */
export interface ForeseenStep {
  readonly step: PlannedStep
  /** What its samples are made of, row by row, as far as can be told: contexts whose token counts are not known count as
   * fitting. Undefined where it could not be told. */
  readonly made: readonly (readonly SampleContent[])[] | undefined
  readonly foresight: Foresight
}

/** Samples that are known ahead at least: a window of the default order. */
const HORIZON = 1024
/** Samples whose columns are read together at most. */
const CHUNK = 128
/** For each sample given so many are known ahead until the horizon is reached: nobody waits for all of it at first. */
const SPEED = 4
/** Sources have fewer pictures than this. */
const SOURCE = 2 ** 32

/**
 * The steps of a stream, foreseen where that can save anything: where decoded pictures are kept, and the order keeps neighbours
 * together, so that what is used again is used again soon.
 */
export function foreseen(prepared: Prepared, { reuseBytes }: Pick<LoaderSettings, 'reuseBytes'>, means: WindowMeans) {
  const steps = prepared.steps(means)
  const near = prepared.sources.some(({ shuffle }) => shuffle.window !== undefined)
  if (reuseBytes === 0 || !near) return unforeseen(steps)
  // Streams that are filled by lengths know what their samples are made of.
  if (!prepared.refills) return foresee(steps)
  // Text is not looked at: what does not fit in the end is a picture too many that is expected.
  const contents = openContents(prepared.sources, { turns: [], goOn: means.goOn })
  return closing(foresee(steps, contents), contents.close)
}

/**
 * @param contents of samples whose steps do not have theirs; undefined where all have
 * @throws what the steps throw; a fault of reading ahead is left for whoever makes the batch
 */
async function* foresee(steps: AsyncIterable<PlannedStep>, contents?: Contents): AsyncGenerator<ForeseenStep> {
  const uses = nextUses()
  const ahead: Omit<ForeseenStep, 'foresight'>[] = []
  let [given, known, at] = [0, 0, 0]

  const look = async (chunk: readonly PlannedStep[]) => {
    for (const one of await withContents(chunk, contents)) {
      uses.add(picturesOf(one))
      ahead.push(one)
    }
  }
  const give = (): ForeseenStep => {
    const { step, made } = ahead.shift()!
    given += samplesOf(step)
    const next = uses.end()
    const nextUse = (source: number, row: number) => next.get(source * SOURCE + row) ?? Number.POSITIVE_INFINITY
    return { step, made, foresight: { at: at++, nextUse } }
  }

  let chunk: PlannedStep[] = []
  let waiting = 0
  for await (const step of steps) {
    chunk.push(step)
    waiting += samplesOf(step)
    if (waiting < Math.min(CHUNK, SPEED * given)) continue
    await look(chunk)
    known += waiting
    chunk = []
    waiting = 0
    while (ahead.length > 0 && known - given >= Math.min(HORIZON, SPEED * given)) yield give()
  }
  await look(chunk)
  while (ahead.length > 0) yield give()
}

async function* unforeseen(steps: AsyncIterable<PlannedStep>): AsyncGenerator<ForeseenStep> {
  for await (const step of steps) yield alone(step)
}

/** A step of which nothing is known. */
export const alone = (step: PlannedStep): ForeseenStep => ({ step, made: undefined, foresight: BLIND })

const samplesOf = ({ rows }: PlannedStep) => rows.reduce((sum, row) => sum + row.length, 0)

/** Steps with what their samples are made of; those of an epoch are read together. */
async function withContents(chunk: readonly PlannedStep[], contents: Contents | undefined) {
  if (contents === undefined) {
    return chunk.map((step) => ({ step, made: step.rows.map((row) => row.map(({ content }) => content!)) }))
  }
  const epochs = [...new Set(chunk.map(({ epoch }) => epoch))]
  const all = await Promise.all(
    epochs.map(async (epoch) => {
      const steps = chunk.filter((step) => step.epoch === epoch)
      const found = await contents
        .of(
          epoch,
          steps.flatMap(({ rows }) => rows.flat()),
        )
        .catch(unlessAborted)
      let i = 0
      return steps.map((step) => ({ step, made: found && step.rows.map((row) => row.map(() => found[i++]!)) }))
    }),
  )
  return all.flat()
}

function unlessAborted(error: unknown): undefined {
  if (error instanceof MimicitError && error.code === 'MIMICIT_ABORTED') throw error
  return undefined
}

/** Every picture of a step once. */
function picturesOf({ step, made }: Omit<ForeseenStep, 'foresight'>): ReadonlySet<number> {
  const pictures = new Set<number>()
  for (const [r, row] of (made ?? []).entries()) {
    for (const [i, { media }] of row.entries()) {
      for (const one of media) pictures.add(step.rows[r]![i]!.source * SOURCE + one)
    }
  }
  return pictures
}
