// The columns of a Hugging Face data set of MIMIC-IT, and what their values mean.
import { MimicitError, show } from '../../base/errors.js'
import type { ForeignParquet } from '../../shards/foreign-parquet/reader.js'
import type { Split } from '../../tuple/tuple.js'
import { isWellFormed } from '../../tuple/validate.js'
import { withoutPictureEnding } from '../../vision/picture-names.js'

/** Which columns a file has for what. */
export interface HfColumns {
  readonly id: string
  /** Absent in a file of pictures only (`CGD_Images`). */
  readonly instruction: string | undefined
  readonly answer: string | undefined
  /** Absent in a file of texts only. */
  readonly images: string | undefined
  readonly related: string | undefined
  /** Columns that have no place of their own. */
  readonly others: readonly string[]
}

const RELATED = ['related instructions', 'related_instructions', 'rel_ins_ids']
const IMAGES = ['images', 'image']

/** The columns, or undefined if these are not rows of MIMIC-IT. */
export function hfColumns({ names, leaves }: ForeignParquet): HfColumns | undefined {
  const first = (wanted: readonly string[]) => wanted.find((name) => names.includes(name))
  const [id, instruction, answer] = [first(['id']), first(['instruction']), first(['answer'])]
  const images = first(IMAGES)
  const related = first(RELATED)
  const isRow = instruction !== undefined && answer !== undefined
  const isPicture = instruction === undefined && answer === undefined && images !== undefined
  if (id === undefined || !(isRow || isPicture)) return undefined
  const known = [id, instruction, answer, images, related]
  // Bytes have no place in metadata, which is JSON.
  const isJson = (name: string) =>
    leaves.every(({ path, type, isText }) => path[0] !== name || type !== 'BYTE_ARRAY' || isText)
  const others = names.filter((name) => !known.includes(name) && isJson(name))
  return { id, instruction, answer, images, related, others }
}

/** A picture in a row: its bytes, or the id of one that is elsewhere. */
export type HfImage =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly path: string | undefined }
  | { readonly kind: 'id'; readonly id: string }

/**
 * The pictures of a row: a list of structs, of bytes or of ids, or one of these.
 * @throws MimicitError MIMICIT_BAD_RECORD
 */
export function hfImages(value: unknown, where: () => string): HfImage[] {
  if (value === null || value === undefined) return []
  const listed: readonly unknown[] = Array.isArray(value) ? value : [value]
  return listed.map((item) => {
    if (typeof item === 'string') return { kind: 'id', id: item }
    if (item instanceof Uint8Array) return { kind: 'bytes', bytes: item, path: undefined }
    const { bytes, path } = (item ?? {}) as { readonly bytes?: unknown; readonly path?: unknown }
    const isNothing = bytes === null || bytes === undefined
    if (!isNothing && !(bytes instanceof Uint8Array)) throw badRow('a picture {bytes, path}', where(), item)
    return {
      kind: 'bytes',
      bytes: isNothing ? new Uint8Array(0) : bytes,
      path: typeof path === 'string' && path !== '' ? path : undefined,
    }
  })
}

/** The id that a file name stands for: without folders and the ending of pictures. */
export const idOfPath = (path: string): string => withoutPictureEnding(path.replace(/^.*[\\/]/, ''))

/** A text of a row. @throws MimicitError MIMICIT_BAD_RECORD */
export function hfText(value: unknown, where: () => string): string {
  if (typeof value === 'string' && isWellFormed(value)) return value
  throw badRow('a text', where(), value)
}

/** A list of ids: a list, one, or nothing. @throws MimicitError MIMICIT_BAD_RECORD */
export function hfIds(value: unknown, where: () => string): string[] {
  if (value === null || value === undefined) return []
  const listed: readonly unknown[] = Array.isArray(value) ? value : [value]
  return listed.map((item) => hfText(item, where))
}

/** Values of other columns as JSON has them. */
export function hfMetadata(row: Readonly<Record<string, unknown>>): Record<string, unknown> | null {
  const entries = Object.entries(row).filter(([, value]) => value !== null && value !== undefined)
  if (entries.length === 0) return null
  const plain = (_: string, value: unknown) => {
    if (typeof value !== 'bigint') return value
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  }
  return JSON.parse(JSON.stringify(Object.fromEntries(entries), plain)) as Record<string, unknown>
}

const SPLITS: readonly (readonly [RegExp, Split])[] = [
  [/^train([^A-Za-z]|$)/i, 'train'],
  [/^(validation|valid|val|dev)([^A-Za-z]|$)/i, 'validation'],
  [/^test([^A-Za-z]|$)/i, 'test'],
]

/** The split that a file name begins with: `train-00000-of-00003.parquet`. */
export const splitOf = (fileName: string): Split | null => SPLITS.find(([name]) => name.test(fileName))?.[1] ?? null

/** Whether our own export says of a file that its rows are of no split, although its name, as the hub wants it, has one. */
export function isWithoutSplit({ metadata }: ForeignParquet): boolean {
  try {
    const { split } = JSON.parse(metadata.get('mimicit') ?? '{}') as { readonly split?: unknown }
    return split === null
  } catch {
    return false
  }
}

/** A row that is not what it should be. */
export function badRow(expected: string, where: string, value: unknown): MimicitError {
  return new MimicitError('MIMICIT_BAD_RECORD', {
    expected,
    where,
    received: value === undefined ? 'nothing' : show(value),
    hint: 'Mend the row in the source file.',
  })
}
