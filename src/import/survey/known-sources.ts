// An append of a source that the data set has already: told before any of its pairs gets a second row under the name of the
// source. Ids alone say little, since other files use them for other things (`my_1`, `my_2`): what stands behind them is
// compared, and only where the data set has every one of them.
import { Bits } from '../../base/bits.js'
import { MimicitError } from '../../base/errors.js'
import type { OnProgress } from '../../base/progress.js'
import { fetchTexts, packTexts, stringsOf } from '../../shards/placed-texts.js'
import { pairAt, type WrittenPair } from '../../shards/rows.js'
import type { Text } from '../../shards/text-place.js'
import type { Pair } from '../../tuple/tuple.js'
import { type ImportSource, pairRuns, RELATED_TABLE, type SourcePair, TRAINING_TABLE } from '../source.js'
import { textHash } from './hash-table.js'
import type { KnownRows } from './known-rows.js'
import type { PairNotes } from './pair-notes.js'

/**
 * Stops an append of what is there already.
 * @param notes of the pairs of all sources
 * @param resolve the pair as it would be stored
 * @param onProgress hears of the source that is read once more
 * @throws MimicitError MIMICIT_ALREADY_THERE if every pair of a source stands in the data set under its id, with the same
 * texts, visuals and facts, and its lists of contexts have their tables there; what these list is not compared
 */
export async function refuseKnownSources(
  sources: readonly ImportSource[],
  notes: PairNotes,
  known: KnownRows,
  resolve: (pair: SourcePair, source: number) => WrittenPair | undefined,
  onProgress?: OnProgress,
): Promise<void> {
  for (const { source: at, from, usable } of knownByIds(notes, known)) {
    const source = sources[at]!
    if (source.training !== undefined && !known.tables.has(TRAINING_TABLE)) continue
    if (await isThere(source, from, notes, known, (pair) => resolve(pair, at), onProgress)) {
      throw alreadyThere(source.pairsFrom, usable)
    }
  }
}

/** Sources all of whose pairs have an id that the data set has: the number of the first in the notes, and how many count. */
function knownByIds(notes: PairNotes, known: KnownRows) {
  const found: { source: number; from: number; usable: number; isKnown: boolean }[] = []
  for (let n = 0; n < notes.count; n++) {
    const source = notes.sourceOf(n)
    if (found.at(-1)?.source !== source) found.push({ source, from: n, usable: 0, isKnown: true })
    const last = found.at(-1)!
    if (!last.isKnown || !notes.isUsable(n)) continue
    last.isKnown = known.pairIds.get(...notes.hashOf(n)) >= 0
    last.usable++
  }
  return found.filter(({ usable, isKnown }) => isKnown && usable > 0)
}

/** Whether the data set has the content of a source under the same ids, each of which stands for one pair. */
async function isThere(
  source: ImportSource,
  from: number,
  notes: PairNotes,
  known: KnownRows,
  resolve: (pair: SourcePair) => WrittenPair | undefined,
  onProgress?: OnProgress,
): Promise<boolean> {
  const named = new Bits(known.pairs)
  const contents = new Uint32Array(2 * known.pairs)
  let n = from
  for await (const run of pairRuns(source)) {
    const resolved: WrittenPair[] = []
    for (const pair of run) {
      onProgress?.({ stage: 'reading instructions again', done: pair.done, total: source.pairBytes, unit: 'bytes' })
      if (tablesOf(pair, source).some((table) => !known.tables.has(table))) return false
      const one = notes.isUsable(n++) ? resolve(pair) : undefined
      if (one !== undefined) resolved.push(one)
    }
    const instructions = textsOf(resolved.map(({ instruction }) => instruction))
    const responses = textsOf(resolved.map(({ response }) => response))
    for (const [i, pair] of resolved.entries()) {
      const row = known.pairIds.get(...textHash(pair.id))
      if (!named.add(row)) return false
      contents.set(contentOf({ ...pair, instruction: instructions[i]!, response: responses[i]! }), 2 * row)
    }
  }
  for await (const { firstRow, columns } of known.pairColumns()) {
    for (let i = 0; i < columns.id!.length; i++) {
      const row = firstRow + i
      if (!named.has(row)) continue
      const [high, low] = contentOf(pairAt(columns, i))
      if (contents[2 * row] !== high || contents[2 * row + 1] !== low) return false
    }
  }
  return true
}

/** Context tables that a pair has lists for. */
function tablesOf({ related, contexts = {} }: SourcePair, { relatedTable = RELATED_TABLE }: ImportSource): string[] {
  return related.length > 0 ? [relatedTable, ...Object.keys(contexts)] : Object.keys(contexts)
}

/** Texts from where they lie. */
function textsOf(texts: readonly Text[]): readonly string[] {
  const packed = packTexts(texts)
  return packed === undefined ? (texts as readonly string[]) : stringsOf(fetchTexts([packed])[0]!)
}

/** A hash of everything but names: visuals are the same if they are the same rows. */
function contentOf(pair: Pair): readonly [high: number, low: number] {
  const { subset, split, language, instruction, response, mediaKind, media, mediaPositions, mediaTimes, metadata } =
    pair
  const facts = [subset, split, language, mediaKind, [...media], mediaPositions && [...mediaPositions]]
  return textHash(JSON.stringify([...facts, mediaTimes && [...mediaTimes], metadata, instruction, response]))
}

function alreadyThere(where: string, pairs: number): MimicitError {
  return new MimicitError('MIMICIT_ALREADY_THERE', {
    expected: 'pairs that the data set does not have',
    where,
    received: `${pairs} that are all there already, under the same ids and with the same texts and visuals`,
    hint: 'Leave this source out; to have its pairs there twice, give it a name with --name.',
  })
}
