// Turns by row: each tokenised once, the same whatever is kept.
import { describe, expect, test } from 'vitest'
import { assembleSample, assembleTurns } from '../../src/loader/assemble.js'
import { recordStats } from '../../src/loader/stats.js'
import { createTurnSource } from '../../src/loader/turn-source.js'
import type { Dataset } from '../../src/shards/dataset.js'
import { pairTableRow } from '../../src/shards/rows.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { templates } from '../../src/text/templates.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { pairWith, rulesWith } from './pairs.js'

const pairs = Array.from({ length: 6 }, (_, n) =>
  pairWith({ id: `p${n}`, instruction: `q${n}`, response: `a${n}`, media: [n % 2], subset: 'LACONV' }),
)
const reads: number[] = []
/** A data set whose pairs lie in one row group. */
function datasetOf(all: readonly Pair[]): Dataset {
  const rows = all.map((pair) => pairTableRow(pair)[0])
  return {
    location: 'memory',
    manifest: { generations: [] },
    async pairColumns(row: number, names: readonly string[]) {
      reads.push(row)
      if (row >= rows.length) throw new RangeError(`row ${row}`)
      const columns = Object.fromEntries(names.map((name) => [name, rows.map((one) => one[name])]))
      return { firstRow: 0, rows: rows.length, columns }
    },
  } as unknown as Dataset
}
const dataset = datasetOf(pairs)

function counting() {
  const encoded: string[] = []
  const encode = (text: string) => {
    encoded.push(text)
    return byteTokenizer.encode(text)
  }
  return { encoded, rules: rulesWith({ tokenizer: { ...byteTokenizer, encode } }) }
}

describe('a source of turns', () => {
  test('reads and tokenises a pair once, however many samples have it at once or later', async () => {
    reads.length = 0
    const { encoded, rules } = counting()
    const turns = createTurnSource(dataset, rules, 1e6, recordStats())
    const [a, b] = await Promise.all([turns.get(1), turns.get(1)])
    expect(a).toBe(b)
    expect(await turns.get(1)).toBe(a)
    expect(reads).toEqual([1])
    expect(encoded).toEqual(['User:q1 GPT:', 'a1'])
    // Without marks its tokens are those it has.
    expect(a.unmarked.ids).toEqual(a.marked.ids.subarray(1))
    expect(encoded).toHaveLength(2)
    await turns.close()
  })

  test('keeps no more than it may', async () => {
    reads.length = 0
    const { rules } = counting()
    const turns = createTurnSource(dataset, rules, 0, recordStats())
    await turns.get(1)
    await turns.get(1)
    expect(reads).toEqual([1, 1])
  })

  test.each(['simple', 'llama2', 'idefics'])('samples are those of their pairs: %s', async (template) => {
    const { rules: some } = counting()
    const rules = { ...some, template: templates[template]! }
    const turns = createTurnSource(dataset, rules, 1e6, recordStats())
    for (const [query, ...contexts] of [[0], [1, 3, 5], [5, 1, 2, 4], [2, 0, 4]] as const) {
      const made = assembleTurns(
        await turns.get(query),
        await Promise.all(contexts.map((row) => turns.get(row))),
        rules,
      )
      const whole = assembleSample(
        pairs[query]!,
        contexts.map((row) => pairs[row]!),
        rules,
      )
      expect(made).toEqual(whole)
    }
  })

  test('a row that failed is read again when it is asked for again', async () => {
    reads.length = 0
    const { rules } = counting()
    const turns = createTurnSource(dataset, rules, 1e6, recordStats())
    for (const _ of [1, 2]) await expect(turns.get(9)).rejects.toThrow('row 9')
    expect(reads).toEqual([9, 9])
  })

  test('a pair with fewer positions than pictures is refused', async () => {
    const wrong = datasetOf([{ ...pairs[0]!, media: [1, 2], mediaPositions: [0] }])
    const turns = createTurnSource(wrong, rulesWith({ mediaLayout: 'interleaved' }), 0, recordStats())
    const fault = await faultOf(turns.get(0))
    expect(fault.code).toBe('MIMICIT_BAD_RECORD')
    expect(fault.message).toContain('1 positions of 2 pictures')
  })
})
