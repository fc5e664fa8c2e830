// Parquet files as writers leave them: one file, or a folder with parts.
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { eachOnce } from '../each-once.js'
import { isDirectory } from '../read-start.js'

const collator = new Intl.Collator('en', { numeric: true })

/** Whether a path is named like a Parquet file. */
export const isParquetName = (path: string): boolean => /\.(parquet|pq)$/i.test(path)

/**
 * The Parquet files in a folder, or in its folder `data` if there are none in it, `part.2` before `part.10`. Names that
 * begin with a dot or an underline are of no rows; a folder named like a file (`LA.parquet`, as dask makes it) is another set of
 * parts.
 * @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO
 */
export async function parquetParts(folder: string): Promise<string[]> {
  for (const at of [folder, join(folder, 'data')]) {
    const names = await readdir(at).catch((error: unknown) => {
      if (at === folder) throw asIoError(error, at)
      return []
    })
    const parts: string[] = []
    for (const name of names.filter((each) => isParquetName(each) && !/^[._]/.test(each)).sort(byNumber)) {
      const path = join(at, name)
      if (!(await isDirectory(path))) parts.push(path)
    }
    if (parts.length > 0) return parts
  }
  return []
}

const byNumber = (a: string, b: string) => collator.compare(basename(a), basename(b)) || (a < b ? -1 : 1)

/**
 * Files for paths some of which are folders with Parquet parts, each once.
 * @throws MimicitError MIMICIT_NOT_FOUND if a path is not there or a folder has no part
 */
export async function expandParquetFolders(paths: readonly string[]): Promise<string[]> {
  const files: string[] = []
  for (const path of paths) {
    const parts = (await isDirectory(path)) ? await parquetParts(path) : [path]
    if (parts.length > 0) {
      files.push(...parts)
      continue
    }
    throw new MimicitError('MIMICIT_NOT_FOUND', {
      expected: 'Parquet files',
      where: path,
      received: 'a folder without any',
      hint: 'Name the folder that has part.0.parquet or train-00000-of-00001.parquet in it.',
    })
  }
  return eachOnce(files)
}
