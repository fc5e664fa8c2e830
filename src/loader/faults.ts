// Samples that the data make unusable: an error, or somebody else in their place. A position never moves: who stands in for
// a sample is drawn by a key of its own, so that healthy samples are where they would be, on every rank and after a resume.
import { isMimicitError, MimicitError } from '../base/errors.js'
import type { SampleFault } from './batch.js'
import type { PlannedSample } from './plan/planned.js'

/** What is done about samples that the data make unusable. */
export type BadSamplePolicy = 'error' | 'substitute'

/** Who may be tried in the place of one sample before it is an error all the same. */
export const MOST_RESERVES = 8

/** Faults that lie in what is stored: no repetition mends them, and the rest of the data may well be sound. */
const OF_THE_DATA: ReadonlySet<string> = new Set([
  'MIMICIT_BAD_PICTURE',
  'MIMICIT_BAD_RECORD',
  'MIMICIT_CORRUPT',
  'MIMICIT_NOT_FOUND',
  'MIMICIT_TOO_LONG',
])

/** Whether an error says that a sample cannot be used, whoever asks for it again. */
export function isFaultOfData(error: unknown): error is MimicitError {
  return isMimicitError(error) && OF_THE_DATA.has(error.code)
}

/** How the samples of a step are made. */
export interface SampleMaking<T> {
  readonly policy: BadSamplePolicy
  /** Makes some samples together; each fails on its own. */
  make(planned: readonly PlannedSample[]): Promise<readonly PromiseSettledResult<T>[]>
  /** Who stands in for a sample, or undefined where nobody does and its place stays empty. */
  readonly reserveOf: ((sample: PlannedSample, attempt: number) => PlannedSample) | undefined
}

/** What became of the samples of a step. */
export interface SamplesMade<T> {
  /** In the order planned, with who they were planned as or who stands in; undefined for a place that stays empty. */
  readonly samples: readonly ({ readonly planned: PlannedSample; readonly made: T } | undefined)[]
  /** In the order of their places. */
  readonly faults: readonly SampleFault[]
}

/**
 * Makes samples, with reserves for those that the data make unusable.
 * @throws the error of the first sample that could not be made if the policy is `error`, if its fault is none of the data,
 * or if no reserve could be made either
 */
export async function usableSamples<T>(
  planned: readonly PlannedSample[],
  { policy, make, reserveOf }: SampleMaking<T>,
): Promise<SamplesMade<T>> {
  const samples: ({ readonly planned: PlannedSample; readonly made: T } | undefined)[] = planned.map(() => undefined)
  const faults: (SampleFault & { readonly place: number })[] = []
  let open = planned.map((sample, place) => ({ sample, place }))
  for (let attempt = 0; open.length > 0; attempt++) {
    const results = await make(open.map(({ sample }) => sample))
    const failed: typeof open = []
    for (const [i, result] of results.entries()) {
      const { sample, place } = open[i]!
      if (result.status === 'fulfilled') {
        samples[place] = { planned: sample, made: result.value }
        continue
      }
      const error: unknown = result.reason
      if (policy === 'error' || !isFaultOfData(error)) throw error
      const { epoch, position, source, row } = sample
      faults.push({ epoch, position, source, row, place, attempt, code: error.code, message: error.message })
      if (reserveOf === undefined) continue
      if (attempt === MOST_RESERVES) throw nobodyLeft(sample, error)
      failed.push({ sample: reserveOf(planned[place]!, attempt + 1), place })
    }
    open = failed
  }
  faults.sort((a, b) => a.place - b.place || a.attempt - b.attempt)
  return { samples, faults: faults.map(({ place, ...fault }) => fault) }
}

function nobodyLeft({ epoch, position }: PlannedSample, cause: MimicitError): MimicitError {
  return new MimicitError(cause.code, {
    ...cause.parts,
    where: `${cause.parts.where}, the last of ${MOST_RESERVES} reserves for position ${position} of epoch ${epoch}`,
    // What mends one of them mends the others: a budget that is too small is no damage.
    hint: cause.parts.hint ?? 'Much of the data cannot be used; run `mimicit verify`.',
    cause,
  })
}
