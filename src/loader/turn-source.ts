// The turns of a data set by row, each tokenised once: what was made is kept up to a limit, and where a lengths table has
// the ids nothing is tokenised at all. What comes out is the same in every case.
import { MimicitError } from '../base/errors.js'
import { LruCache } from '../base/lru.js'
import type { Dataset } from '../shards/dataset.js'
import { pairAt, TURN_COLUMNS } from '../shards/rows.js'
import { openStoredIds } from '../shards/stored-ids.js'
import { storedShape, storedTurn } from '../text/stored-turn.js'
import type { StatsRecorder } from './stats.js'
import { type SampleTurn, type TurnRules, turnBytes, turnFrom, turnOf } from './turns.js'

/** The turns of one data set. */
export interface TurnSource {
  /** @throws MimicitError MIMICIT_BAD_VALUE for a row that does not exist, MIMICIT_CORRUPT, MIMICIT_BAD_RECORD */
  get(row: number): Promise<SampleTurn>
  close(): Promise<void>
}

/**
 * @param cacheBytes of turns that are kept
 * @param recorder hears of the time that reading and tokenising take
 */
export function createTurnSource(
  dataset: Dataset,
  rules: TurnRules,
  cacheBytes: number,
  recorder: Pick<StatsRecorder, 'add' | 'time'>,
): TurnSource {
  const kept = new LruCache<number, SampleTurn>(cacheBytes)
  const making = new Map<number, Promise<SampleTurn>>()
  // Ids tell nothing of left and right.
  const stored = rules.flip ? undefined : openStoredIds(dataset, rules)
  const shape = stored && storedShape(rules)

  const fromIds = async (row: number): Promise<SampleTurn | undefined> => {
    const found = await stored?.get(row)
    if (found === undefined) return undefined
    return recorder.time('tokenise', () => {
      try {
        return turnFrom(found.pair, rules, (marks) => storedTurn(found.lengths, marks, shape!, rules))
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
        throw lying(dataset.location, row, error)
      }
    })
  }
  const make = async (row: number): Promise<SampleTurn> => {
    const ready = await fromIds(row)
    if (ready !== undefined) return ready
    const began = performance.now()
    const { columns, firstRow } = await dataset.pairColumns(row, TURN_COLUMNS)
    const pair = pairAt(columns, row - firstRow)
    recorder.add('read', performance.now() - began)
    return recorder.time('tokenise', () => turnOf(pair, rules))
  }
  return {
    get(row) {
      const found = kept.get(row)
      if (found !== undefined) return Promise.resolve(found)
      const begun = making.get(row)
      if (begun !== undefined) return begun
      const turn = make(row)
        .then((made) => {
          kept.set(row, made, turnBytes(made))
          return made
        })
        .finally(() => making.delete(row))
      making.set(row, turn)
      return turn
    },
    close: async () => stored?.close(),
  }
}

const lying = (location: string, row: number, cause: Error) =>
  new MimicitError('MIMICIT_CORRUPT', {
    expected: 'the ids of a turn',
    where: `a lengths table of ${location}, row ${row}`,
    received: cause.message,
    hint: 'Run `mimicit verify`, and `mimicit tokenize` again.',
    cause,
  })
