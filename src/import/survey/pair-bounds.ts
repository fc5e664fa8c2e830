// What one pair may hold: it is a row, and no row group of text takes more than the format allows, however few rows it has.
// Asked of each pair when it is read, so that what is too long is told by its file, id and field, and not by a row group.
import { MimicitError } from '../../base/errors.js'
import { MOST_LIST_VALUES, MOST_TEXT_BYTES } from '../../shards/parquet-footer.js'
import type { WrittenPair } from '../../shards/rows.js'
import { type Text, textUnits } from '../../shards/text-place.js'
import type { SourcePair } from '../source.js'

/** What is left for the heads of pages, the lengths of texts and the levels of lists. */
const SLACK = 1 << 20

/** Bytes of a pair in its row group, uncompressed. */
export const MOST_PAIR_BYTES = MOST_TEXT_BYTES - SLACK

/** Beside its id a visual has a row number, a position, a time, and the length of the id. */
const A_VISUAL = 24

/** UTF-8 of a unit of UTF-16 at most. */
const A_UNIT = 3

/** The fault of a pair with a list that is too long: MIMICIT_BAD_RECORD. */
export function longPairList({ mediaIds, related, contexts, where }: SourcePair): MimicitError | undefined {
  let fault = longList(mediaIds, 'visuals', where) ?? longList(related, 'contexts', where)
  for (const table in contexts) fault ??= longList(contexts[table]!, `contexts ${table}`, where)
  return fault
}

/** The fault of a list of ids that is too long: MIMICIT_BAD_RECORD. */
export function longList({ length }: readonly string[], name: string, where: string): MimicitError | undefined {
  if (length <= MOST_LIST_VALUES) return undefined
  return tooMuch(`${MOST_LIST_VALUES} ids`, `the ${name} of ${where}`, `${length}`)
}

/** The fault of a pair that is too long: MIMICIT_BAD_RECORD. @param where it stands in its source */
export function longPair(pair: WrittenPair, where: string): MimicitError | undefined {
  const { id, subset, instruction, response, metadata, mediaIds } = pair
  const visuals = A_VISUAL * mediaIds.length
  const units =
    id.length +
    subset.length +
    textUnits(instruction) +
    textUnits(response) +
    (metadata?.length ?? 0) +
    unitsOf(mediaIds)
  // Almost no pair is worth a second look.
  if (A_UNIT * units + visuals <= MOST_PAIR_BYTES) return undefined
  const texts: readonly (readonly [name: string, texts: readonly Text[]])[] = [
    ...Object.entries({ id, subset, instruction, response, metadata: metadata ?? '' }).map(
      ([name, text]) => [name, [text]] as const,
    ),
    ['visuals', mediaIds],
  ]
  const sizes = texts.map(([name, all]) => [name, all.reduce((sum, text) => sum + bytesOf(text), 0)] as const)
  const bytes = sizes.reduce((sum, [, size]) => sum + size, visuals)
  if (bytes <= MOST_PAIR_BYTES) return undefined
  const [name, size] = sizes.reduce((most, each) => (each[1] > most[1] ? each : most))
  return tooMuch(
    `${MOST_PAIR_BYTES} bytes of text in a pair`,
    `the ${name} of ${where}`,
    `${size} bytes, ${bytes} in all`,
  )
}

const unitsOf = (texts: readonly string[]) => texts.reduce((sum, { length }) => sum + length, 0)

const bytesOf = (text: Text) => (typeof text === 'string' ? Buffer.byteLength(text) : text.byteLength)

const tooMuch = (most: string, where: string, received: string) =>
  new MimicitError('MIMICIT_BAD_RECORD', {
    expected: `at most ${most}`,
    where,
    received,
    hint: 'Shorten it in the source file.',
  })
