// Validation of a pair: what is wrong comes back as issues, nothing is thrown and nothing is changed.
import type { Issue } from '../base/issues.js'
import { isLanguageTag } from './languages.js'
import type { Pair } from './tuple.js'

/** A pair but for its texts. */
export type PairFacts = Omit<Pair, 'instruction' | 'response'>

/**
 * Checks one pair by itself (references into other tables are checked where those tables are at hand).
 * @param where file or table and row, for the messages
 */
export function validatePair(pair: Pair, where: string): Issue[] {
  const issue = (level: Issue['level'], message: string): Issue => {
    return { code: 'MIMICIT_BAD_RECORD', level, where, id: pair.id, message }
  }
  const issues = validateFacts(pair, pair.instruction.length).map((message) => issue('error', message))
  if (pair.instruction.trim() === '') issues.push(issue('warning', 'the instruction is empty'))
  if (pair.response.trim() === '') issues.push(issue('warning', 'the response is empty'))
  return issues
}

/**
 * What is wrong with a pair, its texts apart: every message is an error.
 * @param instructionUnits length of the instruction in UTF-16 code units
 */
export function validateFacts(pair: PairFacts, instructionUnits: number): string[] {
  const faults: string[] = []
  const { media, mediaKind, mediaPositions: positions, mediaTimes: times } = pair
  if (pair.id === '') faults.push('the id is empty')
  if (pair.subset === '') faults.push('the subset is empty')
  if (!isLanguageTag(pair.language)) faults.push(`language ${JSON.stringify(pair.language)} is not a BCP 47 tag`)
  if ((mediaKind === 'none') !== (media.length === 0)) {
    faults.push(`media kind ${mediaKind} does not go with ${media.length} pictures`)
  }
  if (media.length !== pair.mediaIds.length) {
    faults.push(`${media.length} media rows but ${pair.mediaIds.length} media ids`)
  }
  if (positions !== null) {
    if (positions.length !== media.length) faults.push('one position for each picture is needed')
    const inOrder = positions.every((p, i) => p >= (positions[i - 1] ?? 0) && p <= instructionUnits)
    if (!inOrder) faults.push('media positions must rise and lie inside the instruction')
  }
  if (times !== null && times.length !== media.length) faults.push('one time for each frame is needed')
  if (pair.metadata !== null && !isJsonObject(pair.metadata)) faults.push('metadata is not a JSON object')
  return faults
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** Whether a text has no half of a surrogate pair: UTF-8 cannot hold one, and two ids could become the same. */
export function isWellFormed(value: string): boolean {
  // Every Node of ours has it, the library of types does not know it yet. For Latin text it looks at nothing.
  return (value as string & { isWellFormed(): boolean }).isWellFormed()
}
