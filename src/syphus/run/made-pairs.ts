// Pairs that were made, as lines of a file, and the same file as a source of an import: what writes data sets is the same for
// pairs that were made and for those that were found.
import { type FolderPair, openFolderSource } from '../../import/folder-source.js'
import { jsonLines } from '../../import/json-lines.js'
import type { ImportSource } from '../../import/source.js'
import type { Scratch } from '../../io/spill.js'
import type { ReadableFile } from '../../io/store.js'

/** A pair with everything that a data set holds of it. */
export type MadePair = Pick<
  FolderPair,
  'id' | 'instruction' | 'response' | 'mediaIds' | 'related' | 'subset' | 'language'
> &
  Pick<FolderPair, 'paths' | 'clip' | 'mediaKind' | 'metadata'>

/** Where they are, and what else decides the data set. */
export interface MadePairsFile {
  readonly path: string
  /** The folder of the pictures. */
  readonly root: string
  readonly name: string
  readonly scratch: Scratch
  readonly provenance: Readonly<Record<string, unknown>>
}

/** Opens the file as a source. */
export async function openMadePairs({ provenance, ...file }: MadePairsFile): Promise<ImportSource> {
  const source = await openFolderSource({ ...file, relatedTable: 'rel_ins_ids', read: madePairs })
  return Object.create(source, { provenance: { value: provenance } }) as ImportSource
}

async function* madePairs(file: ReadableFile): AsyncGenerator<FolderPair> {
  // We wrote it.
  for await (const { value, offset, where } of jsonLines(file)) yield { ...(value as MadePair), where, done: offset }
}
