// A data set as the viewer reads it: open once, its context tables kept, the columns of lists apart from those of whole
// pairs, so that a place far down a large data set costs one small read.

import type { StoreOptions } from '../../io/store.js'
import { type ContextTable, type Dataset, openDataset } from '../../shards/dataset.js'
import { openStoredTable } from '../../shards/stored-table.js'
import type { FullPair, PictureFacts, RowLine } from '../wire.js'

/** A data set open for looking at. */
export interface ShownDataset {
  /** The data set, whose context tables are opened once each. */
  readonly dataset: Dataset
  /** Lines of some rows, in the order of `rows`. */
  lines(rows: readonly number[]): Promise<RowLine[]>
  /** A pair with the facts of its pictures. @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist */
  full(row: number): Promise<FullPair>
  close(): Promise<void>
}

const LINE_COLUMNS = ['id', 'subset', 'language', 'split', 'instruction', 'media']
/** Characters of a text that a line shows. */
const LINE_CHARACTERS = 160

/** @throws MimicitError as `openDataset` */
export async function openShownDataset(location: string, options: StoreOptions = {}): Promise<ShownDataset> {
  const opened = await openDataset(location, options)
  const tables = new Map<string, Promise<ContextTable>>()
  const dataset: Dataset = {
    ...opened,
    context(name) {
      const table = tables.get(name) ?? opened.context(name)
      table.catch(() => tables.delete(name))
      tables.set(name, table)
      return table
    },
  }
  const lines = openStoredTable(dataset.store, dataset.manifest, 'pairs', LINE_COLUMNS)
  const begin = (text: unknown) => (text as string).slice(0, LINE_CHARACTERS)

  return {
    dataset,
    lines: (rows) =>
      Promise.all(
        rows.map(async (row) => {
          const { firstRow, columns } = await lines.around(row)
          const at = <T>(name: string) => columns[name]?.[row - firstRow] as T
          const media = at<readonly number[]>('media')
          return {
            row,
            id: at<string>('id'),
            subset: at<string>('subset'),
            language: at<string>('language'),
            split: at<string | undefined>('split') ?? null,
            instruction: begin(at('instruction')),
            pictures: media.length,
            firstPicture: media[0] ?? null,
          }
        }),
      ),
    async full(row) {
      const pair = await dataset.pair(row)
      return {
        ...pair,
        row,
        pictures: await Promise.all(pair.media.map((at, i) => factsOf(dataset, at, pair.mediaIds[i]))),
      }
    },
    async close() {
      await lines.close()
      await opened.close()
    },
  }
}

async function factsOf(dataset: Dataset, row: number, id: string | undefined): Promise<PictureFacts> {
  const { ids, width, height, format, byteLength, clip, frameTime } = await dataset.media(row)
  return { row, id: id ?? ids[0] ?? '', width, height, format, byteLength, clip, seconds: frameTime }
}
