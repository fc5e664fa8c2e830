// The first pass over the pairs of all sources: which of them are kept, which row each gets, what they refer to. Ids and
// references go to the disk; what stays in memory is a table from ids to rows and a number a pair.
import type { ErrorCode } from '../../base/errors.js'
import type { IssueLog } from '../../base/issues.js'
import type { OnProgress } from '../../base/progress.js'
import type { Scratch } from '../../io/spill.js'
import type { WrittenPair } from '../../shards/rows.js'
import { textUnits } from '../../shards/text-place.js'
import { otherPictureIds, parseId } from '../../tuple/ids.js'
import { subsetPreset } from '../../tuple/subsets.js'
import { isWellFormed, validateFacts } from '../../tuple/validate.js'
import { type Policies, report, type VisualPolicy } from '../policies.js'
import { type ImportSource, inRuns, RELATED_TABLE, type SourcePair, TRAINING_TABLE } from '../source.js'
import { createContextRows, type PairContexts, reportContext } from './context-rows.js'
import { textHash } from './hash-table.js'
import { IdScopes } from './id-scopes.js'
import type { KnownRows } from './known-rows.js'
import { createPairNotes } from './pair-notes.js'
import type { PictureSurvey } from './pictures.js'

/** What the importer was told of all pairs. */
export interface PairDefaults {
  readonly subset: string | undefined
  readonly language: string
}

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
  /** Every new pair in row order with its contexts for a table. */
  related(table: string): Generator<PairContexts>
  /** What is trained on of a source that has no training list: pairs with a list for that table, or else all of them. */
  trained(source: number): Generator<PairContexts>
  /** The pairs again, in row order. */
  pairs(onProgress?: OnProgress): AsyncGenerator<WrittenPair>
}

/** What became of the pairs of one source. */
export interface SourcePairs {
  readonly from: number
  readonly to: number
  readonly subsets: readonly string[]
}

/** Instead of a row. */
const LEFT_OUT = -1

/** Reads every pair once. */
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
  for await (const [source, pairs, before] of everyPair(sources)) {
    for (const pair of pairs) {
      onProgress?.({ stage: 'reading instructions', done: before + pair.done, total, unit: 'bytes' })
      const { faults, resolved } = resolvePair(pair, pair.id, source, pictures, defaults, policies)
      for (const { code, policy, message } of faults) report(log, code, policy, pair.where, pair.id, message)
      const { related } = pair
      const own = related.length > 0 && { [sources[source]!.relatedTable ?? RELATED_TABLE]: related }
      const lists = own === false ? (pair.contexts ?? {}) : { ...pair.contexts, ...own }
      for (const table in lists) {
        if (table === TRAINING_TABLE) withTraining.add(source)
        else relatedTables.add(table)
      }
      found[source]!.count++
      if (resolved !== undefined) found[source]!.subsets.add(resolved.subset)
      notes.add(pair.id, source, lists, resolved !== undefined)
    }
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
    const first = scopes.addFirst(high, low, n)
    if (first && known.pairIds.get(high, low) < 0) return
    const id = notes.idOf(n)
    const source = notes.sourceOf(n)
    const where = whereOf(id, source)
    if (first) {
      report(log, 'MIMICIT_DUPLICATE_ID', 'error', where, id, `the data set has a pair ${id}`)
      return
    }
    const earlier = scopes.known(id, source)
    const other = notes.sourceOf(earlier)
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
    const message = `${names[other]} has a pair ${id} too; this one becomes ${name}`
    log.add({ code: 'MIMICIT_ID_COLLISION', level: 'warning', where, id, message })
  }

  function whereOf(id: string, source: number) {
    return `${sources[source]!.pairsFrom}, pair ${JSON.stringify(id)}`
  }

  const rowOfHash = (high: number, low: number, source: number, idOf: () => string) => {
    const n = scopes.findHash(high, low, source, idOf)
    return n >= 0 ? rows[n]! : known.pairIds.get(high, low)
  }
  const contexts = createContextRows(scratch)
  for (let n = 0; n < count; n++) {
    if (rows[n] === LEFT_OUT) continue
    const source = notes.sourceOf(n)
    contexts.pair(rows[n]!, source)
    for (const { table, ids } of notes.listsOf(n)) {
      const resolved: number[] = []
      for (const each of ids) {
        const row = rowOfHash(each.high, each.low, source, each.text)
        if (row >= 0 && row !== rows[n]) resolved.push(row)
        else {
          const context = each.text()
          const id = notes.idOf(n)
          reportContext(context, policies, log, whereOf(id, source), id)
        }
      }
      contexts.list(table, resolved)
    }
  }
  return {
    rows: kept,
    rowOf: (id, source) => rowOfHash(...textHash(id), source, () => id),
    ofSources,
    relatedTables,
    withTraining,
    *related(table) {
      for (const { query, lists } of contexts.all()) yield { query, contexts: lists.get(table) ?? [] }
    },
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
      for await (const [source, pairs, before] of everyPair(sources)) {
        for (const pair of pairs) {
          progress?.({ stage: 'writing pairs', done: before + pair.done, total, unit: 'bytes' })
          const at = n++
          if (rows[at] === LEFT_OUT) continue
          const id = scopes.nameOf(pair.id, source, at)
          const { resolved } = resolvePair(pair, id, source, pictures, defaults, policies)
          if (resolved !== undefined) yield resolved
        }
      }
    },
  }
}

/** Runs of pairs with the number of their source, and the bytes of the sources before it. */
async function* everyPair(sources: readonly ImportSource[]) {
  let before = 0
  for (const [number, source] of sources.entries()) {
    for await (const pairs of inRuns(source.pairs())) yield [number, pairs, before] as const
    before += source.pairBytes
  }
}

interface PairFault {
  readonly code: ErrorCode
  readonly policy: VisualPolicy
  readonly message: string
}

/** The pair as it is stored, and its faults; none if a fault leaves it out. With a fault that stops the import it stays. */
function resolvePair(
  pair: SourcePair,
  id: string,
  source: number,
  pictures: PictureSurvey,
  defaults: PairDefaults,
  policies: Policies,
): { readonly resolved: WrittenPair | undefined; readonly faults: readonly PairFault[] } {
  const faults: PairFault[] = []
  const kept: number[] = []
  const media: number[] = []
  let skipped = false
  const names = [...pair.mediaIds]
  pair.mediaIds.forEach((name, i) => {
    let row = pictures.rowOf(name, source)
    if (row === 'missing') {
      const other = otherPictureIds(name, pair.id).find((each) => pictures.rowOf(each, source) !== 'missing')
      if (other !== undefined) {
        row = pictures.rowOf(other, source)
        names[i] = other
        const message = `no picture is called ${name}; ${other} was taken`
        // Told, and no reason to leave anything out.
        faults.push({ code: 'MIMICIT_OTHER_SPELLING', policy: 'drop-visual', message })
      }
    }
    if (typeof row === 'number') {
      kept.push(i)
      media.push(row)
      return
    }
    const policy = policies[row === 'missing' ? 'dangling' : 'broken']
    const message = row === 'missing' ? `picture ${name} is not in the images` : `picture ${name} is no picture`
    faults.push({ code: 'MIMICIT_DANGLING_MEDIA', policy, message })
    skipped ||= policy === 'skip'
  })
  const subset = defaults.subset ?? pair.subset ?? parseId(pair.id)?.task ?? 'unnamed'
  const only = <T>(list: readonly T[] | null | undefined) => (list == null ? null : kept.map((i) => list[i]!))
  const { metadata } = pair
  const resolved: WrittenPair = {
    id,
    subset,
    split: pair.split ?? null,
    language: pair.language ?? defaults.language,
    instruction: pair.instruction,
    response: pair.response,
    mediaKind: media.length === 0 ? 'none' : (pair.mediaKind ?? subsetPreset(subset).mediaKind),
    media,
    mediaIds: kept.map((i) => pictures.nameOf(names[i]!, source)),
    mediaPositions: media.length === 0 ? null : only(pair.mediaPositions),
    mediaTimes: media.length === 0 ? null : only(pair.mediaTimes),
    metadata: metadata == null || Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata),
  }
  for (const message of validateFacts(resolved, textUnits(resolved.instruction))) {
    faults.push({ code: 'MIMICIT_BAD_RECORD', policy: 'error', message })
  }
  if (!isWellFormed(id)) {
    faults.push({ code: 'MIMICIT_BAD_RECORD', policy: 'error', message: 'the id is not well-formed Unicode' })
  }
  // Where a fault stops the import, the pair stays known: its contexts and train keys are not at fault.
  const stops = faults.some(({ policy }) => policy === 'error')
  const bare = pair.mediaIds.length > 0 && media.length === 0
  return { faults, resolved: !stops && (skipped || bare) ? undefined : resolved }
}
