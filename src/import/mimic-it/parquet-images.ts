// The images file in Parquet: a pandas frame whose index is the image id and whose column `base64` is the picture. dask
// writes a folder of such parts. A null is a broken picture that the original converter left behind.
import { isMimicitError, MimicitError, show } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { type ForeignParquet, openForeignParquet } from '../../shards/foreign-parquet/reader.js'
import { MAX_PICTURE_BYTES } from '../../vision/probe.js'
import { base64Bytes, decodeBase64, tooLongBase64 } from '../base64.js'
import { type ImageEntry, nothingOf, othersOf } from './images.js'

const PICTURES = 'base64'

/**
 * The pictures of a Parquet file in row order.
 * @throws MimicitError MIMICIT_BAD_RECORD if it has not the columns, MIMICIT_CORRUPT, MIMICIT_UNSUPPORTED
 */
export async function* parquetImages(file: ReadableFile): AsyncGenerator<ImageEntry> {
  const parquet = await openForeignParquet(file)
  const idColumn = idColumnOf(parquet, file.path)
  for await (const { firstRow, rows, before, after, columns } of parquet.read([idColumn, PICTURES], [PICTURES])) {
    for (let i = 0; i < rows; i++) {
      const row = firstRow + i
      const id = columns[idColumn]![i]
      if (typeof id !== 'string') throw bad(`${file.path}, row ${row}, column ${idColumn}`, 'an id', show(id))
      const where = () => `${file.path}, row ${row}, picture ${show(id)}`
      const offset = Math.floor(before + ((after - before) * i) / rows)
      yield { id, offset, ...decoded(columns[PICTURES]![i], where) }
    }
  }
}

function decoded(value: unknown, where: () => string): Omit<ImageEntry, 'id' | 'offset'> {
  const first: unknown = Array.isArray(value) ? value[0] : value
  if (first === null || first === undefined) return nothingOf(value, where)
  if (!(first instanceof Uint8Array)) throw bad(where(), 'base64 text', show(first))
  if (first.byteLength > base64Bytes(MAX_PICTURE_BYTES)) {
    return { bytes: new Uint8Array(0), fault: tooLongBase64(first.byteLength, MAX_PICTURE_BYTES, where()) }
  }
  try {
    const text = Buffer.from(first.buffer, first.byteOffset, first.byteLength).toString('latin1')
    return decodeBase64(text, where, othersOf(value))
  } catch (error) {
    if (!isMimicitError(error, 'MIMICIT_BAD_BASE64')) throw error
    return { bytes: new Uint8Array(0), fault: error }
  }
}

/** The column with the ids: the first index of pandas, else the only other column of text. */
function idColumnOf({ leaves, names, metadata }: ForeignParquet, path: string): string {
  if (!names.includes(PICTURES)) throw bad(path, `a column ${PICTURES}`, `the columns ${names.join(', ')}`)
  const index = pandasIndex(metadata.get('pandas'))
  const isText = (name: string) => leaves.some((leaf) => leaf.path.length === 1 && leaf.path[0] === name && leaf.isText)
  if (index !== undefined && isText(index)) return index
  const others = names.filter((name) => name !== PICTURES && isText(name))
  if (others.length === 1) return others[0]!
  throw bad(path, 'one column of text with the ids, or an index of pandas', `the columns ${names.join(', ')}`)
}

function pandasIndex(text: string | undefined): string | undefined {
  try {
    const { index_columns: columns } = JSON.parse(text ?? '{}') as { readonly index_columns?: readonly unknown[] }
    const first: unknown = Array.isArray(columns) ? columns[0] : undefined
    return typeof first === 'string' && first !== PICTURES ? first : undefined
  } catch {
    // Somebody's metadata; the columns tell as well.
    return undefined
  }
}

function bad(where: string, expected: string, received: string): MimicitError {
  const hint = 'This does not look like an images file of MIMIC-IT.'
  return new MimicitError('MIMICIT_BAD_RECORD', { expected, where, received, hint })
}
