// Data sets of Hugging Face in local Parquet as a form.
import { openFile } from '../../io/directory.js'
import { openForeignParquet } from '../../shards/foreign-parquet/reader.js'
import { isParquetName, parquetParts } from '../parquet/files.js'
import { isDirectory } from '../read-start.js'
import { sourceName } from '../source-files.js'
import type { SourceForm } from '../source-form.js'
import { hfColumns } from './rows.js'
import { openHf } from './source.js'

/** `hf` */
export const hfForm: SourceForm = {
  title: 'Hugging Face data set in Parquet: rows of id, instruction, answer, images, related instructions',
  takes: [],
  isForm: async (path) => {
    const first = (await isDirectory(path)) ? (await parquetParts(path))[0] : path
    if (first === undefined || !isParquetName(first)) return false
    const file = await openFile(first)
    try {
      return hfColumns(await openForeignParquet(file)) !== undefined
    } finally {
      await file.close()
    }
  },
  open: async ({ paths, name }, scratch) => [await openHf(name ?? sourceName(paths), paths, scratch)],
}
