// Reads the columns that plans by length are made over: of some queries and the contexts chosen for them what media they have
// and how many tokens. Where a lengths table has the counts no text is read; a pair that it does not have is tokenised, and
// the turn that comes of it is at hand when its batch is made. Rows are read in their order, so that each row group is decoded
// once however the window is shuffled.
import { allSettled } from '../base/all-settled.js'
import { openLengths } from '../shards/lengths-table.js'
import { pairAt, TURN_FACT_COLUMNS } from '../shards/rows.js'
import { type TurnCounts, type TurnFrame, turnFrame, turnLength } from '../text/lengths.js'
import { subsetPreset } from '../tuple/subsets.js'
import { isFaultOfData } from './faults.js'
import { buildIndex, type IndexEntry, type PlanIndex } from './plan/plan-index.js'
import type { Source } from './source.js'
import type { TurnSource } from './turn-source.js'
import { type SampleTurn, type TurnFacts, turnShape } from './turns.js'

/** The columns of a window. */
export interface ReadIndex {
  readonly index: PlanIndex
  /** Why a query cannot be planned: its own data are at fault, or those of a context; it is not in the columns then. */
  readonly faults: ReadonlyMap<number, Error>
}

/** Reads columns of one source. */
export interface IndexReader {
  /** Pairs whose counts are stored; those behind them are tokenised. */
  readonly stored: number
  /**
   * @param queries pair rows
   * @param epoch to which draws of contexts belong
   * @throws the errors of the store, but for faults of the data
   */
  read(queries: readonly number[], epoch: number): Promise<ReadIndex>
  close(): Promise<void>
}

/** What is known of a pair, apart from its contexts. */
type RowFacts = Omit<IndexEntry, 'contexts' | 'nearest'> & { readonly subset: string }

/** Reads under way at once. */
const LANES = 4
/** Rows that are read for nothing at most to read counts in one go. */
const GAP_ROWS = 32

/** What reading needs beside the source. */
export interface IndexReading {
  /** Where pairs whose counts are not stored are tokenised; without it their counts stay unknown. */
  readonly turns?: Pick<TurnSource, 'get'> | undefined
  /** Throws where nothing more is to begin. */
  readonly goOn?: () => void
}

/** Opens nothing yet. */
export function createIndexReader(source: Source, { turns, goOn = () => undefined }: IndexReading = {}): IndexReader {
  const { dataset, rules, settings } = source
  const lengths = openLengths(dataset, rules, { cacheBytes: 0 })
  const frame = turnFrame(rules)
  const mayRepeat = settings.shots > 0 && settings.sharedVisuals === 'once'

  const storedFacts = async (row: number, counts: TurnCounts | undefined): Promise<RowFacts> => {
    const { columns, firstRow } = await dataset.pairColumns(row, TURN_FACT_COLUMNS)
    return factsOf(row, pairAt(columns, row - firstRow), source, counts, frame)
  }
  const rowFacts = async (row: number, counts: ReadonlyMap<number, TurnCounts>): Promise<RowFacts> => {
    if (row < lengths.stored || turns === undefined) return storedFacts(row, counts.get(row))
    return factsOfTurn(row, await turns.get(row), mayRepeat)
  }
  /** Facts by row; a fault of the data in the place of those that have one. */
  const readFacts = async (rows: readonly number[]) => {
    const found = new Map<number, RowFacts | Error>()
    const sorted = [...new Set(rows)].sort((a, b) => a - b)
    const counts = await readCounts(sorted.filter((row) => row < lengths.stored))
    await inLanes(sorted, goOn, async (row) => {
      found.set(row, await rowFacts(row, counts).catch(faultOrThrow))
    })
    return found
  }
  /** Candidates by query; what went wrong in the place of those that have none, for a query may itself be at fault. */
  const readCandidates = async (queries: readonly number[]) => {
    const found = new Map<number, readonly number[] | { readonly error: unknown }>()
    await inLanes(
      [...new Set(queries)].sort((a, b) => a - b),
      goOn,
      async (row) => {
        found.set(row, await source.candidatesOf(row).catch((error: unknown) => ({ error })))
      },
    )
    return found
  }
  /** A damaged table of counts is an error whatever is done about samples: nothing can be planned from it. */
  const readCounts = async (rows: readonly number[]): Promise<ReadonlyMap<number, TurnCounts>> => {
    const counts = new Map<number, TurnCounts>()
    for (const [from, to] of runsOf(rows)) {
      const window = await lengths.window(from, to)
      for (let row = from; row < to; row++) {
        const at = row - from
        counts.set(row, {
          instruction: window.instruction[at]!,
          unmarked: window.unmarked[at]!,
          interleaved: window.interleaved[at]!,
          response: window.response[at]!,
        })
      }
    }
    return counts
  }

  return {
    stored: lengths.stored,
    async read(queries, epoch) {
      // Two tables, each of which is waited for.
      const [own, candidates] = await allSettled([readFacts(queries), readCandidates(queries)])
      const faults = new Map<number, Error>()
      const chosen = new Map<number, { readonly contexts: readonly number[]; readonly nearest: 'first' | 'last' }>()
      for (const [row, query] of own) {
        const found = candidates.get(row)!
        if (query instanceof Error) faults.set(row, query)
        else if ('error' in found) faults.set(row, faultOrThrow(found.error))
        else {
          const nearest = source.nearest ?? subsetPreset(query.subset).nearest
          chosen.set(row, { nearest, contexts: source.choose(found, row, nearest, epoch) })
        }
      }
      const others = await readFacts([...chosen.values()].flatMap(({ contexts }) => contexts))
      const entries: IndexEntry[] = []
      for (const [row, choice] of chosen) {
        const fault = choice.contexts.map((context) => others.get(context)).find((one) => one instanceof Error)
        if (fault === undefined) entries.push({ ...(own.get(row) as RowFacts), ...choice })
        else faults.set(row, fault)
      }
      for (const one of others.values()) {
        if (!(one instanceof Error)) entries.push({ ...one, contexts: [], nearest: 'last' })
      }
      return { index: buildIndex(entries), faults }
    },
    close: () => lengths.close(),
  }
}

function factsOf(
  row: number,
  pair: TurnFacts,
  { rules }: Source,
  counts: TurnCounts | undefined,
  frame: TurnFrame,
): RowFacts {
  const { slots, marks } = turnShape(pair, rules)
  const tokens = (count: number) =>
    counts === undefined ? -1 : turnLength(counts, frame, count, marks.kind === 'inside')
  return {
    ...{ row, subset: pair.subset, visuals: pair.media, media: slots.flat() },
    ...{ tokens: tokens(slots.length), unmarkedTokens: tokens(0) },
  }
}

/** @param mayRepeat whether anything may stand without its marks; those tokens may have to be made */
function factsOfTurn(row: number, turn: SampleTurn, mayRepeat: boolean): RowFacts {
  const { subset, media, slots, marked } = turn
  return {
    ...{ row, subset, visuals: media, media: slots.flat() },
    ...{ tokens: marked.end, unmarkedTokens: (mayRepeat ? turn.unmarked : marked).end },
  }
}

/** @throws what is no fault of the data */
function faultOrThrow(error: unknown): Error {
  if (isFaultOfData(error)) return error
  throw error
}

/** Rising rows as ranges [from, to) that hold them. */
function runsOf(rows: readonly number[]): [from: number, to: number][] {
  const runs: [number, number][] = []
  for (const row of rows) {
    const last = runs.at(-1)
    if (last !== undefined && row - last[1] <= GAP_ROWS) last[1] = row + 1
    else runs.push([row, row + 1])
  }
  return runs
}

/** Rows after which others get their turn: tokenising some hundred texts takes tenths of a second. */
const BREATH = 32

/** Does some work for each row, a few at a time, each lane going through a part of them in order. */
async function inLanes(rows: readonly number[], goOn: () => void, work: (row: number) => Promise<void>): Promise<void> {
  const each = Math.ceil(rows.length / LANES)
  const lanes = Array.from({ length: LANES }, (_, lane) => rows.slice(lane * each, (lane + 1) * each))
  await allSettled(
    lanes.map(async (lane) => {
      for (const [i, row] of lane.entries()) {
        if (i % BREATH === BREATH - 1) await new Promise(setImmediate)
        goOn()
        await work(row)
      }
    }),
  )
}
