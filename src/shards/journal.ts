// What an interrupted writing had finished: `journal.jsonl` in the unfinished directory gets one line a finished shard, on
// the disk before the next one begins. Who writes the same data set from the same source again takes those shards over
// after hashing them; whatever is not known to be good is removed and made anew.
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex, sha256Stream } from '../base/hash.js'
import { asIoError, openDirectory } from '../io/directory.js'
import { writeWhole } from '../io/sink.js'
import type { ShardRecord } from './manifest.js'
import { PARTIAL_MARK, releasePartial } from './partial-directory.js'
import { decodeSums, encodeSums, type Piece } from './sums.js'
import type { FinishedTable } from './table-writer.js'

/** The file's name. */
export const JOURNAL = 'journal.jsonl'

/** A finished shard, as a line of the journal has it. */
interface Entry {
  readonly table: string
  readonly shard: ShardRecord
  /** Records of index/<table>.sums, base64. */
  readonly sums: string
}

/** A journal open for writing. */
export interface Journal {
  /** Shards of a table that need not be written again. */
  taken(table: string): FinishedTable
  /** Notes a finished shard; it is on the disk when this returns. */
  add(table: string, shard: ShardRecord, pieces: readonly Piece[]): Promise<void>
  /** Removes the journal: the directory is whole. */
  remove(): Promise<void>
  close(): Promise<void>
  /** Closes it and leaves its finished shards, and nothing else, for who goes on. @returns false if there are none */
  leave(): Promise<boolean>
}

/**
 * Opens the journal of an unfinished directory, which is emptied of all that cannot be taken over.
 * @param fingerprint of everything that decides the bytes: source, options, version. Another one starts anew
 */
export async function openJournal(root: string, fingerprint: string): Promise<Journal> {
  try {
    const good = await goodEntries(root, fingerprint)
    const named = new Set(good.map(({ shard }) => shard.path))
    await mkdir(root, { recursive: true })
    await removeOthers(root, named)
    const lines = [JSON.stringify({ v: 1, fingerprint }), ...good.map((entry) => JSON.stringify(entry))]
    await writeWhole(`${root}/${JOURNAL}.new`, Buffer.from(lines.map(checkedLine).join('')))
    await rename(`${root}/${JOURNAL}.new`, `${root}/${JOURNAL}`)
    return journalOf(root, await open(`${root}/${JOURNAL}`, 'a'), good)
  } catch (error) {
    throw asIoError(error, root)
  }
}

/** Removes everything but some shards. */
async function removeOthers(root: string, named: ReadonlySet<string>): Promise<void> {
  for (const path of await openDirectory(root).list()) {
    if (!named.has(path) && path !== PARTIAL_MARK) await rm(join(root, path))
  }
}

function journalOf(root: string, handle: FileHandle, good: readonly Entry[]): Journal {
  const finished = new Set(good.map(({ shard }) => shard.path))
  return {
    taken(table) {
      const entries = good.filter((entry) => entry.table === table)
      return {
        shards: entries.map(({ shard }) => shard),
        blocks: entries.flatMap(({ shard }) => shard.rowGroups.map(({ rows }) => rows)),
        pieces: entries.map(
          ({ sums, shard }) => decodeSums(Buffer.from(sums, 'base64'), [shard.bytes], shard.path)[0]!,
        ),
      }
    },
    async add(table, shard, pieces) {
      const entry: Entry = { table, shard, sums: Buffer.from(encodeSums([pieces])).toString('base64') }
      try {
        await handle.appendFile(checkedLine(JSON.stringify(entry)))
        await handle.sync()
        finished.add(shard.path)
      } catch (error) {
        throw asIoError(error, join(root, JOURNAL))
      }
    },
    async remove() {
      await handle.close()
      await rm(join(root, JOURNAL))
    },
    close: () => handle.close(),
    async leave() {
      await handle.close()
      if (finished.size === 0) return false
      await removeOthers(root, new Set([...finished, JOURNAL]))
      await releasePartial(root)
      return true
    },
  }
}

/** A line with the hash of its text in front, so that one which was cut or damaged is told from a whole one. */
const checkedLine = (text: string) => `${sha256Hex(text)} ${text}\n`

/** The lines up to the first that is not whole. */
function wholeLines(text: string): unknown[] {
  const values: unknown[] = []
  for (const line of text.split('\n')) {
    const body = line.slice(65)
    if (line.slice(0, 65) !== `${sha256Hex(body)} `) break
    values.push(JSON.parse(body))
  }
  return values
}

/** Entries whose files are what they say; of each table only those before the first that is not. */
async function goodEntries(root: string, fingerprint: string): Promise<Entry[]> {
  const text = await readFile(join(root, JOURNAL), 'utf8').catch(() => '')
  const [head, ...entries] = wholeLines(text) as [{ readonly fingerprint: string } | undefined, ...Entry[]]
  if (head?.fingerprint !== fingerprint) return []
  const good: Entry[] = []
  const broken = new Set<string>()
  for (const entry of entries) {
    if (!broken.has(entry.table) && (await isWhole(root, entry.shard))) good.push(entry)
    else broken.add(entry.table)
  }
  return good
}

const READ = 1 << 20

async function isWhole(root: string, { path, bytes, sha256 }: ShardRecord): Promise<boolean> {
  const file = await openDirectory(root)
    .open(path)
    .catch(() => undefined)
  if (file === undefined) return false
  try {
    if (file.byteLength !== bytes) return false
    const hash = sha256Stream()
    for (let at = 0; at < bytes; at += READ) hash.update(await file.read(at, Math.min(READ, bytes - at)))
    return hash.digest('hex') === sha256
  } finally {
    await file.close()
  }
}
