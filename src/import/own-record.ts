// A record of one's own data, as people write it: the names that are in use for the same thing are read as one, whatever
// else there is becomes metadata, and a wrong type is told rather than guessed at.
import { type MimicitError as Fault, MimicitError, show } from '../base/errors.js'
import { TABLE_NAME } from '../shards/manifest.js'
import type { Split } from '../tuple/tuple.js'
import { isWellFormed } from '../tuple/validate.js'
import { isAddress } from './folder-source.js'
import { pathInside } from './guarded-path.js'

/** What every form reads of such a record. */
export interface OwnRecord {
  readonly id: string | undefined
  readonly instruction: string | undefined
  readonly response: string | undefined
  readonly language: string | undefined
  readonly split: Split | undefined
  readonly subset: string | undefined
  /** Ids of its contexts, and those by table. */
  readonly context: readonly string[]
  readonly contexts: Readonly<Record<string, readonly string[]>> | undefined
  /** Every other field. */
  readonly rest: Readonly<Record<string, unknown>>
}

const INSTRUCTION = ['instruction', 'question', 'prompt'] as const
const RESPONSE = ['response', 'answer', 'output'] as const
const SPLITS: Readonly<Record<string, Split>> = {
  train: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
}

/**
 * Reads the common fields.
 * @param where file and line or entry, for messages
 * @throws MimicitError MIMICIT_BAD_RECORD
 */
export function parseOwnRecord(value: unknown, where: string): OwnRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRecord('an object', where, value)
  const fields = value as Readonly<Record<string, unknown>>
  const taken = new Set<string>()
  const take = (name: string) => {
    taken.add(name)
    return Object.hasOwn(fields, name) ? (fields[name] ?? undefined) : undefined
  }
  const text = (name: string) => optionalText(take(name), `field ${name} of ${where}`)
  /** The first of several names that is there; a second one stays in the rest. */
  const oneOf = (names: readonly string[]) => {
    const name = names.find((known) => Object.hasOwn(fields, known) && fields[known] !== null)
    return name === undefined ? undefined : text(name)
  }
  const id = take('id')
  const split = text('split')
  if (split !== undefined && !Object.hasOwn(SPLITS, split)) {
    throw badRecord(`one of ${Object.keys(SPLITS).join(', ')}`, `field split of ${where}`, split)
  }
  const known = {
    id: Number.isSafeInteger(id) ? String(id) : optionalText(id, `field id of ${where}`),
    instruction: oneOf(INSTRUCTION),
    response: oneOf(RESPONSE),
    language: text('language'),
    split: split === undefined ? undefined : SPLITS[split],
    subset: text('subset'),
    ...contextsOf(take('context'), `field context of ${where}`),
  }
  return { ...known, rest: Object.fromEntries(Object.entries(fields).filter(([name]) => !taken.has(name))) }
}

/** A list of ids, or an object of such lists by the name of a context table. */
function contextsOf(value: unknown, where: string): Pick<OwnRecord, 'context' | 'contexts'> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { context: texts(value, where), contexts: undefined }
  }
  const tables = Object.entries(value).map(([table, ids]) => {
    if (!TABLE_NAME.test(table)) throw badRecord('names of context tables', where, table)
    return [table, texts(ids, `${table} in ${where}`)] as const
  })
  return { context: [], contexts: Object.fromEntries(tables) }
}

/** A text that must be there. @throws MimicitError MIMICIT_BAD_RECORD */
export function neededText(value: unknown, where: string): string {
  const text = optionalText(value, where)
  if (text === undefined) throw badRecord('a text', where, value)
  return text
}

/** A list of texts, a bare text, or nothing. @throws MimicitError MIMICIT_BAD_RECORD */
export function texts(value: unknown, where: string): readonly string[] {
  if (value === undefined || value === null) return []
  return (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => neededText(item, where))
}

/** The id of a picture that a record names: its path without detours, or its address. @throws MimicitError MIMICIT_BAD_RECORD */
export function pictureId(path: string, where: string): string {
  return isAddress(path) ? path : pathInside(path, where)
}

/** Several of them. */
export function pictureIds(value: unknown, where: string): readonly string[] {
  return texts(value, where).map((path) => pictureId(path, where))
}

function optionalText(value: unknown, where: string): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badRecord('a text', where, value)
  if (!isWellFormed(value)) throw badRecord('well-formed Unicode', where, value)
  return value
}

/** The error for a record that is not what its form says. */
export function badRecord(expected: string, where: string, value: unknown): Fault {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected,
    where,
    received: value === undefined ? 'nothing' : show(value),
    hint: 'Mend the record in the source file.',
  })
}
