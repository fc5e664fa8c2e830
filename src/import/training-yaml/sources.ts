// All the data sets of a training YAML as sources. Several of them may name the same images: these are read once, by the
// first, and the others look there.
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import { asIoError } from '../../io/directory.js'
import { openMimicIt } from '../mimic-it/source.js'
import { expandParquetFolders } from '../parquet/files.js'
import type { ImportSource } from '../source.js'
import { sourceFile } from '../source-files.js'
import { MOST_BYTES, parseTrainingYaml, type TrainingDataset } from './config.js'

/**
 * Opens every data set of some YAML files.
 * @param root folder that paths start from, and out of which none may lead then; without it relative paths start beside
 * the file that has them
 * @param prefix in front of the names
 * @throws MimicitError MIMICIT_BAD_CONFIG, MIMICIT_NOT_FOUND with every file that is missing
 */
export async function openTrainingYaml(
  paths: readonly string[],
  root?: string,
  prefix?: string,
): Promise<readonly ImportSource[]> {
  const datasets: TrainingDataset[] = []
  for (const path of paths) datasets.push(...(await readDatasets(path, root)))
  const own = await Promise.all(paths.map(sourceFile))
  const sources: ImportSource[] = []
  /** Name of the source that reads an images file. */
  const readers = new Map<string, string>()
  try {
    for (const dataset of datasets) {
      const name = nameOf(dataset, datasets, prefix)
      const images: string[] = []
      const shared = new Set<string>()
      for (const image of await expandParquetFolders(dataset.images)) {
        const file = await realpath(image)
        const reader = readers.get(file)
        if (reader === undefined) images.push(file)
        else if (reader !== name) shared.add(reader)
        readers.set(file, reader ?? name)
      }
      const source = await openDataset(name, dataset, images, [...shared])
      // The YAML decides what is imported, so it is a file of the import as well.
      sources.push(sources.length > 0 ? source : { ...source, files: [...own, ...source.files] })
    }
    return sources
  } catch (error) {
    for (const source of sources) await source.close()
    throw error
  }
}

/** The name of a data set; with its group where another group has it, too, since names tell ids apart. */
function nameOf(dataset: TrainingDataset, all: readonly TrainingDataset[], prefix: string | undefined): string {
  const { name, key } = dataset
  const isOnly = all.every((other) => other === dataset || other.name !== name)
  const twins = all.filter((other) => other.key === key)
  const own = isOnly ? name : twins.length === 1 ? key : `${key}.${twins.indexOf(dataset) + 1}`
  return prefix === undefined ? own : `${prefix}.${own}`
}

async function openDataset(
  name: string,
  dataset: TrainingDataset,
  images: readonly string[],
  picturesWith: readonly string[],
): Promise<ImportSource> {
  const { group, instructions, train, numSamples, taskDescriptions } = dataset
  const files = { instructions: [instructions], images, train: train ? [train] : [] }
  const source = await openMimicIt(name, files, {
    subset: dataset.name,
    textOnly: group === 'TEXT_ONLY',
    ...(group === 'VIDEO_TEXT' && { mediaKind: 'video' }),
  })
  return { ...source, picturesWith, mixture: { group, numSamples, taskDescriptions } }
}

/** The data sets of one file, with paths of this machine that are there. */
async function readDatasets(path: string, root: string | undefined): Promise<TrainingDataset[]> {
  const from = resolve(root ?? dirname(path))
  const missing: string[] = []
  const place = async (given: string, key: string, mayBeFolder = false): Promise<string> => {
    const file = resolve(from, given)
    const inside = relative(from, file)
    if (root !== undefined && (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside))) {
      missing.push(`${key}: ${given} leads out of ${from}`)
    } else {
      const facts = await stat(file).catch(() => undefined)
      if (facts === undefined) missing.push(`${key}: ${file}`)
      else if (facts.isDirectory() && !mayBeFolder) missing.push(`${key}: ${file} is a folder`)
    }
    return file
  }
  const placed: TrainingDataset[] = []
  for (const dataset of parseTrainingYaml(await readSmall(path), path)) {
    const { key, images, train } = dataset
    const instructions = await place(dataset.instructions, `${key}.mimicit_path`)
    const pictures: string[] = []
    for (const image of images) pictures.push(await place(image, `${key}.images_path`, true))
    const list = train === undefined ? undefined : await place(train, `${key}.train_config_path`)
    placed.push({ ...dataset, instructions, images: pictures, train: list })
  }
  if (missing.length === 0) return placed
  throw new MimicitError('MIMICIT_NOT_FOUND', {
    expected: 'files that are there',
    where: path,
    received: missing.join('; '),
    hint:
      root === undefined ? 'Correct the paths, or name the folder they start from with --root.' : 'Correct the paths.',
  })
}

/** A file of settings; one that is too large for that is not read at all. */
async function readSmall(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path)
    if (size > MOST_BYTES) return new Uint8Array(MOST_BYTES + 1)
    return await readFile(path)
  } catch (error) {
    throw asIoError(error, path)
  }
}
