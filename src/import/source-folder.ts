// A folder instead of the files in it: a subset of MIMIC-IT as it is published (`LA/` with LA_instructions.json, LA.json and
// LA_train.json), or what an export wrote. Files that nobody knows are told, not passed over: they may be half of the data.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { asIoError } from '../io/directory.js'
import { isIssueFileName } from './issue-file.js'
import { isParquetName, parquetParts } from './parquet/files.js'
import { isDirectory, readStart } from './read-start.js'

/** What a folder stands for. */
export interface FolderFiles {
  readonly paths: readonly string[]
  readonly images: readonly string[]
  readonly train: readonly string[]
}

const INSTRUCTIONS = /_instructions\.json$/i
const TRAIN = /_train\.json$/i

/**
 * The files that a folder stands for.
 * @param isForm whether a file is of a known form
 * @throws MimicitError MIMICIT_UNSUPPORTED if there are none, or if it is not clear what one of them is; MIMICIT_IO
 */
export async function filesOfFolder(folder: string, isForm: (path: string) => Promise<boolean>): Promise<FolderFiles> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw asIoError(error, folder)
  })
  const names = entries
    .map(({ name }) => name)
    .filter((name) => !/^[._]/.test(name) && !isIssueFileName(name))
    .sort()
  if (names.some((name) => INSTRUCTIONS.test(name))) return subsetFiles(folder, names)
  const paths: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    if (!(await isDirectory(path)) && (await isForm(path))) paths.push(path)
  }
  if (paths.length > 0) return { paths, images: [], train: [] }
  const isDataset = names.includes('manifest.json') && names.includes('pairs')
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'a folder with files of a form that is known: XX_instructions.json, JSONL, Parquet rows',
    where: folder,
    received: isDataset ? 'a data set, which is imported already' : 'one without any',
    hint: isDataset ? 'Use it as it is, or put several together with `mimicit merge`.' : 'Name the files to import.',
  })
}

/** Instructions, images and train files of subsets of MIMIC-IT. */
async function subsetFiles(folder: string, names: readonly string[]): Promise<FolderFiles> {
  const paths: string[] = []
  const images: string[] = []
  const train: string[] = []
  for (const name of names) {
    const path = join(folder, name)
    if (INSTRUCTIONS.test(name)) paths.push(path)
    else if (TRAIN.test(name)) train.push(path)
    else if (await isDirectory(path)) {
      if ((await parquetParts(path)).length > 0) images.push(path)
    } else if (isParquetName(name) || (/\.json$/i.test(name) && isImagesStart(await readStart(path)))) images.push(path)
    else if (/\.jsonl?$/i.test(name)) throw unclear(path)
  }
  return { paths, images, train }
}

/** Whether a file begins as an images file does: an object whose first value is a text, a list of texts or nothing. */
const isImagesStart = (start: string) => /^\s*\{\s*(\}|"(?:[^"\\]|\\.)*"\s*:\s*(\[\s*)?("|null|\]))/.test(start)

const unclear = (path: string) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: 'instructions (XX_instructions.json), images (XX.json: id -> base64) or a training list (XX_train.json)',
    where: path,
    received: 'another file beside them',
    hint: 'Move it away, or name the files: mimicit import XX_instructions.json --images XX.json --train XX_train.json.',
  })
