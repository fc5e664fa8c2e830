// A Hugging Face data set of MIMIC-IT in local Parquet as a source: rows with their pictures inside.
import { basename } from 'node:path'
import { MimicitError, show } from '../../base/errors.js'
import type { Scratch } from '../../io/spill.js'
import type { ReadableFile } from '../../io/store.js'
import { type ForeignParquet, openForeignParquet } from '../../shards/foreign-parquet/reader.js'
import { recordOr } from '../broken-record.js'
import { expandParquetFolders } from '../parquet/files.js'
import type { ImportSource, SourcePair, SourcePicture } from '../source.js'
import { openSourceFiles } from '../source-files.js'
import { type MediaNames, readMediaNames } from './media-names.js'
import {
  badRow,
  type HfColumns,
  type HfImage,
  hfColumns,
  hfIds,
  hfImages,
  hfMetadata,
  hfText,
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
  /** It has no id, and is called after its number. */
  readonly fault: MimicitError | undefined
  get(column: string | undefined): unknown
}

/**
 * Opens such a data set. Its pictures are read three times: for their names, to look at them, to write them.
 * @param paths Parquet files, or folders with parts, or with a folder `data` with parts
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_RECORD if a file has other columns, MIMICIT_CORRUPT
 */
export async function openHf(name: string, paths: readonly string[], scratch: Scratch): Promise<ImportSource> {
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
  let names: Promise<MediaNames> | undefined
  const mediaNames = () => (names ??= readMediaNames(rowImages(files), scratch.spill('media-names')))

  return {
    name,
    files: opened.files,
    picturesFrom: from,
    pairsFrom: from,
    pictureBytes: bytes,
    pairBytes: bytes,
    async *pictures() {
      const names = await mediaNames()
      for (const file of files) {
        for await (const row of rowsOf(file, [file.columns.images])) {
          for (const [n, image] of imagesOf(row).entries()) {
            if (image.kind === 'bytes') yield picture(row, image, pictureId(row, image, n, names))
          }
        }
      }
    },
    async *pairs() {
      const mediaIds = (await mediaNames()).inOrder()
      for (const file of files) {
        const { instruction, answer, related, others } = file.columns
        if (instruction === undefined) continue
        const split = isWithoutSplit(file.parquet) ? null : splitOf(basename(file.file.path))
        for await (const row of rowsOf(file, [instruction, answer, related, ...others])) {
          const { id, where, done } = row
          // Asked of every row, since they are told in turn.
          const media = mediaIds(id)
          const text = (column: string | undefined) => hfText(row.get(column), () => `column ${column} of ${where()}`)
          yield recordOr(
            (): SourcePair => {
              if (row.fault !== undefined) throw row.fault
              return {
                id,
                where: where(),
                done,
                split,
                instruction: text(instruction),
                response: text(answer),
                mediaIds: media,
                related: hfIds(row.get(related), () => `column ${related} of ${where()}`),
                metadata: hfMetadata(Object.fromEntries(others.map((column) => [column, row.get(column)]))),
              }
            },
            () => ({ id, where: where(), done }),
          )
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
      const { id, fault } = idOf(values[columns.id]![i], firstRow + i, at)
      // Pictures without an id are nobody's.
      if (fault !== undefined && columns.instruction === undefined) throw fault
      yield {
        from,
        id,
        fault,
        where: () => `${at}, ${show(id)}`,
        done: from.before + Math.floor(before + ((after - before) * i) / rows),
        get: (column) => (column === undefined ? undefined : values[column]![i]),
      }
    }
  }
}

function idOf(value: unknown, row: number, where: string): Pick<HfRow, 'id' | 'fault'> {
  return recordOr(
    () => ({ id: hfText(value, () => `column id of ${where}`), fault: undefined }),
    () => ({ id: `row ${row}`, where, done: 0 }),
  )
}

const imagesOf = (row: HfRow) => hfImages(row.get(row.from.columns.images), row.where)

/** The pictures of every row that is a pair. */
async function* rowImages(files: readonly HfFile[]): AsyncGenerator<readonly HfImage[]> {
  for (const file of files) {
    if (file.columns.instruction === undefined) continue
    for await (const row of rowsOf(file, [file.columns.images])) yield imagesOf(row)
  }
}

/** The row's id in a file of pictures; the name of the picture's file, where no other picture has it; else the pair's. */
function pictureId({ from, id }: HfRow, image: HfImage, n: number, names: MediaNames): string {
  if (image.kind === 'id') return image.id
  if (from.columns.instruction === undefined) return n === 0 ? id : `${id}_${n}`
  return names.idOf(id, image, n)
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
