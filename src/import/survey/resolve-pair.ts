// A pair as it is stored: its pictures as rows, and what is wrong with it.
import type { ErrorCode } from '../../base/errors.js'
import type { WrittenPair } from '../../shards/rows.js'
import { textUnits } from '../../shards/text-place.js'
import { otherPictureIds, parseId } from '../../tuple/ids.js'
import { subsetPreset } from '../../tuple/subsets.js'
import { isWellFormed, validateFacts } from '../../tuple/validate.js'
import type { Policies, VisualPolicy } from '../policies.js'
import type { SourcePair } from '../source.js'
import type { PictureSurvey } from './pictures.js'

/** What the importer was told of all pairs. */
export interface PairDefaults {
  readonly subset: string | undefined
  readonly language: string
  /** Whether the sources were given a name: under it an append brings in what is there already, too. @default false */
  readonly isNamed?: boolean
}

/** What is wrong with a pair, and what is done about it. */
export interface PairFault {
  readonly code: ErrorCode
  readonly policy: VisualPolicy
  readonly message: string
}

/** The pair as it is stored, and its faults; none if a fault leaves it out. With a fault that stops the import it stays. */
export function resolvePair(
  pair: SourcePair,
  id: string,
  source: number,
  pictures: PictureSurvey,
  defaults: PairDefaults,
  policies: Policies,
): { readonly resolved: WrittenPair | undefined; readonly faults: readonly PairFault[] } {
  const faults: PairFault[] = []
  const kept: number[] = []
  const media: number[] = []
  let skipped = false
  const names = [...pair.mediaIds]
  pair.mediaIds.forEach((name, i) => {
    let row = pictures.rowOf(name, source)
    if (row === 'missing') {
      const other = otherPictureIds(name, pair.id).find((each) => pictures.rowOf(each, source) !== 'missing')
      if (other !== undefined) {
        row = pictures.rowOf(other, source)
        names[i] = other
        const message = `no picture is called ${name}; ${other} was taken`
        // Told, and no reason to leave anything out.
        faults.push({ code: 'MIMICIT_OTHER_SPELLING', policy: 'drop-visual', message })
      }
    }
    if (typeof row === 'number') {
      kept.push(i)
      media.push(row)
      return
    }
    const policy = policies[row === 'missing' ? 'dangling' : 'broken']
    const message = row === 'missing' ? `picture ${name} is not in the images` : `picture ${name} is no picture`
    faults.push({ code: 'MIMICIT_DANGLING_MEDIA', policy, message })
    skipped ||= policy === 'skip'
  })
  const subset = defaults.subset ?? pair.subset ?? parseId(pair.id)?.task ?? 'unnamed'
  const only = <T>(list: readonly T[] | null | undefined) => (list == null ? null : kept.map((i) => list[i]!))
  const { metadata } = pair
  const resolved: WrittenPair = {
    id,
    subset,
    split: pair.split ?? null,
    language: pair.language ?? defaults.language,
    instruction: pair.instruction,
    response: pair.response,
    mediaKind: media.length === 0 ? 'none' : (pair.mediaKind ?? subsetPreset(subset).mediaKind),
    media,
    mediaIds: kept.map((i) => pictures.nameOf(names[i]!, source)),
    mediaPositions: media.length === 0 ? null : only(pair.mediaPositions),
    mediaTimes: media.length === 0 ? null : only(pair.mediaTimes),
    metadata: metadata == null || Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
  }
  const wrong = validateFacts(resolved, textUnits(resolved.instruction))
  if (!isWellFormed(id)) wrong.push('the id is not well-formed Unicode')
  for (const message of wrong) faults.push({ code: 'MIMICIT_BAD_RECORD', policy: policies.broken, message })
  skipped ||= wrong.length > 0
  // Where a fault stops the import, the pair stays known: its contexts and train keys are not at fault.
  const stops = faults.some(({ policy }) => policy === 'error')
  const bare = pair.mediaIds.length > 0 && media.length === 0
  return { faults, resolved: !stops && (skipped || bare) ? undefined : resolved }
}
