// The steps of a stream whose batches are filled by lengths. Positions come in windows of a fixed size; each window makes its
// groups (rows of several samples, or whole steps) by itself. Where a stream stands is how many samples it has passed: that
// names the window and the group in it, so going on costs one window, whatever number of ranks did the rest.
import { MimicitError } from '../../base/errors.js'
import type { LoaderState } from '../batch.js'
import { noSteps } from './no-steps.js'
import type { PlannedSample, PlannedStep } from './planned.js'
import { filledUp, partOf, type Rank, rowsEach } from './ranks.js'

/** What decides the steps of a stream that is filled by lengths. */
export interface LengthPlan extends Rank {
  /** Its identity, 16 hex digits. */
  readonly id: string
  /** Samples of one epoch. */
  readonly samples: number
  readonly epochs: number
  /** Positions of a window. */
  readonly window: number
  /** Rows of a step on all ranks together, where groups are rows; undefined where a group is a step. */
  readonly rows: number | undefined
  readonly dropLast: boolean
  readonly padLast: boolean
  /** Goes on at the next group from a state that stands inside one. */
  readonly force?: boolean
  /** The groups of a window, which hold each of its samples once. */
  groups(epoch: number, window: number): Promise<readonly (readonly PlannedSample[])[]>
}

/**
 * Every step from a state on.
 * @throws MimicitError MIMICIT_BAD_VALUE for a state that stands nowhere in the stream; MIMICIT_EMPTY where epochs have fewer
 * rows than a step: all of a stream that begins, or many behind each other
 */
export async function* planByLength(plan: LengthPlan, from: LoaderState): AsyncGenerator<PlannedStep> {
  let position = startOf(plan, from)
  let step = from.step
  let [isEmpty, barren] = [from.seen === 0, 0]
  for (let epoch = from.epoch; epoch < plan.epochs; epoch++) {
    for await (const { groups, end } of stepsOf(plan, epoch, position)) {
      const last = end === plan.samples
      yield {
        epoch,
        step,
        rows: dealt(plan, groups),
        after: {
          ...{ v: 1, plan: plan.id, seen: epoch * plan.samples + end },
          ...(last ? { epoch: epoch + 1, step: 0 } : { epoch, step: step + 1 }),
        },
      }
      step++
      isEmpty = false
    }
    // Its rows are as many as its order makes them: the next epoch may have a full step. None may have one for ever.
    barren = position === 0 && step === 0 ? barren + 1 : 0
    if (barren === MOST_BARREN || (isEmpty && epoch === plan.epochs - 1)) {
      throw noSteps(plan.rows!, `${plan.samples} samples, which fill fewer rows`, 'rows')
    }
    position = 0
    step = 0
  }
}

/** Epochs without a step that are gone through one after the other. */
const MOST_BARREN = 8

/** The position of a state in its epoch. */
function startOf({ samples, force }: LengthPlan, { epoch, seen }: LoaderState): number {
  const position = seen - epoch * samples
  if (position >= 0 && position <= samples) return position
  if (force) return 0
  throw nowhere(`from ${epoch * samples} to ${(epoch + 1) * samples} samples seen in epoch ${epoch}`, seen)
}

/** This rank's rows of a step. */
function dealt(plan: LengthPlan, groups: readonly (readonly PlannedSample[])[]) {
  const { rows, padLast, worldSize } = plan
  const all = rows === undefined ? groups.flat().map((sample) => [sample]) : groups
  const { from, to } = partOf(all.length, plan)
  const count = rows !== undefined && padLast ? rows : all.length
  return filledUp(all.slice(from, to), rowsEach(count, worldSize))
}

/** The groups of each step, and the position behind them; what a last step leaves out is behind the one before it. */
async function* stepsOf(plan: LengthPlan, epoch: number, from: number) {
  const { rows, dropLast, samples } = plan
  const most = rows ?? 1
  let groups: (readonly PlannedSample[])[] = []
  let end = from
  let full: { readonly groups: readonly (readonly PlannedSample[])[]; readonly end: number } | undefined
  for await (const group of groupsFrom(plan, epoch, from)) {
    groups.push(group.samples)
    end = group.end
    if (groups.length < most && end < samples) continue
    if (dropLast && rows !== undefined) {
      // Whether a step is the last one is only known when there is another.
      const short = groups.length < most
      if (full !== undefined) yield short ? { ...full, end } : full
      full = short ? undefined : { groups, end }
    } else yield { groups, end }
    groups = []
  }
  if (full !== undefined) yield full
}

async function* groupsFrom(plan: LengthPlan, epoch: number, from: number) {
  const { window, samples, force } = plan
  const windows = from < samples ? Math.ceil(samples / window) : 0
  const first = Math.floor(from / window)
  let next = first < windows ? begun(plan, epoch, first) : undefined
  let position = first * window
  for (let at = first; next !== undefined; at++) {
    const groups = await next
    next = undefined
    for (const [i, group] of groups.entries()) {
      const start = position
      position += group.length
      // The next window is looked at while this one is handed out, not before.
      if (i === groups.length >> 1 && at + 1 < windows) next = begun(plan, epoch, at + 1)
      if (start >= from) yield { samples: group, end: position }
      else if (position > from && force !== true) throw nowhere(`a state between two rows, such as at ${start}`, from)
    }
  }
}

/** A window that is being looked at; a failure is thrown when its turn comes. */
function begun(plan: LengthPlan, epoch: number, window: number) {
  const groups = plan.groups(epoch, window)
  groups.catch(() => undefined)
  return groups
}

const nowhere = (expected: string, received: number) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected,
    where: 'option resume of loadMimicIT',
    received: `${received} samples`,
    hint: 'The state is not one of this stream.',
  })
