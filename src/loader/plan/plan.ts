// What samples are made of: contexts, media rows and, where token counts are known, tokens; and the reads that their pictures
// take. Pure: everything it needs stands in the columns of a window, it reads nothing, and any samples of the window can be
// asked for alone and in any order.
import { MimicitError } from '../../base/errors.js'
import { type ByteRange, coalesce, type JoinLimits, LOCAL_JOIN } from '../../io/coalesce.js'
import { type ContextDraw, type ContextOrder, chooseContexts, nearestOf, standing } from './choose-contexts.js'
import { entryOf, type PictureColumns, type PlanIndex } from './plan-index.js'
import type { SampleContent } from './planned.js'

/** What decides a sample, apart from the columns. */
export interface PlanRules {
  /** Contexts of a query at most. */
  readonly shots: number
  /** Whether consecutive turns on the same visuals share one set of marks and slots. */
  readonly sharedVisuals: 'once' | 'repeat'
  /** Tokens of a row at most: whole contexts are dropped, farthest first. */
  readonly maxTokens: number
  /** Tokens of a row outside of its turns, and between two turns; see `turnFrame`. */
  readonly frame: { readonly ends: number; readonly tail: number }
  /** How contexts stand in front of their query, and what a random order belongs to. @default as they are listed */
  readonly order?: { readonly name: ContextOrder } & Omit<ContextDraw, 'row'>
}

/** What samples are made of, as columns: entry i is about the i-th sample that was asked for. */
export interface PlannedContent {
  /** Where the contexts of each sample begin, and behind the last one their number. */
  readonly contextStart: Int32Array
  /** Pair rows, in the order in which they stand in front of the query. */
  readonly contexts: Int32Array
  readonly mediaStart: Int32Array
  /** Media rows that a sample needs, each once, in the order in which they come first. */
  readonly media: Int32Array
  /** Tokens of its row, ends included; -1 where counts are not known. More than may be only for a query that is too long
   * by itself. */
  readonly tokens: Int32Array
}

/** A plan over the columns of one window. */
export interface Plan {
  /**
   * What samples are made of.
   * @param samples pair rows of queries
   * @throws MimicitError MIMICIT_BAD_VALUE for a row that the columns do not have
   */
  content(samples: ArrayLike<number>): PlannedContent
  /**
   * The reads that bring pictures: those that lie near each other come in one, in the order of their places.
   * @param media media rows, each once
   * @param join how far apart they may lie: as on a disk unless told otherwise
   * @throws MimicitError MIMICIT_BAD_VALUE for columns without places, or a row that they do not have
   */
  reads(media: ArrayLike<number>, join?: JoinLimits): readonly PlannedRead[]
}

/** One read of pictures. */
export interface PlannedRead extends ByteRange {
  /** Number of the media shard. */
  readonly shard: number
  /** Media rows that it brings. */
  readonly rows: readonly number[]
}

/**
 * Plans samples over the columns of one window: their contexts (chosen from the near end of what the in-context function has,
 * dropped from the far end where `maxTokens` is short), media rows, tokens, and the reads of their pictures. Nothing is read.
 * @param index columns of the queries and of every context that may be chosen (`buildIndex`)
 * @param rules what else decides a sample: shots, budget in tokens, and `turnFrame` of the template
 * @throws MimicitError MIMICIT_BAD_VALUE, by its functions, for rows that the columns do not have
 */
export function plan(index: PlanIndex, rules: PlanRules): Plan {
  const entry = (row: number) => {
    const found = entryOf(index.rows, row)
    if (found >= 0) return found
    throw missing('a pair row', row)
  }
  return {
    content(samples) {
      const contextStart = new Int32Array(samples.length + 1)
      const mediaStart = new Int32Array(samples.length + 1)
      const tokens = new Int32Array(samples.length)
      const contexts: number[] = []
      const media: number[] = []
      for (let i = 0; i < samples.length; i++) {
        const turns = fitting(index, entry(samples[i]!), rules)
        tokens[i] = rowTokens(index, turns, rules)
        for (let at = 0; at < turns.length - 1; at++) contexts.push(index.rows[turns[at]!]!)
        pushMedia(index, turns, rules, media, mediaStart[i]!)
        contextStart[i + 1] = contexts.length
        mediaStart[i + 1] = media.length
      }
      return { contextStart, contexts: Int32Array.from(contexts), mediaStart, media: Int32Array.from(media), tokens }
    },
    reads(media, join) {
      if (index.pictures === undefined) throw missing('places of pictures', media[0] ?? 0)
      return readsOf(index.pictures, media, join)
    },
  }
}

/** What one of the samples that were asked for is made of. */
export function contentAt(content: PlannedContent, i: number): SampleContent {
  const { contextStart, contexts, mediaStart, media, tokens } = content
  return {
    contexts: listOf(contexts, contextStart[i]!, contextStart[i + 1]!),
    media: listOf(media, mediaStart[i]!, mediaStart[i + 1]!),
    tokens: tokens[i]!,
  }
}

/** A part of a column as a list: for a few numbers a loop is several times faster than Array.from. */
function listOf(column: Int32Array, start: number, end: number): number[] {
  const list: number[] = []
  for (let at = start; at < end; at++) list.push(column[at]!)
  return list
}

/**
 * The reads that bring pictures, in the order of their places.
 * @param media media rows, each once
 * @throws MimicitError MIMICIT_BAD_VALUE for a row that the columns do not have
 */
export function readsOf(
  pictures: PictureColumns,
  media: ArrayLike<number>,
  join: JoinLimits = LOCAL_JOIN,
): readonly PlannedRead[] {
  const shards = new Map<number, (ByteRange & { readonly row: number })[]>()
  for (let i = 0; i < media.length; i++) {
    const at = entryOf(pictures.rows, media[i]!)
    if (at < 0) throw missing('a media row', media[i]!)
    const places = shards.get(pictures.shard[at]!) ?? []
    places.push({ row: media[i]!, offset: pictures.offset[at]!, length: pictures.bytes[at]! })
    shards.set(pictures.shard[at]!, places)
  }
  return [...shards]
    .sort(([a], [b]) => a - b)
    .flatMap(([shard, places]) =>
      coalesce(places, join).map(({ offset, length, parts }) => ({
        ...{ shard, offset, length },
        rows: parts.map((part) => places[part]!.row),
      })),
    )
}

/** The entries of a query's contexts that stay, and of itself, as they stand. A query that is too long alone stays alone. */
function fitting(index: PlanIndex, query: number, rules: PlanRules): readonly number[] {
  const { shots, maxTokens } = rules
  const start = index.contextStart[query]!
  const end = index.contextStart[query + 1]!
  if (shots === 0 || start === end) return [query]
  const nearest = index.nearFirst[query] === 1 ? 'first' : 'last'
  const chosen = chooseContexts(listOf(index.contexts, start, end), { shots, nearest })
  for (let count = chosen.length; count > 0; count--) {
    const turns = asTheyStand(index, query, nearestOf(chosen, count, nearest), nearest, rules)
    // What is not counted stays: -1 is within every budget.
    if (rowTokens(index, turns, rules) <= maxTokens) return turns
  }
  return [query]
}

/** The entries of contexts in the order in which they stand, the query last. */
function asTheyStand(
  index: PlanIndex,
  query: number,
  contexts: readonly number[],
  nearest: 'first' | 'last',
  { order }: PlanRules,
): readonly number[] {
  const turns: number[] = []
  const rows =
    order === undefined
      ? contexts
      : standing(contexts, nearest, order.name, { ...order, row: index.rows[query]! }, (row) => row)
  for (const row of rows) {
    const entry = entryOf(index.rows, row)
    if (entry < 0) throw missing('a pair row', row)
    turns.push(entry)
  }
  turns.push(query)
  return turns
}

/** Whether a turn brings no visuals: it has some, and they are those of the turn before it. */
function isShared(
  { visuals }: PlanIndex,
  before: number | undefined,
  turn: number,
  { sharedVisuals }: PlanRules,
): boolean {
  return sharedVisuals === 'once' && before !== undefined && visuals[turn]! >= 0 && visuals[turn] === visuals[before]
}

/** Tokens of a row of turns, -1 where those of one are not known. */
function rowTokens(index: PlanIndex, turns: readonly number[], rules: PlanRules): number {
  const { ends, tail } = rules.frame
  let sum = ends + tail * (turns.length - 1)
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i]!
    if (index.tokens[turn]! < 0) return -1
    sum += isShared(index, turns[i - 1], turn, rules) ? index.unmarkedTokens[turn]! : index.tokens[turn]!
  }
  return sum
}

/** Adds the media of a row's turns that are not among those from `from` on. */
function pushMedia(index: PlanIndex, turns: readonly number[], rules: PlanRules, media: number[], from: number): void {
  for (let i = 0; i < turns.length; i++) {
    const turn = turns[i]!
    if (isShared(index, turns[i - 1], turn, rules)) continue
    for (let at = index.mediaStart[turn]!; at < index.mediaStart[turn + 1]!; at++) {
      const row = index.media[at]!
      if (media.indexOf(row, from) < 0) media.push(row)
    }
  }
}

const missing = (what: string, row: number) =>
  new MimicitError('MIMICIT_BAD_VALUE', {
    expected: `${what} of the columns that the plan is made over`,
    where: 'plan',
    received: String(row),
  })
