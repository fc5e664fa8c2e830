// The plan of a merge: which row every picture and every pair gets, which pictures are one, and which ids stand for two
// things. Ids and hashes are read once; kept are a few bytes a row.
import type { IssueLog } from '../base/issues.js'
import type { OnProgress } from '../base/progress.js'
import type { Dataset } from '../shards/dataset.js'
import { idHash } from '../shards/ids-index.js'
import type { MediaFacts } from '../shards/rows.js'
import type { RowMap } from './copy-rows.js'
import { createKeyTable } from './key-table.js'

/** A data set that is merged, and how its ids are written. */
export interface MergeSource {
  readonly dataset: Dataset
  /** The id in the merged data set. */
  name(id: string): string
}

/** What goes where. */
export interface MergePlan {
  /** For each source the new row of each of its rows. */
  readonly maps: readonly RowMap[]
  /** Whether the picture of a row of a source is the one that is stored, of all with the same content. */
  isStored(source: number, row: number): boolean
  /** Every id of a stored picture: its own, then those of its twins in the order of the sources. */
  idsOf(source: number, row: number): Promise<readonly string[]>
}

/**
 * Reads the ids of all sources.
 * @param log gets an error for each id that names two pairs, or two pictures that differ
 */
export async function planMerge(
  sources: readonly MergeSource[],
  log: IssueLog,
  onProgress: OnProgress,
): Promise<MergePlan> {
  const media = await planMedia(sources, log, onProgress)
  const pairs = await planPairs(sources, log, onProgress)
  return { ...media, maps: sources.map((_, s) => ({ pairs: pairs[s]!, media: media.maps[s]! })) }
}

/** Rows of all sources as one row of rows. */
function globalRows(counts: readonly number[]) {
  const firsts: number[] = []
  let total = 0
  for (const count of counts) {
    firsts.push(total)
    total += count
  }
  return {
    firsts,
    total,
    place(global: number): readonly [source: number, row: number] {
      let source = firsts.length - 1
      // The last source that begins at or before it; empty ones begin where the next one does.
      while (firsts[source]! > global) source--
      return [source, global - firsts[source]!]
    },
  }
}

const NONE = -1

async function planMedia(sources: readonly MergeSource[], log: IssueLog, onProgress: OnProgress) {
  const { firsts, total, place } = globalRows(sources.map(({ dataset }) => dataset.manifest.tables.media.rows))
  /** For each picture the first one with its content: itself, or an earlier one. */
  const stored = new Int32Array(total)
  /** The next picture with the same content. */
  const nextTwin = new Int32Array(total).fill(NONE)
  const lastTwin = new Int32Array(total)
  const newRow = new Int32Array(total)
  const byContent = createKeyTable()
  const byId = createKeyTable()
  let rows = 0

  const facts = async (global: number): Promise<MediaFacts> => {
    const [source, row] = place(global)
    return sources[source]!.dataset.media(row)
  }
  const namesOf = async (global: number) => {
    const { name } = sources[place(global)[0]]!
    return (await facts(global)).ids.map(name)
  }
  const firstWith = async (content: Uint8Array, high: number, low: number) => {
    for (const candidate of byContent.candidates(high, low)) {
      if (Buffer.compare((await facts(candidate)).sha256, content) === 0) return candidate
    }
    return NONE
  }
  const claim = async (id: string, global: number, where: string) => {
    const [high, low] = idHash(id)
    for (const candidate of byId.candidates(high, low)) {
      if (!(await namesOf(candidate)).includes(id)) continue
      if (stored[candidate] === stored[global]) return
      const { dataset } = sources[place(candidate)[0]]!
      const message = `picture ${id} is another one in ${dataset.location}`
      log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message })
      return
    }
    byId.add(high, low, global)
  }

  for (const [s, { dataset, name }] of sources.entries()) {
    for await (const group of dataset.columns('media', ['ids', 'sha256'])) {
      for (let i = 0; i < group.rows; i++) {
        const row = group.firstRow + i
        const global = firsts[s]! + row
        onProgress({ stage: 'reading picture ids', done: global, total, unit: 'pictures' })
        const content = Buffer.from(group.columns.sha256![i] as Uint8Array)
        const [high, low] = [content.readUInt32BE(0), content.readUInt32BE(4)]
        const first = await firstWith(content, high, low)
        if (first === NONE) {
          byContent.add(high, low, global)
          stored[global] = global
          newRow[global] = rows++
        } else {
          stored[global] = first
          newRow[global] = newRow[first]!
          nextTwin[lastTwin[first]!] = global
        }
        lastTwin[stored[global]!] = global
        for (const id of group.columns.ids![i] as readonly string[]) {
          await claim(name(id), global, `media row ${row} of ${dataset.location}`)
        }
      }
    }
  }
  return {
    maps: sources.map((_, s) => newRow.subarray(firsts[s], firsts[s + 1])),
    isStored: (source: number, row: number) => stored[firsts[source]! + row] === firsts[source]! + row,
    async idsOf(source: number, row: number) {
      const ids = new Set<string>()
      for (let at = firsts[source]! + row; at !== NONE; at = nextTwin[at]!) {
        for (const id of await namesOf(at)) ids.add(id)
      }
      return [...ids]
    },
  }
}

async function planPairs(sources: readonly MergeSource[], log: IssueLog, onProgress: OnProgress) {
  const { firsts, total, place } = globalRows(sources.map(({ dataset }) => dataset.manifest.tables.pairs.rows))
  const byId = createKeyTable()
  const earlier = async (id: string, high: number, low: number) => {
    for (const candidate of byId.candidates(high, low)) {
      const [source, row] = place(candidate)
      const { dataset, name } = sources[source]!
      if (name((await dataset.pair(row)).id) === id) return `row ${row} of ${dataset.location}`
    }
    return undefined
  }
  for (const [s, { dataset, name }] of sources.entries()) {
    for await (const group of dataset.columns('pairs', ['id'])) {
      for (let i = 0; i < group.rows; i++) {
        const row = group.firstRow + i
        onProgress({ stage: 'reading pair ids', done: firsts[s]! + row, total, unit: 'pairs' })
        const id = name(group.columns.id![i] as string)
        const [high, low] = idHash(id)
        const other = await earlier(id, high, low)
        if (other === undefined) byId.add(high, low, firsts[s]! + row)
        else {
          const where = `pairs row ${row} of ${dataset.location}`
          log.add({ code: 'MIMICIT_DUPLICATE_ID', level: 'error', where, id, message: `${other} has the same id` })
        }
      }
    }
  }
  return sources.map(({ dataset }, s) =>
    Int32Array.from({ length: dataset.manifest.tables.pairs.rows }, (_, row) => firsts[s]! + row),
  )
}
