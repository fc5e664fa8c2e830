// What both MIMIC-IT forms share: instructions and train files, and which pictures go into which images file. A set of
// files is named by its subset. Every picture is written once: subsets that share pictures share an images file, since the
// original loader stops at an image id that it meets in two of them.
import { parseId } from '../../tuple/ids.js'
import type { Aspect, ExportJob, ExportPicture } from './export-form.js'
import type { JsonFile } from './output.js'
import { safeName } from './safe-name.js'

/** What the MIMIC-IT forms hold; `rel_ins_ids` and `train` are their context tables. */
export const MIMIC_IT_HOLDS: readonly Aspect[] = ['aliases', 'orphans', 'picture ids', 'context order']
/** As in `rel_ins_ids` and in train files. */
export const MIMIC_IT_CONTEXTS = ['rel_ins_ids', 'train'] as const

/** Name of files of pairs that there are none of. */
const NO_NAME = 'unnamed'

/** The sets of files of an export. */
export interface FileSets {
  /** Names without `_instructions.json`, by number. */
  readonly names: readonly string[]
  /** The set of a pair. */
  ofPair(row: number): number
  /** The name of the images file of a picture, without extension. */
  imagesOf(picture: ExportPicture): string
}

/** Names the files. */
export function fileSets({ name, subsets, shared, subsetOf, subsetOfMedia }: ExportJob): FileSets {
  if (name !== undefined) {
    const only = fileName(name)
    return { names: [only], ofPair: () => 0, imagesOf: () => only }
  }
  const names = subsets.length === 0 ? [NO_NAME] : subsets.map(fileName)
  const first = names.map((_, number) => number)
  for (const [a, b] of shared) {
    const [low, high] = [first[a]!, first[b]!].sort((x, y) => x - y) as [number, number]
    for (const [number, group] of first.entries()) if (group === high) first[number] = low
  }
  return {
    names,
    ofPair: subsetOf,
    imagesOf({ row, ids }) {
      const owner = subsetOfMedia(row)
      const named = subsets.indexOf(parseId(ids[0]!)?.task ?? '')
      return names[first[owner >= 0 ? owner : Math.max(0, named)]!]!
    },
  }
}

/** A subset that ends like a file of another one is no name for files. */
const fileName = (subset: string) =>
  /_(instructions|train)$/i.test(subset) ? safeName(`${subset}/`) : safeName(subset)

/** Writes `<NAME>_instructions.json` and, if there is a training list, `<NAME>_train.json` of every set. */
export async function writeInstructions(job: ExportJob, { names, ofPair }: FileSets): Promise<void> {
  const meta = JSON.stringify({ version: '0.0.1', time: job.time, author: 'mimicit' })
  const files: JsonFile[] = []
  for (const name of names) {
    files.push(await job.output.json(`${name}_instructions.json`, `{"meta": ${meta},\n"data": {`, '}}'))
  }
  const related = await job.contexts('rel_ins_ids')
  for await (const [row, { id, instruction, response, mediaIds }] of job.pairs()) {
    const rel_ins_ids = (await related?.of(row)) ?? []
    const record = { instruction, answer: response, image_ids: mediaIds, rel_ins_ids }
    await files[ofPair(row)]!.add(JSON.stringify(record), id)
  }
  for (const file of files) await file.finish()
  const train = await job.contexts('train')
  if (train === undefined) return
  // A set of which nothing is trained on gets an empty list: without one, everything would be.
  const lists: JsonFile[] = []
  for (const name of names) lists.push(await job.output.json(`${name}_train.json`, '{', '}'))
  for (const row of train.queries) {
    await lists[ofPair(row)]!.add(JSON.stringify((await train.of(row)) ?? []), job.idOf(row))
  }
  for (const list of lists) await list.finish()
}
