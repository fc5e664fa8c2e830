// A source that is one file of records which name pictures in a folder: what is the same for all such forms. A form only
// tells how the file becomes pairs; their pictures are read from the folder, each path once.
import { resolve } from 'node:path'
import { isMimicitError, MimicitError } from '../base/errors.js'
import { sha256Stream } from '../base/hash.js'
import { namelessSpill, type Scratch } from '../io/spill.js'
import type { ReadableFile } from '../io/store.js'
import { type GuardedFolder, openGuardedFolder } from './guarded-path.js'
import type { ImportSource, SourcePair, SourcePicture, TellLeftOut } from './source.js'
import { openSourceFiles, sourceName } from './source-files.js'
import { HashTable, textHash } from './survey/hash-table.js'

/** A pair whose pictures are paths inside the folder, or addresses, which are not followed. */
export interface FolderPair extends SourcePair {
  /** Where each picture is. @default its id */
  readonly paths?: readonly string[] | undefined
  /** The clip of its frames. */
  readonly clip?: string | undefined
}

/** How such a source is opened. */
export interface FolderSourceOptions {
  readonly path: string
  readonly name: string
  /** The folder that paths of pictures start from. */
  readonly root: string
  readonly scratch: Scratch
  readonly relatedTable?: string
  /** As in `OpenOptions`. */
  readonly isMine?: ((key: string) => boolean) | undefined
  /** The pairs of the file, from the beginning each time. @param tell as of `ImportSource` */
  read(file: ReadableFile, folder: GuardedFolder, tell?: TellLeftOut): AsyncIterable<FolderPair>
}

/** Whether a picture is named by its address somewhere else. */
export const isAddress = (path: string) => /^[A-Za-z][A-Za-z0-9+.-]+:/.test(path)

/** Names of the sources of several files, all different. */
export function sourceNames(paths: readonly string[], name?: string): readonly string[] {
  if (paths.length === 1) return [name ?? sourceName(paths)]
  const seen = new Set<string>()
  return paths.map((path) => {
    const base = name === undefined ? sourceName([path]) : `${name}-${sourceName([path])}`
    let own = base
    for (let n = 2; seen.has(own); n++) own = `${base}-${n}`
    seen.add(own)
    return own
  })
}

/** Opens a source for each path; if one cannot be opened none stays open. */
export async function openEach(
  paths: readonly string[],
  open: (path: string, n: number) => Promise<ImportSource>,
): Promise<readonly ImportSource[]> {
  const sources: ImportSource[] = []
  try {
    for (const [n, path] of paths.entries()) sources.push(await open(path, n))
    return sources
  } catch (error) {
    for (const source of sources) await source.close()
    throw error
  }
}

/** Size and time of change of a picture. */
const STAMP = 16

/** Opens it. @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_IO */
export async function openFolderSource(options: FolderSourceOptions): Promise<ImportSource> {
  const { path, name, root, scratch, relatedTable, isMine, read } = options
  const folder = await openGuardedFolder(root)
  const opened = await openSourceFiles({ records: [path] })
  const file = opened.groups.records[0]!
  const stamps = namelessSpill(scratch.path)
  const stamp = Buffer.alloc(STAMP)
  /** Of the first pass over the records, and of the first over the pictures. */
  let recordsDigest: string | undefined
  let picturesDigest: string | undefined
  let picturesBytes = 0

  /** A folder of frames may change while its pairs are read; the file of the records is looked at by the importer. */
  async function* records(tell?: TellLeftOut): AsyncGenerator<FolderPair> {
    const hash = sha256Stream()
    for await (const pair of read(file, folder, tell)) {
      hash.update(JSON.stringify([pair.id, pair.mediaIds, pair.paths]))
      yield pair
    }
    const digest = hash.digest('hex')
    if (recordsDigest !== undefined && recordsDigest !== digest) throw changed(path)
    recordsDigest = digest
  }

  async function* pictures(): AsyncGenerator<SourcePicture> {
    const seen = new HashTable()
    const hash = sha256Stream()
    const first = picturesDigest === undefined
    let n = 0
    for await (const pair of records()) {
      for (const [i, id] of pair.mediaIds.entries()) {
        const path = pair.paths?.[i] ?? id
        const key = textHash(path === id ? id : JSON.stringify([id, path]))
        if (seen.get(...key) >= 0) continue
        seen.set(...key, 0)
        const where = `${pair.where}, picture ${JSON.stringify(id)}`
        if (isMine?.(pair.clip ?? id) === false) {
          yield { id, bytes: new Uint8Array(0), where, done: pair.done, clip: pair.clip ?? null }
          continue
        }
        const { bytes, mtimeMs, fault } = await look(folder, path, where)
        stamp.writeDoubleLE(bytes.byteLength, 0)
        stamp.writeDoubleLE(mtimeMs, 8)
        if (first) {
          picturesBytes += bytes.byteLength
          stamps.add(stamp)
          hash.update(`${id}\n`).update(stamp)
        } else if ((n + 1) * STAMP > stamps.byteLength || !stamps.read(n * STAMP, STAMP).equals(stamp)) {
          // The facts of the first pass would be stored with the bytes of the second.
          throw changed(resolve(root, path))
        }
        n++
        yield { id, bytes, where, done: pair.done, clip: pair.clip ?? null, ...(fault && { fault }) }
      }
    }
    if (first) picturesDigest = hash.digest('hex')
  }

  return {
    name,
    files: opened.files,
    get beyondFiles() {
      return picturesDigest
    },
    get beyondBytes() {
      return picturesBytes
    },
    picturesFrom: root,
    pairsFrom: file.path,
    pictureBytes: file.byteLength,
    pairBytes: file.byteLength,
    pictures,
    pairs: records,
    relatedTable,
    async close() {
      stamps.close()
      await opened.close()
    },
  }
}

/** Bytes of a picture, or its fault; a file that leads out of the folder is no fault of the picture. */
async function look(folder: GuardedFolder, path: string, where: string) {
  const none = (fault: MimicitError) => ({ bytes: new Uint8Array(0), mtimeMs: -1, fault })
  if (isAddress(path)) {
    return none(
      new MimicitError('MIMICIT_UNSUPPORTED', {
        expected: 'a picture on this machine',
        where,
        received: 'an address; pictures are not downloaded',
        hint: 'Download the pictures first, and name their paths.',
      }),
    )
  }
  try {
    return { ...(await folder.read(path, where)), fault: undefined }
  } catch (error) {
    const own = isMimicitError(error, 'MIMICIT_NOT_FOUND') || isMimicitError(error, 'MIMICIT_BAD_PICTURE')
    if (!own) throw error
    return none(error)
  }
}

function changed(path: string): MimicitError {
  return new MimicitError('MIMICIT_SOURCE_CHANGED', {
    expected: 'the file that the import began with',
    where: path,
    received: 'one that was changed meanwhile',
    hint: 'Nothing was written; run it again when nobody writes to the source.',
  })
}
