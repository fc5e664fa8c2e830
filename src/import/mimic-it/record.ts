// One record of an instructions file: `{instruction, answer, image_ids, rel_ins_ids}`. Read leniently where the files in
// the wild differ (a bare string, null or a missing list), strictly where a wrong type would lose something.
import { type MimicitError as Fault, MimicitError, show } from '../../base/errors.js'
import { isWellFormed } from '../../tuple/validate.js'

/** A record as the file has it. */
export interface InstructionRecord {
  readonly instruction: string
  readonly answer: string
  readonly imageIds: readonly string[]
  readonly relatedIds: readonly string[]
  /** Fields that the format does not know, or null. */
  readonly extra: Readonly<Record<string, unknown>> | null
}

const FIELDS: ReadonlySet<string> = new Set(['instruction', 'answer', 'image_ids', 'rel_ins_ids'])

/**
 * Checks the shape of a record.
 * @param where file and id, for the message
 * @throws MimicitError MIMICIT_BAD_RECORD
 */
export function parseInstructionRecord(value: unknown, where: () => string): InstructionRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw bad('a record {instruction, answer, image_ids, rel_ins_ids}', where(), value)
  }
  const record = value as Readonly<Record<string, unknown>>
  const field = (name: string) => () => `field ${name} of ${where()}`
  return {
    instruction: text(record.instruction, field('instruction')),
    answer: text(record.answer, field('answer')),
    imageIds: ids(record.image_ids, field('image_ids')),
    relatedIds: ids(record.rel_ins_ids, field('rel_ins_ids')),
    extra: extraOf(record),
  }
}

function extraOf(record: Readonly<Record<string, unknown>>): InstructionRecord['extra'] {
  // Almost no record has any, and a list of the fields of each would cost more than all the rest.
  for (const name in record) {
    if (!FIELDS.has(name)) return Object.fromEntries(Object.entries(record).filter(([field]) => !FIELDS.has(field)))
  }
  return null
}

/**
 * A list of ids: a list of strings, a bare string, or nothing.
 * @throws MimicitError MIMICIT_BAD_RECORD
 */
export function ids(value: unknown, where: () => string): string[] {
  if (value === undefined || value === null) return []
  const listed: unknown = typeof value === 'string' ? [value] : value
  if (Array.isArray(listed) && listed.every((item) => typeof item === 'string' && isWellFormed(item))) return listed
  throw bad('a list of ids', where(), value)
}

function text(value: unknown, where: () => string): string {
  if (typeof value !== 'string') throw bad('a string', where(), value)
  if (!isWellFormed(value)) throw bad('well-formed Unicode', where(), value)
  return value
}

function bad(expected: string, where: string, value: unknown): Fault {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected,
    where,
    received: value === undefined ? 'nothing' : show(value),
    hint: 'Mend the record in the source file.',
  })
}
