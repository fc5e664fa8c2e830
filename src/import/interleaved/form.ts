// Interleaved documents as a form: JSON Lines, a document a line, pictures in the folder of the file or below `root`. The
// places of the pictures are kept; the loader of today puts the marks of a turn in front of its text.
import { dirname } from 'node:path'
import type { ReadableFile } from '../../io/store.js'
import { recordOr } from '../broken-record.js'
import { type FolderPair, openEach, openFolderSource, sourceNames } from '../folder-source.js'
import { unreadLines } from '../json-lines.js'
import { firstRecord, readStart } from '../read-start.js'
import type { TellLeftOut } from '../source.js'
import type { SourceForm } from '../source-form.js'
import { parseDocument } from './document.js'

/** `interleaved` */
export const interleavedForm: SourceForm = {
  title: 'documents of texts and pictures in turn, one a line of JSONL (content, or the lists of OBELICS and MMC4)',
  takes: ['root'],
  isForm: async (path) => /\.(jsonl|ndjson)$/i.test(path) && isDocument(await readStart(path)),
  async open({ paths, root, name }, scratch, { isMine } = {}) {
    const names = sourceNames(paths, name)
    return openEach(paths, (path, n) =>
      openFolderSource({
        path,
        name: names[n]!,
        root: root ?? dirname(path),
        scratch,
        isMine,
        relatedTable: 'context',
        read: (file, _, tell) => documentPairs(file, names[n]!, tell),
      }),
    )
  },
}

/** A line that is not to be seen whole is told by the name of a list anywhere in it. */
function isDocument(start: string): boolean {
  const record = firstRecord(start)
  if (record === undefined) return /^\s*\{[^\n]*"(content|texts|text_list)"\s*:\s*\[/.test(start)
  return ['content', 'texts', 'text_list'].some((name) => Object.hasOwn(record, name) && Array.isArray(record[name]))
}

async function* documentPairs(file: ReadableFile, name: string, tell?: TellLeftOut): AsyncGenerator<FolderPair> {
  for await (const { line, read, offset, where } of unreadLines(file, { tell })) {
    const place = { id: `${name}_${line}`, where, done: offset }
    yield recordOr(
      () => {
        const { id = place.id, ...document } = parseDocument(read(), where)
        return { ...document, id, where: `${where}, pair ${JSON.stringify(id)}`, done: offset }
      },
      () => place,
    )
  }
}
