// What is exported, from one reading of the tables: which pairs and pictures, by which ids, and what of them a form cannot
// hold. In memory: the ids of the pairs, and some bytes a row.
import { MimicitError, show } from '../../base/errors.js'
import type { OnProgress } from '../../base/progress.js'
import type { Dataset } from '../../shards/dataset.js'
import { parseId } from '../../tuple/ids.js'
import { subsetPreset } from '../../tuple/subsets.js'
import type { Pair } from '../../tuple/tuple.js'
import type { Aspect, ExportForm } from './export-form.js'
import type { Losses } from './losses.js'
import { isSafeName } from './safe-name.js'

/** Which pairs are exported: those that fulfil both conditions. */
export interface ExportConditions {
  /** Names of subsets. */
  readonly subset?: readonly string[] | undefined
  readonly split?: readonly string[] | undefined
}

/** The chosen rows. */
export interface ExportPlan {
  readonly subsets: readonly string[]
  /** Whether any of the pairs names its split. */
  readonly hasSplits: boolean
  /** For each pair the number of its subset; -1 = not chosen. */
  readonly subsetOf: Int32Array
  /** For each picture the number of the first subset that names it; -1 = none. */
  readonly subsetOfMedia: Int32Array
  readonly shared: readonly (readonly [number, number])[]
  /** Whether everything is chosen. */
  readonly whole: boolean
  readonly pairs: number
  readonly pictures: number
  idOf(row: number): string
}

/** Reads the tables once. @throws MimicitError MIMICIT_UNKNOWN_NAME, MIMICIT_BAD_VALUE if no pair is chosen */
export async function planExport(
  dataset: Dataset,
  form: ExportForm,
  { subset, split }: ExportConditions,
  losses: Losses,
  onProgress: OnProgress,
): Promise<ExportPlan> {
  const { tables, statistics, subsets: known } = dataset.manifest
  checkNames(
    'subset',
    subset,
    known.map(({ name }) => name),
    dataset.location,
  )
  checkNames('split', split, Object.keys(statistics.splits), dataset.location)
  const [ofSubset, ofSplit] = [new Set<string | null>(subset), new Set<string | null>(split)]
  const chosen = (pair: Pair) =>
    (subset === undefined || ofSubset.has(pair.subset)) && (split === undefined || ofSplit.has(pair.split))
  const subsetOf = new Int32Array(tables.pairs.rows).fill(-1)
  const subsetOfMedia = new Int32Array(tables.media.rows).fill(-1)
  const numbers = new Map<string, number>()
  const shared = new Map<string, readonly [number, number]>()
  const ids = idTable(tables.pairs.rows)
  const ended = new Set<number>()
  let [pairs, last] = [0, -1]
  let hasSplits = false
  for await (const [row, pair] of dataset.pairs()) {
    onProgress({ stage: 'reading pairs', done: row, total: tables.pairs.rows, unit: 'pairs' })
    if (!chosen(pair)) {
      ids.add('')
      continue
    }
    ids.add(pair.id)
    pairs++
    hasSplits ||= pair.split !== null
    const number = numbers.get(pair.subset) ?? numbers.size
    numbers.set(pair.subset, number)
    subsetOf[row] = number
    for (const picture of pair.media) {
      const owner = subsetOfMedia[picture]!
      if (owner < 0) subsetOfMedia[picture] = number
      else if (owner !== number) shared.set(`${owner} ${number}`, [owner, number])
    }
    for (const [aspect, what] of pairAspects(pair, form)) if (!form.holds.includes(aspect)) losses.add(what, pair.id)
    if (last !== number && ended.has(number) && !form.holds.includes('row order')) {
      losses.add('the order of the rows where subsets take turns', pair.id)
    }
    if (last !== number) ended.add(last)
    last = number
  }
  const whole = subset === undefined && split === undefined
  if (pairs === 0 && !whole) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'conditions that some pair fulfils',
      where: `exportDataset on ${dataset.location}`,
      received: 'conditions that none of them does',
    })
  }
  const pictures = await countPictures(dataset, form, subsetOfMedia, whole, losses)
  return {
    subsets: [...numbers.keys()],
    hasSplits,
    subsetOf,
    subsetOfMedia,
    shared: [...shared.values()],
    whole,
    pairs,
    pictures,
    idOf: ids.at,
  }
}

/** What of a pair not every form holds. */
function* pairAspects(pair: Pair, form: ExportForm): Generator<readonly [Aspect, string]> {
  const told = parseId(pair.id)?.task ?? form.namelessSubset ?? 'unnamed'
  if (pair.subset !== told) yield ['subset', 'the subset, where the id does not name it']
  if (pair.split !== null) yield ['split', 'the split']
  if (pair.language !== 'en') yield ['language', 'the language, where it is not en']
  if (pair.mediaKind !== 'none' && pair.mediaKind !== subsetPreset(told).mediaKind) {
    yield ['media kind', `that the pictures are ${pair.mediaKind === 'video' ? 'the frames of a video' : 'no video'}`]
  }
  if (pair.metadata !== null) yield ['metadata', 'metadata']
  if (pair.mediaPositions !== null) yield ['positions', 'positions of pictures in the instruction']
  if (pair.mediaTimes !== null) yield ['times', 'times of frames']
}

async function countPictures(
  dataset: Dataset,
  { holds }: ExportForm,
  subsetOfMedia: Int32Array,
  whole: boolean,
  losses: Losses,
): Promise<number> {
  let count = 0
  for await (const { firstRow, rows, columns } of dataset.columns('media', ['ids', 'clip', 'frame_time'])) {
    for (let i = 0; i < rows; i++) {
      const ids = columns.ids![i] as readonly string[]
      const orphan = subsetOfMedia[firstRow + i]! < 0
      if (orphan && !whole) continue
      if (orphan && !holds.includes('orphans')) {
        losses.add('pictures that no pair names', ids[0]!)
        continue
      }
      count++
      if ((columns.clip![i] ?? columns.frame_time![i] ?? null) !== null && !holds.includes('clips')) {
        losses.add('clip and time of a picture', ids[0]!)
      }
      if (ids.length > 1 && !holds.includes('aliases')) losses.add('further ids of a picture', ids[0]!)
      if (!isSafeName(ids[0]!) && !holds.includes('picture ids')) losses.add('ids that are no file name', ids[0]!)
    }
  }
  return count
}

function checkNames(what: string, asked: readonly string[] | undefined, there: readonly string[], where: string): void {
  const wrong = asked?.find((name) => !there.includes(name))
  if (wrong === undefined) return
  throw new MimicitError('MIMICIT_UNKNOWN_NAME', {
    expected: there.length === 0 ? `no ${what}, since no pair names one` : `one of ${there.join(', ')}`,
    where: `option ${what} of exportDataset on ${where}`,
    received: show(wrong),
  })
}

/** Ids by row, as UTF-8 in pieces: a string an id would take several times the memory. */
function idTable(rows: number) {
  const PIECE = 1 << 12
  const pieces: { readonly bytes: Buffer; readonly ends: Uint32Array }[] = []
  let open: string[] = []
  const close = () => {
    const ends = new Uint32Array(open.length)
    let end = 0
    open.forEach((id, i) => {
      end += Buffer.byteLength(id)
      ends[i] = end
    })
    pieces.push({ bytes: Buffer.from(open.join(''), 'utf8'), ends })
    open = []
  }
  let added = 0
  return {
    add(id: string) {
      open.push(id)
      added++
      if (open.length === PIECE || added === rows) close()
    },
    at(row: number): string {
      const { bytes, ends } = pieces[Math.floor(row / PIECE)]!
      const i = row % PIECE
      return bytes.toString('utf8', i === 0 ? 0 : ends[i - 1]!, ends[i]!)
    },
  }
}
