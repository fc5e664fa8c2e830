// Ids to rows, through index/<table>.ids; a hit is confirmed on the id column.
import { MimicitError, show } from '../base/errors.js'
import type { ReadableFile, Store } from '../io/store.js'
import { findRows, ID_RECORD_BYTES } from './ids-index.js'
import { type IndexReader, openIndexFile } from './index-file.js'
import type { Manifest } from './manifest.js'
import { indexRecord } from './stored-table.js'

/** Finds rows by id. */
export interface RowLookup {
  /** The row of an id, or undefined. */
  find(id: string): Promise<number | undefined>
  close(): Promise<void>
}

/**
 * @param table `pairs` or `media`
 * @param idsOf the ids of a row, from the table itself
 */
export function createRowLookup(
  store: Store,
  manifest: Manifest,
  table: 'pairs' | 'media',
  idsOf: (row: number) => Promise<readonly string[]>,
): RowLookup {
  let file: Promise<ReadableFile> | undefined
  let index: Promise<IndexReader> | undefined
  const open = async () => {
    const record = indexRecord(manifest, `${table}.ids`)
    file = store.open(record.path)
    return openIndexFile(await file, record, ID_RECORD_BYTES)
  }
  return {
    async find(id) {
      if (typeof id !== 'string') {
        throw new MimicitError('MIMICIT_BAD_VALUE', {
          expected: 'an id, which is a text',
          where: `the ${table} of ${store.location}`,
          received: show(id),
        })
      }
      if (index === undefined) {
        index = open()
        index.catch(() => {
          index = undefined
        })
      }
      for (const row of await findRows(await index, id)) {
        if (row < manifest.tables[table].rows && (await idsOf(row)).includes(id)) return row
      }
      return undefined
    },
    async close() {
      await (await file?.catch(() => undefined))?.close()
      file = undefined
      index = undefined
    },
  }
}
