// Learning rate schedules: pure functions from progress to a factor, behind one registry, with a linear warm-up before.
import { MimicitError, show } from '../base/errors.js'

/** Factor on the base rate at `progress` in [0, 1) of the steps after the warm-up. */
export type Schedule = (progress: number) => number

/** A new schedule is one line here. */
export const schedules = {
  /** The same rate from the warm-up on. */
  constant: () => 1,
  /** Straight down to 0. */
  linear: (progress) => 1 - progress,
  /** Half a cosine down to 0 (the published recipes). */
  cosine: (progress) => 0.5 * (1 + Math.cos(Math.PI * progress)),
} as const satisfies Readonly<Record<string, Schedule>>

/** A name of `schedules`. */
export type ScheduleName = keyof typeof schedules

/** Options of the learning rate. */
export interface ScheduleOptions {
  /** Learning rate at its highest. @default 1e-4 */
  readonly lr?: number
  /** How it falls. @default 'constant' */
  readonly schedule?: ScheduleName
  /** Steps of linear warm-up; the first step already moves, at lr / warmupSteps. @default 0 */
  readonly warmupSteps?: number
}

/**
 * The learning rate of every step.
 *
 * @param steps Steps of the whole training.
 * @returns A function of the number of updates done before, from 0.
 * @throws MIMICIT_UNKNOWN_NAME for a schedule that is not registered, MIMICIT_BAD_VALUE for a rate or warm-up below 0.
 */
export function learningRate(steps: number, options: ScheduleOptions = {}): (step: number) => number {
  const { lr = 1e-4, schedule = 'constant', warmupSteps = 0 } = options
  if (!Object.hasOwn(schedules, schedule))
    throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
      expected: `one of ${Object.keys(schedules).join(', ')}`,
      where: 'the option schedule',
      received: show(schedule),
    })
  for (const [name, value] of Object.entries({ lr, warmupSteps }))
    if (!(Number.isFinite(value) && value >= 0))
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'a number of at least 0',
        where: `the option ${name}`,
        received: show(value),
      })
  const factor: Schedule = schedules[schedule]
  return (step) => {
    if (step < warmupSteps) return (lr * (step + 1)) / warmupSteps
    const rest = Math.max(steps - warmupSteps, 1)
    return lr * factor(Math.min((step - warmupSteps) / rest, 1))
  }
}
