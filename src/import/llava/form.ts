// LLaVA's JSON: an array of conversations, each about a picture of a folder. Its rounds become pairs, the earlier rounds
// are the contexts of the later ones. Ids are those of COCO pictures and so stand several times in one file: every entry
// is kept, the second becomes `<id>-2`.
import { dirname } from 'node:path'
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/store.js'
import { parseId } from '../../tuple/ids.js'
import { recordOr } from '../broken-record.js'
import { parseExact } from '../exact-json.js'
import { type FolderPair, openEach, openFolderSource, sourceNames } from '../folder-source.js'
import { jsonItems, parseEntry } from '../json-stream.js'
import { readStart } from '../read-start.js'
import { tellRepeatedFields } from '../repeated-fields.js'
import type { TellLeftOut } from '../source.js'
import type { SourceForm } from '../source-form.js'
import { HashTable, textHash } from '../survey/hash-table.js'
import { parseLlavaEntry } from './entry.js'

/** The subset of pairs whose ids name none; its preset says that contexts are rounds. */
export const LLAVA_SUBSET = 'LLaVA'

/** `llava` */
export const llavaForm: SourceForm = {
  title: 'LLaVA: a JSON array of conversations, pictures in a folder (--images or --root)',
  takes: ['images', 'root'],
  isForm: async (path) => /\.json$/i.test(path) && /^\s*\[\s*\{[\s\S]*"conversations"/.test(await readStart(path)),
  async open({ paths, images = [], root, name }, scratch, { isMine } = {}) {
    if (images.length > 1 || (images.length === 1 && root !== undefined)) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'one folder of pictures',
        where: 'the form llava',
        received: [...images, ...(root === undefined ? [] : [root])].join(', '),
        hint: 'Name it with --images or with --root.',
      })
    }
    const names = sourceNames(paths, name)
    const folder = images[0] ?? root
    return openEach(paths, (path, n) =>
      openFolderSource({
        path,
        name: names[n]!,
        root: folder ?? dirname(path),
        scratch,
        isMine,
        relatedTable: 'rounds',
        read: (file, _, tell) => llavaPairs(file, names[n]!, tell),
      }),
    )
  },
}

/** The pairs of a file. An entry without an id is called after the file and its number. */
export async function* llavaPairs(file: ReadableFile, name: string, tell?: TellLeftOut): AsyncGenerator<FolderPair> {
  const nameFor = freeNames()
  for await (const item of jsonItems(file)) {
    const where = `${file.path}, entry ${item.key}`
    const value = parseEntry(file, item, parseExact)
    tellRepeatedFields(item.value, value, where, tell)
    const entry = recordOr(
      () => parseLlavaEntry(value, where),
      () => ({ id: `${name}_${item.key}`, where, done: item.offset }),
    )
    if ('fault' in entry) {
      yield entry
      continue
    }
    const { id, rounds, roundIds, metadata } = entry
    const ids = roundIds ?? nameFor(id ?? `${name}_${item.key}`, rounds.length)
    for (const [n, { instruction, response, mediaIds, paths, mediaPositions }] of rounds.entries()) {
      yield {
        id: ids[n]!,
        where: `${file.path}, entry ${item.key}, pair ${JSON.stringify(ids[n])}`,
        done: item.offset,
        instruction,
        response,
        mediaIds,
        paths,
        mediaPositions,
        related: ids.slice(0, n),
        subset: parseId(ids[n]!)?.task ?? LLAVA_SUBSET,
        metadata,
      }
    }
  }
}

/**
 * Names for the rounds of an entry that no other entry has: `<id>` of a single round, `<id>_<round>` of several, with
 * `-2`, `-3` behind the id where it occurred before.
 */
export function freeNames(): (id: string, rounds: number) => readonly string[] {
  const taken = new HashTable()
  /** The last number of an id, so that one which occurs a million times is not tried a million times. */
  const numbers = new HashTable()
  return (id, rounds) => {
    const key = textHash(id)
    for (let n = Math.max(1, numbers.get(...key) + 1); ; n++) {
      const base = n === 1 ? id : `${id}-${n}`
      const names = rounds === 1 ? [base] : Array.from({ length: rounds }, (_, round) => `${base}_${round}`)
      if ([base, ...names].some((name) => taken.get(...textHash(name)) >= 0)) continue
      for (const name of [base, ...names]) taken.set(...textHash(name), 0)
      numbers.set(...key, n)
      return names
    }
  }
}
