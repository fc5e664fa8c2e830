// The first pass over the pictures of all sources: which of them are kept, which row each gets, by which ids. Facts go to
// the disk; what stays in memory is a table from ids to rows and two numbers a picture.
import { Bits } from '../../base/bits.js'
import type { IssueLog } from '../../base/issues.js'
import type { OnProgress } from '../../base/progress.js'
import type { Scratch } from '../../io/spill.js'
import type { PictureFacts } from '../../vision/picture-header.js'
import type { PicturePlace } from '../placed/batch.js'
import type { BatchThreads } from '../placed/threads.js'
import { type Policies, report } from '../policies.js'
import type { ImportSource } from '../source.js'
import { HashTable, textHash } from './hash-table.js'
import { DATA_SET, IdScopes, reportCollision } from './id-scopes.js'
import type { KnownRows } from './known-rows.js'
import { isPlace, lookedAtPictures } from './looked.js'
import { createPictureFacts, type PictureFactsFile, type SeenPicture } from './picture-facts.js'

/** A picture whose bytes are stored. */
export interface StoredPicture extends PictureFacts {
  /** Every id that names these bytes, as the data set knows them. */
  readonly ids: readonly string[]
  readonly sha256: Uint8Array
  readonly place: PicturePlace | undefined
}

/** Where an id of a picture leads. */
export type PictureRow = number | 'missing' | 'broken'

/** The pictures of all sources. */
export interface PictureSurvey {
  /** Pictures that get a row. */
  readonly rows: number
  /** The row behind an id, as the pairs of a source name it. */
  rowOf(id: string, source: number): PictureRow
  /** The row behind the `textHash` of an id, of a picture whose name is that id; undefined where more has to be looked at. */
  rowOfHash(high: number, low: number): number | undefined
  /** The name by which the data set knows that picture. */
  nameOf(id: string, source: number): string
  /** For the second pass: what to store of the n-th picture of all sources, if its bytes are to be stored. */
  stored(n: number): StoredPicture | undefined
  /** For each source the numbers of its pictures, and whether all of them can be fetched by their places. */
  readonly ofSources: readonly SourcePictures[]
}

/** The pictures of one source, `from` inclusive, `to` exclusive. */
export interface SourcePictures {
  readonly from: number
  readonly to: number
  readonly placed: boolean
}

/** Instead of a row: no picture, or one that is the same as another of its id. */
const FAULTY = -2
const COPY = -1

/** Reads every picture once. */
export async function surveyPictures(
  sources: readonly ImportSource[],
  policies: Policies,
  log: IssueLog,
  scratch: Scratch,
  known: KnownRows,
  threads: BatchThreads,
  onProgress?: OnProgress,
  /** Whether a picture is going to be decoded, so that one that does not decode is found now. */
  isDecoded?: (facts: PictureFacts) => boolean,
  maxPixels?: number,
): Promise<PictureSurvey> {
  const facts = createPictureFacts(scratch)
  const total = sources.reduce((sum, { pictureBytes }) => sum + pictureBytes, 0)
  const ofSources: SourcePictures[] = []
  let before = 0
  for (const [source, each] of sources.entries()) {
    const from = facts.count
    let placed = true
    const looked = lookedAtPictures(each, threads, isDecoded, maxPixels)
    for await (const pictures of looked) {
      for (const { picture, found, fault, remarks = [] } of pictures) {
        const { id, bytes, where } = picture
        if (fault !== undefined) report(log, fault.code, policies.broken, where, id, fault.parts.received)
        for (const remark of remarks) log.add({ ...remark, level: 'warning', where, id })
        facts.add({ id, source, found, place: isPlace(bytes) ? bytes : undefined })
        placed &&= isPlace(bytes)
      }
      const done = before + pictures.at(-1)!.picture.done
      onProgress?.({ stage: 'reading pictures', done, total, unit: 'bytes' })
    }
    ofSources.push({ from, to: facts.count, placed })
    before += each.pictureBytes
  }
  // What follows the last picture of a file has been gone through too.
  if (total > 0) onProgress?.({ stage: 'reading pictures', done: total, total, unit: 'bytes' })
  const names = sources.map(({ name }) => name)
  const shares = sources.map(({ picturesWith = [] }) => picturesWith.map((name) => names.indexOf(name)))
  const scopes = new IdScopes(names, facts.count, (n) => facts.at(n).id, shares)
  const rows = settleIds(facts, scopes, sources, policies, log, known)
  const { twins, firsts, count } = settleContents(facts, rows, log, known)
  const nameAt = (n: number) => {
    const { id, source } = facts.at(n)
    return scopes.nameOf(id, source, n)
  }
  return {
    rows: count,
    ofSources,
    nameOf(id, source) {
      const n = scopes.find(id, source)
      if (!scopes.renames) return id
      // A picture that is shared has the name that its own source gave it.
      return n >= 0 && shares[source]!.length > 0 ? nameAt(n) : scopes.nameOf(id, source, n)
    },
    rowOf(id, source) {
      const n = scopes.find(id, source)
      const row = n < 0 ? COPY : rows[n]!
      if (row >= 0) return row
      if (row === FAULTY) return 'broken'
      const held = known.mediaIds.get(...textHash(id))
      return held < 0 ? 'missing' : held
    },
    rowOfHash(high, low) {
      if (scopes.renames) return undefined
      const n = scopes.findHash(high, low, 0, noText)
      const row = n < 0 ? known.mediaIds.get(high, low) : rows[n]!
      return row < 0 ? undefined : row
    },
    stored(n) {
      if (!firsts.has(n)) return undefined
      const { id, source, found, place } = facts.at(n)
      const ids = [scopes.nameOf(id, source, n)]
      for (let twin = twins?.[n] ?? n; twin !== n; twin = twins![twin]!) ids.push(nameAt(twin))
      return { ...found!, ids, place }
    },
  }
}

/** Without renamed ids the hash of one is enough. */
const noText = () => ''

/** Decides what each id means. @returns for each picture 0, or why it gets no row */
function settleIds(
  facts: PictureFactsFile,
  scopes: IdScopes,
  sources: readonly ImportSource[],
  policies: Policies,
  log: IssueLog,
  known: KnownRows,
): Int32Array {
  const rows = new Int32Array(facts.count)
  for (let n = 0; n < facts.count; n++) {
    const isNone = facts.contentOf(n) === undefined
    if (isNone) rows[n] = FAULTY
    const [high, low] = facts.hashOf(n)
    const held = known.mediaIds.get(high, low)
    // One that is another than that of the data set never means it to other sources.
    const isAnother = held >= 0 && !isNone && !known.hasContent(held, facts.at(n).found!.sha256)
    const first = !isAnother && scopes.addFirst(high, low, n)
    // Almost every id is a new one; its text is needed only beside others.
    if (first) {
      if (held >= 0 && !isNone) rows[n] = COPY
      continue
    }
    const picture = facts.at(n)
    const { id, source, found } = picture
    const where = `${sources[source]!.picturesFrom}, picture ${JSON.stringify(id)}`
    const rename = (holder: string) => {
      const name = scopes.setScoped(id, source, n)
      reportCollision(log, `${holder} has another picture ${id}`, name, known.mediaIds, where, id)
    }
    const earlier = scopes.known(id, source)
    if (earlier < 0) {
      rename(DATA_SET)
      continue
    }
    const other = facts.at(earlier)
    const same = isSame(other, picture)
    if (other.source !== source) {
      if (same) {
        rows[n] = COPY
        continue
      }
      rename(sources[other.source]!.name)
    } else if (same || found === undefined) {
      rows[n] = COPY
    } else {
      const isHeldCopy = rows[earlier] === COPY
      if (isAnother && !scopes.isRenamed(earlier)) rename(DATA_SET)
      else {
        if (held >= 0 && !scopes.isRenamed(earlier)) rows[n] = COPY
        scopes.replace(id, source, earlier, n)
      }
      if (other.found !== undefined && policies.duplicates === 'keep' && !isHeldCopy) {
        scopes.keep(source, earlier)
        continue
      }
      if (other.found !== undefined) {
        report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, id, `picture ${id} occurs twice, not the same`)
      }
      rows[earlier] = COPY
    }
  }
  for (const { id, source, name } of scopes.nameKept((each) => known.mediaIds.get(...textHash(each)) >= 0)) {
    const where = `${sources[source]!.picturesFrom}, picture ${JSON.stringify(id)}`
    const message = `picture ${id} occurs again, not the same; this one becomes ${name}`
    report(log, 'MIMICIT_DUPLICATE_ID', 'keep', where, id, message)
  }
  return rows
}

const isSame = (a: SeenPicture, b: SeenPicture) =>
  a.found !== undefined && b.found !== undefined && Buffer.compare(a.found.sha256, b.found.sha256) === 0

/**
 * Gives a row to each picture that is to have one; the same bytes get one row.
 * @returns the first picture of each row, and for each picture the next one of the same row, round in a ring, if any row
 * has several
 */
function settleContents(facts: PictureFactsFile, rows: Int32Array, log: IssueLog, known: KnownRows) {
  // Most data have none.
  let twins: Int32Array | undefined
  const firsts = new Bits(rows.length)
  const last = new HashTable(rows.length)
  let count = 0
  for (let n = 0; n < rows.length; n++) {
    if (rows[n]! < 0) continue
    const content = facts.contentOf(n)!
    const [high, low] = [content.readUInt32BE(0), content.readUInt32BE(4)]
    const twin = last.get(high, low)
    if (twin >= 0 && isSame(facts.at(twin), facts.at(n))) {
      rows[n] = rows[twin]!
      twins ??= Int32Array.from(rows, (_, i) => i)
      twins[n] = twins[twin]!
      twins[twin] = n
    } else {
      const held = known.contents.get(high, low)
      if (held >= 0) {
        // A row that is written cannot get another id, and the pair that is to come names this one.
        const { id } = facts.at(n)
        const message = `media row ${held} holds the same picture under another id; it is stored again`
        log.add({ code: 'MIMICIT_DUPLICATE_MEDIA', level: 'warning', where: `media row ${held}`, id, message })
      }
      rows[n] = known.media + count++
      firsts.add(n)
    }
    last.set(high, low, n)
  }
  last.free()
  return { twins, firsts, count }
}
