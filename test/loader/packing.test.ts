// Batches that are filled by lengths, over real data: the same samples as in batches of a fixed size, the same stream from any
// step on, for any number of ranks, with data that cannot be used. Mixtures are in elastic.test.ts.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { tokenizeDataset } from '../../src/layout/tokenize/tokenize-dataset.js'
import type { LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import type { LoaderEvent } from '../../src/loader/events.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { openDataset } from '../../src/shards/dataset.js'
import { faultOf } from '../support/fault.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, digest, samplesOf } from './batches.js'
import { expectTogether, ranksOf } from './ranks.js'

const root = tempDir()
const [data, damaged, counted] = [join(root, 'data'), join(root, 'damaged'), join(root, 'counted')]
const common: LoaderOptions = {
  ...{ imageSize: 8, seed: 5, shots: 1, epochs: 2, workers: 0, prefetchBytes: 1e6 },
  ...{ maxTokens: 700, lengthWindow: 50, take: 100 },
}
/** 24 rows for 1, 3 and 8 ranks, or steps of some dozen samples. */
const ways: Readonly<Record<string, LoaderOptions>> = {
  pack: { ...common, pack: true, batchSize: 24 },
  tokensPerBatch: { ...common, tokensPerBatch: 5000 },
}
const bad = [3, 9]

beforeAll(async () => {
  await importFixtures(data)
  cpSync(data, damaged, { recursive: true })
  cpSync(data, counted, { recursive: true })
  const path = join(damaged, 'media', '00000.parquet')
  const bytes = readFileSync(path)
  const dataset = await openDataset(data)
  for (const row of bad) bytes[bytes.indexOf(await dataset.picture(row)) + 1000]! ^= 1
  await dataset.close()
  writeFileSync(path, bytes)
  await tokenizeDataset(counted, { tokenizer: 'bytes', workers: 0 })
})

const epochsOf = (batches: readonly StreamedBatch[]) => [0, 1].map((at) => batches.filter(({ epoch }) => epoch === at))
const all = (batches: readonly StreamedBatch[]) => batches.flatMap(samplesOf).sort()
const tokensOf = ({ attentionMask }: StreamedBatch) => attentionMask.reduce((sum, one) => sum + one, 0)

describe.each(Object.entries(ways))('%s', (way, options) => {
  let whole: StreamedBatch[]
  beforeAll(async () => {
    whole = await batchesOf(data, options)
  })

  test('gives the samples of batches of a fixed size, each once an epoch, in fewer tokens', async () => {
    const plain = await batchesOf(data, { ...common, batchSize: 24 })
    const [first, second] = epochsOf(whole)
    const [plainFirst, plainSecond] = epochsOf(plain)
    expect(all(first!)).toEqual(all(plainFirst!))
    expect(all(second!)).toEqual(all(plainSecond!))
    expect(all(first!)).toEqual(all(second!))
    expect(first!.map(samplesOf)).not.toEqual(second!.map(samplesOf))
    const cells = (batches: readonly StreamedBatch[]) => batches.reduce((sum, { shape: { B, L } }) => sum + B * L, 0)
    expect(cells(whole)).toBeLessThan(0.95 * cells(plain))
    for (const batch of whole) {
      const { B, L } = batch.shape
      expect(L).toBeLessThanOrEqual(700)
      if (way === 'tokensPerBatch') expect(B * L).toBeLessThanOrEqual(5000)
      else expect(B).toBeLessThanOrEqual(24)
    }
  })

  test('says how much padding there is, and how much there would be', async () => {
    const loader = loadMimicIT(data, options)
    for await (const _ of loader);
    const { tokens, paddingTokens, plainTokens, plainPaddingTokens } = loader.stats()
    const cells = whole.reduce((sum, { shape: { B, L } }) => sum + B * L, 0)
    const used = whole.reduce((sum, batch) => sum + tokensOf(batch), 0)
    expect([tokens, paddingTokens]).toEqual([cells, cells - used])
    expect(plainTokens - plainPaddingTokens).toBe(used)
    expect(plainPaddingTokens / plainTokens).toBeGreaterThan(paddingTokens / tokens)
  })

  test('is the same where token counts are stored, and says of how many pairs they are', async () => {
    const told: LoaderEvent[] = []
    const stored = await batchesOf(counted, { ...options, onEvent: (event) => told.push(event) })
    expect(stored.map(digest)).toEqual(whole.map(digest))
    const { rows } = (await openDataset(counted)).manifest.tables.pairs
    expect(told[0]).toMatchObject({ kind: 'opened', length: undefined, lengths: { pairs: rows, stored: rows } })
    const loader = loadMimicIT(data, options)
    expect((await loader.ready()).lengths).toEqual({ pairs: rows, stored: 0 })
    await loader.close()
  })

  test('is the same in a thread or not, however much is made ahead, without turns that are kept', async () => {
    const other = await batchesOf(data, {
      ...options,
      worker: way === 'pack',
      prefetchBytes: 0,
      turnBytes: 0,
      reuseBytes: 0,
    })
    expect(other.map(digest)).toEqual(whole.map(digest))
  })

  test('goes on with any number of ranks, after any step (here some; length-steps.test.ts and test/long have all)', async () => {
    for (const [k, { state }] of whole.entries()) {
      expect(JSON.stringify(state).length).toBeLessThanOrEqual(200)
      if (whole.length > 6 && k % 5 !== 0) continue
      const worldSize = [3, 8, 1][k % 3]!
      const ranks = await ranksOf(data, { ...options, resume: state }, worldSize)
      expectTogether(ranks, whole.slice(k + 1))
    }
  })

  test('looks at one window when it goes on, and then at the next', async () => {
    // Where nothing is kept for reuse nobody looks ahead for it either.
    const small = { ...options, batchSize: 3, lengthWindow: 10, prefetchBytes: 0, reuseBytes: 0, epochs: 1 }
    if (way !== 'pack') Object.assign(small, { tokensPerBatch: 1400 })
    const states: LoaderState[] = []
    const tokens: number[] = []
    for await (const batch of loadMimicIT(counted, small)) {
      states.push(batch.state)
      tokens.push(tokensOf(batch))
    }
    expect(states.length).toBeGreaterThan(8)
    const loader = loadMimicIT(counted, { ...small, resume: states[5]! })
    for await (const _ of loader) break
    // Of ten windows those were planned that two steps are made from, and the one behind them.
    const { plainTokens, plainPaddingTokens } = loader.stats()
    const whole = tokens.reduce((sum, count) => sum + count, 0)
    expect(plainTokens - plainPaddingTokens).toBeGreaterThan(0)
    expect(plainTokens - plainPaddingTokens).toBeLessThan(0.6 * whole)
  })

  test('stops while a window is being planned', async () => {
    const stop = new AbortController()
    const reading = batchesOf(data, { ...options, lengthWindow: 128, turnBytes: 0, signal: stop.signal })
    setImmediate(() => stop.abort())
    expect((await faultOf(reading)).code).toBe('MIMICIT_ABORTED')
    const loader = loadMimicIT(data, { ...options, lengthWindow: 128 })
    const first = loader[Symbol.asyncIterator]().next()
    await loader.ready()
    await loader.close()
    expect((await faultOf(first)).code).toBe('MIMICIT_ABORTED')
  })

  test('of a state that stands nowhere is refused, or goes on behind it', async () => {
    const { state } = whole[0]!
    const inside: LoaderState = { ...state, seen: state.seen - 1 }
    const fault = await faultOf(batchesOf(data, { ...options, resume: inside }))
    expect([fault.code, fault.message.includes('resume')]).toEqual(['MIMICIT_BAD_VALUE', true])
    const beyond = await faultOf(batchesOf(data, { ...options, resume: { ...state, seen: 1000 } }))
    expect(beyond.code).toBe('MIMICIT_BAD_VALUE')
    const forced = await batchesOf(data, { ...options, resume: inside, force: true })
    expect(forced[0]!.state.seen).toBeGreaterThan(state.seen)
  })

  test('a broken picture is an error, or leaves its place empty: nobody moves', async () => {
    expect((await faultOf(batchesOf(damaged, options))).code).toBe('MIMICIT_CORRUPT')
    const left = await batchesOf(damaged, { ...options, onBadSample: 'substitute' })
    expect(left.map(({ state: { seen } }) => seen)).toEqual(whole.map(({ state: { seen } }) => seen))
    let missing = 0
    for (const [i, batch] of left.entries()) {
      const sound = samplesOf(whole[i]!)
      const here = samplesOf(batch)
      expect(here).toEqual(sound.filter((sample) => here.includes(sample)))
      expect(batch.faults).toHaveLength(sound.length - here.length)
      expect(batch.shape.B).toBe(whole[i]!.shape.B)
      missing += batch.faults.length
    }
    expect(missing).toBeGreaterThan(5)
  })
})

describe('options', () => {
  test.each<[LoaderOptions, string]>([
    [{ pack: true, tokensPerBatch: 4096 }, 'both'],
    [{ tokensPerBatch: 100 }, 'at least maxTokens'],
    [{ tokensPerBatch: 4096, dropLast: true }, 'dropLast'],
    [{ tokensPerBatch: 4096, padLast: true }, 'padLast'],
    [{ pack: true, batchSize: 7, worldSize: 2 }, 'a multiple of worldSize'],
  ])('%j is refused', async (given, part) => {
    expect((await faultOf(() => loadMimicIT(data, given))).message).toContain(part)
  })

  test('dropLast leaves out rows that fill no batch, padLast fills one up', async () => {
    const options = { ...ways.pack!, batchSize: 16 }
    const plain = await batchesOf(data, options)
    const dropped = await batchesOf(data, { ...options, dropLast: true })
    const padded = await batchesOf(data, { ...options, padLast: true })
    expect(dropped.map(({ shape }) => shape.B)).toEqual(dropped.map(() => 16))
    expect(dropped.map(samplesOf)).toEqual(plain.filter(({ shape }) => shape.B === 16).map(samplesOf))
    expect(dropped.length).toBeLessThan(plain.length)
    expect(dropped.at(-1)!.state).toMatchObject({ epoch: 2, step: 0, seen: 200 })
    expect(padded.map(({ shape }) => shape.B)).toEqual(plain.map(() => 16))
    expect(padded.map(samplesOf)).toEqual(plain.map(samplesOf))
    // Rows of several samples may be too few although the samples are not, which is known once they are filled.
    const none = { ...options, batchSize: 100, dropLast: true, epochs: Number.POSITIVE_INFINITY }
    const loader = loadMimicIT(data, none)
    await loader.ready()
    const fault = await faultOf(loader[Symbol.asyncIterator]().next())
    expect([fault.code, fault.parts.received]).toEqual(['MIMICIT_EMPTY', '100 samples, which fill fewer rows'])
    const [first] = dropped
    expect((await batchesOf(data, { ...options, dropLast: true, resume: first!.state })).map(digest)).toEqual(
      dropped.slice(1).map(digest),
    )
  })
})
