// Validation of a pair: what is wrong comes back as issues, nothing is thrown and nothing is changed.
import type { Issue } from '../base/issues.js'
import { isLanguageTag } from './languages.js'
import type { Pair } from './tuple.js'

/**
 * Checks one pair by itself (references into other tables are checked where those tables are at hand).
 * @param where file or table and row, for the messages
 */
export function validatePair(pair: Pair, where: string): Issue[] {
  const issues: Issue[] = []
  const report = (level: Issue['level'], message: string) =>
    issues.push({ code: 'MIMICIT_BAD_RECORD', level, where, id: pair.id, message })
  if (pair.id === '') report('error', 'the id is empty')
  if (pair.subset === '') report('error', 'the subset is empty')
  if (!isLanguageTag(pair.language)) report('error', `language ${JSON.stringify(pair.language)} is not a BCP 47 tag`)
  if (pair.instruction.trim() === '') report('warning', 'the instruction is empty')
  if (pair.response.trim() === '') report('warning', 'the response is empty')
  if ((pair.mediaKind === 'none') !== (pair.media.length === 0)) {
    report('error', `media kind ${pair.mediaKind} does not go with ${pair.media.length} pictures`)
  }
  if (pair.media.length !== pair.mediaIds.length) {
    report('error', `${pair.media.length} media rows but ${pair.mediaIds.length} media ids`)
  }
  const positions = pair.mediaPositions
  if (positions !== null) {
    if (positions.length !== pair.media.length) report('error', 'one position for each picture is needed')
    const inOrder = positions.every((p, i) => p >= (positions[i - 1] ?? 0) && p <= pair.instruction.length)
    if (!inOrder) report('error', 'media positions must rise and lie inside the instruction')
  }
  if (pair.mediaTimes !== null && pair.mediaTimes.length !== pair.media.length) {
    report('error', 'one time for each frame is needed')
  }
  if (pair.metadata !== null && !isJsonObject(pair.metadata)) report('error', 'metadata is not a JSON object')
  return issues
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
