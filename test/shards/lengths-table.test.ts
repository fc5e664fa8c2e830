// Token counts of a data set: stored, counted, or the one going on where the other ends, they are the same numbers.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { appendDataset } from '../../src/shards/append-dataset.js'
import { type Dataset, openDataset } from '../../src/shards/dataset.js'
import { createDataset, type DatasetWriter } from '../../src/shards/dataset-writer.js'
import { openLengths, templateFingerprint } from '../../src/shards/lengths-table.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { cleanings } from '../../src/text/cleaning.js'
import { countsOf, tokeniseVariants } from '../../src/text/lengths.js'
import { lengthsRow } from '../../src/text/lengths-row.js'
import { templates } from '../../src/text/templates.js'
import { ALL_TOKENS, type TextRules } from '../../src/text/tokenise.js'
import type { Pair } from '../../src/tuple/tuple.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'
import { TINY_SIZES } from '../support/tiny-sizes.js'

const root = tempDir()
const rules: TextRules = {
  tokenizer: byteTokenizer,
  template: templates.llama2!,
  cleaning: cleanings.none!,
  tokens: ALL_TOKENS,
}
const source = {
  tokenizer: { name: 'bytes', fingerprint: byteTokenizer.fingerprint },
  template: { name: 'llama2', fingerprint: templateFingerprint(rules.template) },
  cleaning: 'none',
  ids: true,
}
const pairOf = (n: number): Pair => ({
  ...{ id: `P_${n}`, subset: 'T', split: null, language: 'en' },
  ...{ instruction: `What is ${'x'.repeat(n)}?`, response: 'y'.repeat(1 + (n % 7)) },
  ...{ mediaKind: 'none', media: [], mediaIds: [], mediaTimes: null, metadata: null },
  mediaPositions: n % 5 === 0 ? [] : null,
})
const COUNT = 25
const pairs = Array.from({ length: COUNT }, (_, n) => pairOf(n))

async function writePairs(writer: DatasetWriter, some: readonly Pair[]): Promise<void> {
  for (const pair of some) await writer.addPair(pair)
  const lengths = await writer.lengths('bytes-llama2', source)
  for (const pair of some) {
    await lengths.add(lengthsRow(tokeniseVariants(pair, rules), true, byteTokenizer.special.image))
  }
  await writer.finish({ tool: 'test' })
}
const withDataset = async <T>(dir: string, work: (dataset: Dataset) => Promise<T>): Promise<T> => {
  const dataset = await openDataset(dir)
  return work(dataset).finally(() => dataset.close())
}
/** What a window must hold. */
const expected = (from: number, to: number) => {
  const counts = pairs.slice(from, to).map((pair) => countsOf(tokeniseVariants(pair, rules)))
  return {
    ...{ from, to },
    instruction: Int32Array.from(counts, (one) => one.instruction),
    unmarked: Int32Array.from(counts, (one) => one.unmarked),
    interleaved: Int32Array.from(counts, (one) => one.interleaved),
    response: Int32Array.from(counts, (one) => one.response),
  }
}

describe('the token counts of a data set', () => {
  test('are those of its table, in any window over several shards', async () => {
    const dir = join(root, 'stored')
    await writePairs(await createDataset(dir, { sizes: TINY_SIZES }), pairs)
    expect(await verifyDataset(dir)).toMatchObject({ ok: true, issues: [] })
    await withDataset(dir, async (dataset) => {
      expect(dataset.manifest.lengths!['bytes-llama2']!.shards.length).toBeGreaterThan(1)
      const lengths = openLengths(dataset, rules)
      expect(lengths.stored).toBe(COUNT)
      for (const [from, to] of [
        [0, COUNT],
        [3, 4],
        [5, 17],
        [9, 9],
      ] as const) {
        expect(await lengths.window(from, to)).toEqual(expected(from, to))
      }
      const fault = await faultOf(lengths.window(3, COUNT + 1))
      expect([fault.code, fault.message.includes('a window inside 0 to 25')]).toEqual(['MIMICIT_BAD_VALUE', true])
      await lengths.close()
    })
  })

  test('are counted where there is no table of these rules', async () => {
    await withDataset(join(root, 'stored'), async (dataset) => {
      for (const other of [
        { ...rules, template: templates.simple! },
        { ...rules, cleaning: cleanings.head! },
        { ...rules, tokenizer: { ...byteTokenizer, fingerprint: 'another' } },
      ]) {
        const lengths = openLengths(dataset, other)
        expect(lengths.stored).toBe(0)
        const window = await lengths.window(4, 20)
        const counts = pairs.slice(4, 20).map((pair) => countsOf(tokeniseVariants(pair, other)))
        expect([...window.instruction]).toEqual(counts.map((one) => one.instruction))
        expect([...window.response]).toEqual(counts.map((one) => one.response))
        await lengths.close()
      }
    })
  })

  test('go on by counting behind the rows of a table that is older than the last append', async () => {
    const dir = join(root, 'grown')
    await writePairs(await createDataset(dir), pairs.slice(0, 10))
    const more = await appendDataset(dir)
    for (const pair of pairs.slice(10)) await more.addPair(pair)
    await more.finish({ tool: 'test' })
    expect(await verifyDataset(dir)).toMatchObject({ ok: true, issues: [] })
    await withDataset(dir, async (dataset) => {
      const lengths = openLengths(dataset, rules)
      expect(lengths.stored).toBe(10)
      expect(await lengths.window(0, COUNT)).toEqual(expected(0, COUNT))
      expect(await lengths.window(7, 13)).toEqual(expected(7, 13))
      await lengths.close()
    })
  })

  test('stop being counted when asked to', async () => {
    await withDataset(join(root, 'stored'), async (dataset) => {
      const lengths = openLengths(dataset, { ...rules, template: templates.simple! }, { signal: AbortSignal.abort() })
      expect((await faultOf(lengths.window(0, 5))).code).toBe('MIMICIT_ABORTED')
      await lengths.close()
    })
  })
})
