// The first pass over the pairs of all sources: which of them are kept, which row each gets, what they refer to. Ids and
// references go to the disk; what stays in memory is a table from ids to rows and a number a pair.
import type { IssueLog } from '../../base/issues.js'
import type { OnProgress } from '../../base/progress.js'
import type { Scratch } from '../../io/spill.js'
import type { PairRun } from '../../shards/pair-run.js'
import type { WrittenPair } from '../../shards/rows.js'
import { leaveOut } from '../broken-record.js'
import { type Policies, report } from '../policies.js'
import {
  arePlaced,
  type ImportSource,
  type PlacedPairs,
  pairRuns,
  RELATED_TABLE,
  type SourcePair,
  type TellLeftOut,
  TRAINING_TABLE,
} from '../source.js'
import { type ContextBlock, createContextRows, type PairContexts, reportContext } from './context-rows.js'
import { textHash } from './hash-table.js'
import { DATA_SET, IdScopes, reportCollision } from './id-scopes.js'
import type { KnownRows } from './known-rows.js'
import { refuseKnownSources } from './known-sources.js'
import { longPair, longPairList } from './pair-bounds.js'
import { createPairNotes, type ListVisitor } from './pair-notes.js'
import type { PictureSurvey } from './pictures.js'
import { createUsualPairs, PairStretch } from './placed-pairs.js'
import { type PairDefaults, resolvePair } from './resolve-pair.js'

/** The pairs of all sources. */
export interface PairSurvey {
  /** Pairs that get a row. */
  readonly rows: number
  /** The row behind an id, as a source names it; -1 if there is none. */
  rowOf(id: string, source: number): number
  /** For each source the rows of its pairs, `from` inclusive, `to` exclusive, and their subsets. */
  readonly ofSources: readonly SourcePairs[]
  /** The tables that related pairs become. */
  readonly relatedTables: ReadonlySet<string>
  /** Sources whose pairs have lists for the training table. */
  readonly withTraining: ReadonlySet<number>
  /** Finds the rows of listed contexts, of some pairs at each step, and reports those that are none. */
  resolving(): Generator<void>
  /** Every new pair in row order with its contexts for a table, in blocks; once they are resolved. */
  related(table: string): Generator<ContextBlock>
  /** What is trained on of a source that has no training list: pairs with a list for that table, or else all of them. */
  trained(source: number): Generator<PairContexts>
  /** The pairs again, in row order. */
  pairs(onProgress?: OnProgress): AsyncGenerator<readonly WrittenPair[] | PairRun>
}

/** What became of the pairs of one source. */
export interface SourcePairs {
  readonly from: number
  readonly to: number
  readonly subsets: readonly string[]
}

/** Pairs that are told of together: there are tens of thousands in a second, and each telling is garbage. */
const TELL_EVERY = 4

/** Pairs whose contexts are resolved in a step. */
const RESOLVED_AT_ONCE = 512

const NO_LISTS = {}

/** Instead of a row. */
const LEFT_OUT = -1

/** Reads every pair once. @throws MimicitError MIMICIT_ALREADY_THERE for a source that the data set has */
export async function surveyPairs(
  sources: readonly ImportSource[],
  pictures: PictureSurvey,
  defaults: PairDefaults,
  policies: Policies,
  log: IssueLog,
  scratch: Scratch,
  known: KnownRows,
  onProgress?: OnProgress,
): Promise<PairSurvey> {
  const notes = createPairNotes(scratch)
  const relatedTables = new Set<string>()
  const withTraining = new Set<number>()
  const found = sources.map(() => ({ count: 0, subsets: new Set<string>() }))
  const total = sources.reduce((sum, { pairBytes }) => sum + pairBytes, 0)
  const usualPair = createUsualPairs(pictures, defaults)
  /** Looks at a pair by itself. @returns it, if it may get a row */
  const examine = (pair: SourcePair, source: number) => {
    found[source]!.count++
    const unread = pair.fault ?? longPairList(pair)
    if (unread !== undefined) return leaveOut(unread, policies, log, pair.where, pair.id)
    const { faults, resolved } = resolvePair(pair, pair.id, source, pictures, defaults, policies)
    const tooLong = resolved && longPair(resolved, pair.where)
    if (tooLong !== undefined) return leaveOut(tooLong, policies, log, pair.where, pair.id)
    for (const { code, policy, message } of faults) report(log, code, policy, pair.where, pair.id, message)
    if (resolved !== undefined) found[source]!.subsets.add(resolved.subset)
    return resolved
  }
  /** Looks at pairs together. @returns those that get no row */
  const examinePlaced = (pairs: PlacedPairs, source: number) => {
    const { subsets } = found[source]!
    const leftOut: number[] = []
    let last = ''
    for (let i = 0; i < pairs.length; i++) {
      const usual = usualPair(pairs, i)
      if (usual === undefined) {
        if (examine(pairs.pair(i), source) === undefined) leftOut.push(i)
        continue
      }
      found[source]!.count++
      if (usual.subset !== last) subsets.add(usual.subset)
      last = usual.subset
    }
    return leftOut
  }
  const tell: TellLeftOut = (leftOut) => log.add({ ...leftOut, level: 'warning' })
  for await (const [source, pairs, before] of everyPair(sources, tell)) {
    if (arePlaced(pairs)) {
      onProgress?.({
        stage: 'reading instructions',
        done: before + pairs.doneAt(pairs.length - 1),
        total,
        unit: 'bytes',
      })
      const table = sources[source]!.relatedTable ?? RELATED_TABLE
      if (pairs.hasRelated) {
        if (table === TRAINING_TABLE) withTraining.add(source)
        else relatedTables.add(table)
      }
      notes.addNoted(pairs.notes(source), table, examinePlaced(pairs, source))
      continue
    }
    for (const pair of pairs) {
      onProgress?.({ stage: 'reading instructions', done: before + pair.done, total, unit: 'bytes' })
      const resolved = examine(pair, source)
      const { related } = pair
      const own = related.length > 0 && { [sources[source]!.relatedTable ?? RELATED_TABLE]: related }
      const lists = own === false ? (pair.contexts ?? {}) : { ...pair.contexts, ...own }
      for (const table in lists) {
        if (table === TRAINING_TABLE) withTraining.add(source)
        else relatedTables.add(table)
      }
      notes.add(pair.id, source, resolved === undefined ? NO_LISTS : lists, resolved !== undefined)
    }
  }
  for (const [n, { count }] of found.entries()) {
    const where = sources[n]!.pairsFrom
    if (count === 0) log.add({ code: 'MIMICIT_EMPTY', level: 'warning', where, message: 'there is no pair in it' })
  }
  // What follows the last pair of a file has been gone through too.
  if (total > 0) onProgress?.({ stage: 'reading instructions', done: total, total, unit: 'bytes' })
  if (known.pairs > 0 && defaults.isNamed !== true) {
    const resolve = (pair: SourcePair, source: number) =>
      resolvePair(pair, pair.id, source, pictures, defaults, policies).resolved
    await refuseKnownSources(sources, notes, known, resolve, onProgress)
  }
  const { count } = notes
  const names = sources.map(({ name }) => name)
  const scopes = new IdScopes(names, count, notes.idOf)
  const rows = new Int32Array(count)
  let kept = 0
  for (let n = 0; n < count; n++) {
    if (notes.isUsable(n)) settleId(n)
    else rows[n] = LEFT_OUT
  }
  for (const { id, source, name } of scopes.nameKept((each) => known.pairIds.get(...textHash(each)) >= 0)) {
    const message = `pair ${id} occurs again; this one becomes ${name}`
    report(log, 'MIMICIT_DUPLICATE_ID', 'keep', whereOf(id, source), id, message)
  }
  let next = 0
  const ofSources = found.map(({ count: own, subsets }): SourcePairs => {
    const from = known.pairs + kept
    for (const end = next + own; next < end; next++) if (rows[next] !== LEFT_OUT) rows[next] = known.pairs + kept++
    return { from, to: known.pairs + kept, subsets: [...subsets] }
  })

  function settleId(n: number) {
    const [high, low] = notes.hashOf(n)
    const isHeld = known.pairIds.get(high, low) >= 0
    if (!isHeld && scopes.addFirst(high, low, n)) return
    const id = notes.idOf(n)
    const source = notes.sourceOf(n)
    const where = whereOf(id, source)
    const earlier = scopes.known(id, source)
    const other = earlier < 0 ? undefined : notes.sourceOf(earlier)
    if (other === source) {
      scopes.replace(id, source, earlier, n)
      if (policies.duplicates === 'keep') scopes.keep(source, earlier)
      else {
        report(log, 'MIMICIT_DUPLICATE_ID', policies.duplicates, where, id, `pair ${id} occurs twice`)
        rows[earlier] = LEFT_OUT
      }
      return
    }
    const name = scopes.setScoped(id, source, n)
    const holder = other === undefined ? DATA_SET : names[other]!
    reportCollision(log, `${holder} has a pair ${id} too`, name, known.pairIds, where, id)
  }

  function whereOf(id: string, source: number) {
    return `${sources[source]!.pairsFrom}, pair ${JSON.stringify(id)}`
  }

  const rowOfHash = (high: number, low: number, source: number, idOf: () => string) => {
    const n = scopes.findHash(high, low, source, idOf)
    return n >= 0 ? rows[n]! : known.pairIds.get(high, low)
  }
  const rowOfListed = (high: number, low: number, source: number, place: number) =>
    rowOfHash(high, low, source, () => notes.textAt(place))
  /** Without renamed ids the hash of one is enough. */
  const noText = () => ''
  const contexts = createContextRows(scratch)
  let query = 0
  let source = 0
  let list: string | undefined
  const resolved: number[] = []
  const closeList = () => {
    if (list !== undefined) contexts.list(list, resolved)
    list = undefined
    resolved.length = 0
  }
  const visitor: ListVisitor = {
    list(table) {
      closeList()
      list = table
    },
    id(high, low, place) {
      // Lists have more ids than there are pairs: nothing is made for each of them.
      const row = scopes.renames ? rowOfListed(high, low, source, place) : rowOfHash(high, low, source, noText)
      if (row >= 0 && row !== rows[query]) {
        resolved.push(row)
        return
      }
      const id = notes.idOf(query)
      reportContext(notes.textAt(place), policies, log, whereOf(id, source), id)
    },
  }
  return {
    rows: kept,
    rowOf: (id, source) => rowOfHash(...textHash(id), source, () => id),
    ofSources,
    relatedTables,
    withTraining,
    *resolving() {
      for (let n = 0; n < count; n++) {
        if (n % RESOLVED_AT_ONCE === 0) yield
        if (rows[n] === LEFT_OUT) continue
        query = n
        source = notes.sourceOf(n)
        contexts.pair(rows[n]!, source)
        notes.visitLists(n, visitor)
        closeList()
      }
    },
    related: (table) => contexts.of(table),
    *trained(source) {
      for (const { query, lists, source: from } of contexts.all()) {
        if (from !== source) continue
        const [first = []] = lists.values()
        const listed = lists.get(TRAINING_TABLE) ?? (withTraining.has(source) ? undefined : first)
        if (listed !== undefined) yield { query, contexts: listed }
      }
    },
    async *pairs(progress) {
      let n = 0
      const tell = (done: number) => progress?.({ stage: 'writing pairs', done, total, unit: 'bytes' })
      for await (const [source, pairs, before] of everyPair(sources)) {
        if (arePlaced(pairs)) {
          yield* placedAgain(pairs, source, n, (done) => tell(before + done))
        } else {
          for (const [i, pair] of pairs.entries()) {
            tell(before + pair.done)
            yield again(pair, source, n + i)
          }
        }
        n += pairs.length
      }
      if (total > 0) tell(total)
    },
  }

  /** A pair as it is written, or nothing. @param at its number */
  function again(pair: SourcePair, source: number, at: number): WrittenPair[] {
    if (rows[at] === LEFT_OUT) return []
    const id = scopes.nameOf(pair.id, source, at)
    const { resolved } = resolvePair(pair, id, source, pictures, defaults, policies)
    return resolved === undefined ? [] : [resolved]
  }

  /** Pairs as they are written, together as far as that goes. @param first number of the first */
  function* placedAgain(pairs: PlacedPairs, source: number, first: number, tell: (done: number) => void) {
    let stretch: PairStretch | undefined
    for (let i = 0; i < pairs.length; i++) {
      if (i % TELL_EVERY === 0) tell(pairs.doneAt(i))
      const at = first + i
      const usual = rows[at] === LEFT_OUT || scopes.isRenamed(at) ? undefined : usualPair(pairs, i)
      if (usual !== undefined && stretch?.takes(usual) === true) continue
      if (stretch !== undefined) yield stretch.run(defaults.language)
      stretch = usual && new PairStretch(pairs, i, usual)
      if (usual === undefined) yield again(pairs.pair(i), source, at)
    }
    if (stretch !== undefined) yield stretch.run(defaults.language)
  }
}

/** Runs of pairs with the number of their source, and the bytes of the sources before it. */
async function* everyPair(sources: readonly ImportSource[], tell?: TellLeftOut) {
  let before = 0
  for (const [number, source] of sources.entries()) {
    for await (const pairs of pairRuns(source, tell)) yield [number, pairs, before] as const
    before += source.pairBytes
  }
}
