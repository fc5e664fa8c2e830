// A Hugging Face data set of MIMIC-IT in local Parquet as a source: rows with their pictures inside.
import { basename } from 'node:path'
import { MimicitError, show } from '../../base/errors.js'
import { sha256 } from '../../base/hash.js'
import type { ReadableFile } from '../../io/store.js'
import { type ForeignParquet, openForeignParquet } from '../../shards/foreign-parquet/reader.js'
import { expandParquetFolders } from '../parquet/files.js'
import type { ImportSource, SourcePair, SourcePicture } from '../source.js'
import { openSourceFiles } from '../source-files.js'
import { HashTable, textHash } from '../survey/hash-table.js'
import {
  badRow,
  type HfColumns,
  type HfImage,
  hfColumns,
  hfIds,
  hfImages,
  hfMetadata,
  hfText,
  idOfPath,
  isWithoutSplit,
  splitOf,
} from './rows.js'

interface HfFile {
  readonly file: ReadableFile
  readonly parquet: ForeignParquet
  readonly columns: HfColumns
  /** Bytes of the files before it. */
  readonly before: number
}

/** A row, as far as its columns were asked for. */
interface HfRow {
  readonly from: HfFile
  readonly id: string
  readonly where: () => string
  readonly done: number
  get(column: string | undefined): unknown
}

/**
 * Opens such a data set.
 * @param paths Parquet files, or folders with parts, or with a folder `data` with parts
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_RECORD if a file has other columns, MIMICIT_CORRUPT
 */
export async function openHf(name: string, paths: readonly string[]): Promise<ImportSource> {
  const opened = await openSourceFiles({ parts: await expandParquetFolders(paths) })
  const parts = opened.groups.parts
  const files: HfFile[] = []
  let bytes = 0
  try {
    for (const file of parts) {
      const parquet = await openForeignParquet(file)
      const columns = hfColumns(parquet)
      if (columns === undefined) {
        const expected = 'the columns id, instruction and answer, or id and image'
        throw badRow(expected, file.path, parquet.names)
      }
      files.push({ file, parquet, columns, before: bytes })
      bytes += file.byteLength
    }
  } catch (error) {
    await opened.close()
    throw error
  }
  const from = parts.map(({ path }) => path).join(', ')
  let unclear: Promise<IsUnclear> | undefined
  const unclearNames = () => (unclear ??= namesOfSeveral(files))

  return {
    name,
    files: opened.files,
    picturesFrom: from,
    pairsFrom: from,
    pictureBytes: bytes,
    pairBytes: bytes,
    async *pictures() {
      const isUnclear = await unclearNames()
      for (const file of files) {
        for await (const row of rowsOf(file, [file.columns.images])) {
          for (const [n, image] of imagesOf(row).entries()) {
            if (image.kind === 'bytes') yield picture(row, image, pictureId(row, image, n, isUnclear))
          }
        }
      }
    },
    async *pairs() {
      const isUnclear = await unclearNames()
      for (const file of files) {
        const { instruction, answer, images, related, others } = file.columns
        if (instruction === undefined) continue
        const split = isWithoutSplit(file.parquet) ? null : splitOf(basename(file.file.path))
        for await (const row of rowsOf(file, [instruction, answer, images, related, ...others])) {
          const { id, where, done } = row
          const text = (column: string | undefined) => hfText(row.get(column), () => `column ${column} of ${where()}`)
          yield {
            id,
            where: where(),
            done,
            split,
            instruction: text(instruction),
            response: text(answer),
            mediaIds: imagesOf(row).map((image, n) => pictureId(row, image, n, isUnclear)),
            related: hfIds(row.get(related), () => `column ${related} of ${where()}`),
            metadata: hfMetadata(Object.fromEntries(others.map((column) => [column, row.get(column)]))),
          } satisfies SourcePair
        }
      }
    },
    close: opened.close,
  }
}

async function* rowsOf(from: HfFile, wanted: readonly (string | undefined)[]): AsyncGenerator<HfRow> {
  const { file, parquet, columns } = from
  const names = [columns.id, ...wanted.filter((name) => name !== undefined)]
  for await (const { firstRow, rows, before, after, columns: values } of parquet.read(names)) {
    for (let i = 0; i < rows; i++) {
      const at = `${file.path}, row ${firstRow + i}`
      const id = hfText(values[columns.id]![i], () => `column id of ${at}`)
      yield {
        from,
        id,
        where: () => `${at}, ${show(id)}`,
        done: from.before + Math.floor(before + ((after - before) * i) / rows),
        get: (column) => (column === undefined ? undefined : values[column]![i]),
      }
    }
  }
}

const imagesOf = (row: HfRow) => hfImages(row.get(row.from.columns.images), row.where)

/** The row's id in a file of pictures; the name of the picture's file, where no other picture has it; else the pair's. */
function pictureId({ from, id }: HfRow, image: HfImage, n: number, isUnclear: IsUnclear): string {
  if (image.kind === 'id') return image.id
  if (from.columns.instruction === undefined) return n === 0 ? id : `${id}_${n}`
  const name = image.path === undefined ? '' : idOfPath(image.path)
  return name === '' || isUnclear(name) ? `${id}_${n}` : name
}

function picture({ where, done }: HfRow, image: HfImage & { kind: 'bytes' }, id: string): SourcePicture {
  const { bytes, path } = image
  const facts = { id, bytes, done, where: `${where()}, picture ${show(id)}` }
  if (bytes.byteLength > 0 || path === undefined) return facts
  const fault = new MimicitError('MIMICIT_NOT_FOUND', {
    expected: 'the bytes of a picture',
    where: facts.where,
    received: `only its path ${show(path)}`,
    hint: 'Save the data set with its pictures inside (datasets: `embed_external_files`).',
  })
  return { ...facts, fault }
}

/** Whether a file name stands for more than one picture. */
type IsUnclear = (name: string) => boolean

/**
 * File names that stand for more than one picture: read once before all else, since ids have to be known from the first
 * row. In memory: some twenty bytes a name. Of a content 31 bits are compared: two that have them in common would come back
 * as one id for two pictures, which the import refuses.
 */
async function namesOfSeveral(files: readonly HfFile[]): Promise<IsUnclear> {
  const contents = new HashTable()
  const several = new HashTable()
  for (const file of files) {
    const { instruction, images } = file.columns
    // A file without paths has nothing to be told apart.
    const hasPaths = file.parquet.leaves.some(({ path, isText }) => path[0] === images && isText)
    if (instruction === undefined || !hasPaths) continue
    for await (const row of rowsOf(file, [images])) {
      for (const image of imagesOf(row)) {
        if (image.kind === 'id' || image.path === undefined) continue
        const name = textHash(idOfPath(image.path))
        const content = Buffer.from(sha256(image.bytes)).readInt32BE(0) & 0x7fffffff
        const known = contents.get(...name)
        if (known < 0) contents.set(...name, content)
        else if (known !== content) several.set(...name, 0)
      }
    }
  }
  return (name) => several.get(...textHash(name)) >= 0
}
