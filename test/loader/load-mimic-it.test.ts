// loadMimicIT over the imported fixtures, in this thread and in a worker: contents, order, resume, stopping.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Batch, LoaderState } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { CLIP_MEAN, CLIP_STD } from '../../src/vision/normalise.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs, sourceTrain } from '../support/fixtures.js'
import { openFilesBelow } from '../support/open-files.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const set = join(root, 'set')
const pairs = new Map(sourcePairs)
const images = new Map(sourceImages)
const SMALL: LoaderOptions = { imageSize: 8, batchSize: 16, shots: 2, pixels: 'uint8' }

beforeAll(async () => {
  await importFixtures(set)
})

/** Everything a batch says, short enough to compare many. */
function digest({ inputIds, attentionMask, labels, pixelValues, mediaMask, ...rest }: Batch): string {
  const hash = createHash('sha256')
  for (const array of [inputIds, attentionMask, labels, pixelValues, mediaMask]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  }
  return `${rest.epoch}/${rest.step} ${hash.update(JSON.stringify(rest)).digest('hex')}`
}

async function stream(options: LoaderOptions, source = set) {
  const loader = loadMimicIT(source, options)
  const digests: string[] = []
  const states: LoaderState[] = []
  for await (const batch of loader) {
    digests.push(digest(batch))
    states.push(loader.state())
  }
  return { digests, states, stats: loader.stats() }
}
const first = async (options: LoaderOptions): Promise<Batch> => {
  for await (const batch of loadMimicIT(set, options)) return batch
  throw new Error('no batch')
}
/** Decoded by sharp on its own. */
const pixelsOf = (id: string, size: number) =>
  sharp(images.get(id)!, { ignoreIcc: true })
    .resize(size, size, { fit: 'fill', kernel: 'cubic', fastShrinkOnLoad: false })
    .raw()
    .toBuffer()

describe('a batch', () => {
  test('holds ids, labels, pixels and masks of the pairs it names', async () => {
    const batch = await first({ ...SMALL, pixels: 'float32', seed: 3 })
    const { B, L, T, F, H, W } = batch.shape
    expect([B, H, W, F]).toEqual([16, 8, 8, 1])
    const { special } = byteTokenizer
    for (let row = 0; row < B; row++) {
      const turns = [...batch.contextIds[row]!, batch.ids[row]!].map((id) => pairs.get(id)!)
      expect(batch.contextIds[row]).toEqual(sourceTrain.find(([id]) => id === batch.ids[row])![1].slice(0, 2))
      // Turns on the same pictures share their marks.
      const shown = turns.map((turn, i) =>
        turn.image_ids.join() === turns[i - 1]?.image_ids.join() ? [] : turn.image_ids,
      )
      const ids = [special.bos]
      const labels = [-100]
      turns.forEach((turn, i) => {
        const question = [
          ...shown[i]!.map(() => special.image),
          ...byteTokenizer.encode(`User:${turn.instruction} GPT:`),
          special.answer,
        ]
        const answer = [...byteTokenizer.encode(turn.answer), special.endOfChunk]
        ids.push(...question, ...answer)
        labels.push(...question.map(() => -100), ...answer)
      })
      ids.push(special.eos)
      labels.push(special.eos)
      const pad = L - ids.length
      const line = (array: Int32Array) => [...array.subarray(row * L, row * L + L)]
      expect(line(batch.inputIds)).toEqual([...ids, ...Array(pad).fill(special.pad)])
      expect(line(batch.labels)).toEqual([...labels, ...Array(pad).fill(-100)])
      expect(line(batch.attentionMask)).toEqual([...ids.map(() => 1), ...Array(pad).fill(0)])
      const slots = shown.flat()
      expect([...batch.mediaMask.subarray(row * T, row * T + T)]).toEqual(
        Array.from({ length: T }, (_, t) => (t < slots.length ? 1 : 0)),
      )
      for (let slot = 0; slot < T; slot++) {
        const from = (row * T + slot) * F * 3 * H * W
        const values = batch.pixelValues.subarray(from, from + 3 * H * W)
        const expected = new Float32Array(3 * H * W)
        if (slot < slots.length) {
          const rgb = await pixelsOf(slots[slot]!, 8)
          for (let c = 0; c < 3; c++) {
            for (let p = 0; p < H * W; p++)
              expected[c * H * W + p] = (rgb[p * 3 + c]! / 255 - CLIP_MEAN[c]!) / CLIP_STD[c]!
          }
        }
        // Two decoders differ by some levels where there are edges; another picture would differ by dozens.
        const off = expected.map((value, i) => Math.abs(values[i]! - value))
        expect(Math.max(...off)).toBeLessThan(24 / 255 / CLIP_STD[0])
      }
    }
  })

  test('pads the slots of pairs on one picture where another has two, each its own way of layout', async () => {
    const all = { ...SMALL, shots: 0, batchSize: sourceTrain.length, shuffle: 'none' }
    const batch = await first(all)
    expect([batch.shape.T, batch.shape.F]).toEqual([2, 1])
    batch.ids.forEach((id, row) => {
      const two = pairs.get(id)!.image_ids.length === 2
      expect([...batch.mediaMask.subarray(row * 2, row * 2 + 2)], id).toEqual([1, two ? 1 : 0])
    })
    expect(batch.ids).toEqual(sourceTrain.map(([id]) => id))
    const frames = await first({ ...all, mediaLayout: 'pair-as-frames' })
    expect([frames.shape.T, frames.shape.F]).toEqual([1, 2])
    expect((await first({ ...all, mediaLayout: 'text-only' })).shape).toMatchObject({ T: 0, F: 0 })
  })

  test('trains on every answer or on that of the query', async () => {
    const loss = async (labels: string) =>
      [...(await first({ ...SMALL, labels })).labels].filter((label) => label !== -100).length
    expect(await loss('query')).toBeLessThan(await loss('head'))
  })
})

describe('an epoch', () => {
  test('gives every listed pair once, another order each time', async () => {
    const epochs: string[][] = [[], [], []]
    for await (const batch of loadMimicIT(set, { ...SMALL, epochs: 3 })) epochs[batch.epoch]!.push(...batch.ids)
    const listed = sourceTrain.map(([id]) => id).sort()
    for (const ids of epochs) expect([...ids].sort()).toEqual(listed)
    expect(new Set(epochs.map((ids) => ids.join())).size).toBe(3)
  })

  test('gives every pair when all are queries', async () => {
    const ids: string[] = []
    for await (const batch of loadMimicIT(set, { ...SMALL, queries: 'all', shuffle: 'none' })) ids.push(...batch.ids)
    expect(ids).toEqual(sourcePairs.map(([id]) => id))
  })

  test('has as many steps as it says, with or without the last batch', async () => {
    for (const dropLast of [false, true]) {
      const loader = loadMimicIT(set, { ...SMALL, batchSize: 50, dropLast })
      const { length, samples } = await loader.ready()
      const sizes: number[] = []
      for await (const { shape } of loader) sizes.push(shape.B)
      expect([samples, length, loader.length]).toEqual([sourceTrain.length, sizes.length, sizes.length])
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(dropLast ? 50 * length! : samples)
    }
  })

  test.each([
    [false, false],
    [true, false],
    [false, true],
  ])(
    'of fewer samples than a batch, with dropLast, is refused before it begins; worker %s, packed %s',
    async (worker, pack) => {
      const samples = sourceTrain.length
      const options = { ...SMALL, worker, pack, batchSize: samples + 1, dropLast: true }
      const loader = loadMimicIT(set, options)
      const fault = await faultOf(loader.ready())
      expect(fault.code).toBe('MIMICIT_EMPTY')
      expect(fault.parts.where).toBe('option batchSize of loadMimicIT')
      expect(fault.parts.received).toContain(String(samples))
      expect(fault.parts.hint).toContain('dropLast: false')
      // Every rank hears of it.
      const second = { ...options, batchSize: samples + (samples % 2) + 2, rank: 1, worldSize: 2 }
      expect((await faultOf(loadMimicIT(set, second).ready())).code).toBe('MIMICIT_EMPTY')
      for (const change of [{ dropLast: false }, { batchSize: samples }]) {
        await using enough = loadMimicIT(set, { ...options, ...change })
        await enough.ready()
      }
    },
  )

  test('goes on for ever when asked to', async () => {
    let steps = 0
    for await (const batch of loadMimicIT(set, { ...SMALL, batchSize: 100, shots: 0, epochs: Infinity })) {
      if (batch.epoch === 3) break
      steps++
    }
    expect(steps).toBe(6)
  })
})

describe('resume', () => {
  const options = { ...SMALL, epochs: 2, seed: 5 }

  test.each([false, true])(
    'at every step continues the identical stream, across epochs (worker %s)',
    async (worker) => {
      const whole = await stream(options)
      expect(whole.digests).toHaveLength(2 * Math.ceil(sourceTrain.length / 16))
      // A worker takes long to start: there every third step, in this thread every step.
      const steps = whole.states.map((_, i) => i).filter((i) => !worker || i % 5 === 2)
      for (const i of steps) {
        const resume = JSON.parse(JSON.stringify(whole.states[i])) as LoaderState
        expect(JSON.stringify(resume).length).toBeLessThanOrEqual(200)
        const rest = await stream({ ...options, worker, resume })
        expect(rest.digests).toEqual(whole.digests.slice(i + 1))
        if (i + 1 < whole.states.length) expect(rest.states.at(-1)).toEqual(whole.states.at(-1))
      }
    },
  )

  test('is refused by another stream', async () => {
    const { states } = await stream({ ...options, epochs: 1 })
    for (const change of [
      { seed: 6 },
      { shots: 1 },
      { batchSize: 8 },
      { context: 'rel_ins_ids' },
      { template: 'simple-blanks' },
      { maxTokens: 512 },
    ]) {
      const fault = await faultOf(stream({ ...options, ...change, resume: states[0]! }))
      expect(fault.code, JSON.stringify(change)).toBe('MIMICIT_RESUME_MISMATCH')
      expect(fault.message).toContain(states[0]!.plan)
    }
  })

  test('does not mind what changes no batch', async () => {
    const { states, digests } = await stream({ ...options, epochs: 1 })
    const rest = await stream({
      ...options,
      epochs: 1,
      resume: states[3]!,
      prefetchBytes: 0,
      reuseBytes: 0,
      concurrency: 1,
    })
    expect(rest.digests).toEqual(digests.slice(4))
  })
})

describe('the stream', () => {
  test('is the same in a worker, with any prefetch, any cache, any number of decoders', async () => {
    const { digests } = await stream(SMALL)
    for (const change of [
      { worker: true },
      { prefetchBytes: 0 },
      { prefetchBytes: 1e9, concurrency: 1 },
      { reuseBytes: 0 },
      { worker: true, prefetchBytes: 0 },
    ]) {
      expect((await stream({ ...SMALL, ...change })).digests, JSON.stringify(change)).toEqual(digests)
    }
  })

  test('decodes a picture once while it is kept', async () => {
    const { stats } = await stream(SMALL)
    expect(stats.picturesDecoded).toBeLessThanOrEqual(sourceImages.length)
    expect(stats.picturesReused).toBeGreaterThan(0)
    expect(stats.batches).toBe(Math.ceil(sourceTrain.length / 16))
    expect((await stream({ ...SMALL, reuseBytes: 0 })).stats.picturesDecoded).toBeGreaterThan(sourceImages.length)
  })

  test.each([false, true])('leaves nothing open when the loop is left (worker %s)', async (worker) => {
    const loader = loadMimicIT(set, { ...SMALL, worker })
    for await (const _ of loader) break
    expect(openFilesBelow(root) ?? []).toEqual([])
    await loader.close()
    await loader.close()
    const second = await faultOf(
      (async () => {
        for await (const _ of loader);
      })(),
    )
    expect([second.code, second.parts.expected]).toEqual(['MIMICIT_BAD_VALUE', 'one loop over a loader'])
  })

  test('can be opened without iterating, and closed', async () => {
    const loader = loadMimicIT(set, SMALL)
    expect((await faultOf(() => loader.length)).message).toContain('loader.ready()')
    expect((await faultOf(() => loader.state())).code).toBe('MIMICIT_BAD_VALUE')
    const { plan, start } = await loader.ready()
    expect(plan).toMatch(/^[0-9a-f]{16}$/)
    expect(loader.state()).toEqual(start)
    await loader[Symbol.asyncDispose]()
    expect(openFilesBelow(root) ?? []).toEqual([])
  })

  test.each([false, true])('ends with MIMICIT_ABORTED on a signal, before and amid (worker %s)', async (worker) => {
    const early = await faultOf(stream({ ...SMALL, worker, signal: AbortSignal.abort() }))
    expect(early.code).toBe('MIMICIT_ABORTED')
    const stop = new AbortController()
    let seen = 0
    const amid = await faultOf(
      (async () => {
        for await (const _ of loadMimicIT(set, { ...SMALL, worker, epochs: Infinity, signal: stop.signal }))
          if (++seen === 2) stop.abort()
      })(),
    )
    expect([amid.code, seen]).toEqual(['MIMICIT_ABORTED', 2])
    expect(openFilesBelow(root) ?? []).toEqual([])
  })
})

describe('what is refused', () => {
  test.each<[LoaderOptions, string, string]>([
    [{ shots: 5 }, 'MIMICIT_SHOTS_EXCEED_CONTEXTS', 'at most 4 shots, which is what stored:train has'],
    [{ shots: 1, context: 'none' }, 'MIMICIT_SHOTS_EXCEED_CONTEXTS', 'at most 0 shots'],
    [{ template: 'fancy' }, 'MIMICIT_UNKNOWN_NAME', 'one of simple, simple-blanks, paper-v1'],
    [{ context: 'clip' }, 'MIMICIT_UNKNOWN_NAME', 'stored:rel_ins_ids, stored:train, none'],
    [{ labels: 'all' }, 'MIMICIT_UNKNOWN_NAME', 'one of head, query, v0.1'],
    [{ shuffle: 'random' }, 'MIMICIT_UNKNOWN_NAME', 'option shuffle'],
    [{ tokenizer: '/none/tokenizer.json' }, 'MIMICIT_NOT_FOUND', '/none/tokenizer.json'],
    [{ maxTokens: 20 }, 'MIMICIT_TOO_LONG', 'Raise maxTokens'],
  ])('%j', async (options, code, part) => {
    // An error crosses the thread the same way whatever it is; two of them show it.
    for (const worker of code.includes('SHOTS') || code.includes('LONG') ? [false, true] : [false]) {
      const fault = await faultOf(stream({ ...SMALL, shots: 0, ...options, worker }))
      expect(fault.code).toBe(code)
      expect(fault.message).toContain(part)
    }
    expect(openFilesBelow(root) ?? []).toEqual([])
  })

  test.each([
    [{ batchsize: 4 }, 'MIMICIT_UNKNOWN_OPTION', 'batchSize'],
    [{ batchSize: 0 }, 'MIMICIT_BAD_VALUE', 'option batchSize of loadMimicIT'],
    [{ epochs: 0.5 }, 'MIMICIT_BAD_VALUE', 'option epochs of loadMimicIT'],
    [{ rank: 2, worldSize: 2 }, 'MIMICIT_BAD_VALUE', 'a rank from 0 to 1, since worldSize is 2'],
    [{ batchSize: 10, worldSize: 3 }, 'MIMICIT_BAD_VALUE', 'but received 10. Set it to 12.'],
    [{ pixels: 'float16' }, 'MIMICIT_BAD_VALUE', 'option pixels of loadMimicIT'],
    [{ resume: 'latest' }, 'MIMICIT_BAD_VALUE', 'option resume of loadMimicIT'],
    [{ signal: 'x' }, 'MIMICIT_BAD_VALUE', 'Expected an AbortSignal for option signal of loadMimicIT but received "x"'],
    [
      { onEvent: 'x' },
      'MIMICIT_BAD_VALUE',
      'Expected a function that takes an event for option onEvent of loadMimicIT',
    ],
    [
      { take: 1.5 },
      'MIMICIT_BAD_VALUE',
      'Expected a whole number from 1 on, or Infinity for option take of loadMimicIT',
    ],
    [{ seed: Number.NaN }, 'MIMICIT_BAD_VALUE', 'option seed of loadMimicIT but received NaN'],
    [
      { prefetchBytes: Infinity },
      'MIMICIT_BAD_VALUE',
      'a finite number for option prefetchBytes of loadMimicIT but received Infinity',
    ],
    [
      { network: { foo: 1 } },
      'MIMICIT_UNKNOWN_OPTION',
      'known options (tries, timeoutMs, backoffMs, maxBackoffMs, concurrency) for option network of loadMimicIT but received "foo"',
    ],
  ])('the option %j at once', async (options, code, part) => {
    const fault = await faultOf(() => loadMimicIT(set, options as LoaderOptions))
    expect(fault.code).toBe(code)
    expect(fault.message).toContain(part)
  })

  test.each([false, true])('a place that is no data set (worker %s)', async (worker) => {
    const empty = join(root, `empty-${worker}`)
    mkdirSync(empty)
    for (const source of [empty, join(root, 'nowhere')]) {
      const fault = await faultOf(stream({ worker }, source))
      expect(fault.code).toBe('MIMICIT_NOT_A_DATASET')
      expect(fault.message).toContain(source)
    }
  })
})

test('a damaged picture ends the stream with its place, and nothing is left open', async () => {
  const damaged = join(root, 'damaged')
  cpSync(set, damaged, { recursive: true })
  const path = join(damaged, 'media', '00000.parquet')
  const bytes = readFileSync(path)
  bytes[bytes.indexOf(sourceImages[9]![1]) + 1000]! ^= 1
  writeFileSync(path, bytes)
  // One decoder at a time: others still wait for their turn when the fault is found.
  const options = { ...SMALL, queries: 'all', batchSize: 126, shots: 0, concurrency: 1, shuffle: 'none' } as const
  const loader = loadMimicIT(damaged, options)
  const fault = await faultOf(async () => {
    for await (const _ of loader);
  })
  expect(fault.code).toBe('MIMICIT_CORRUPT')
  expect(fault.message).toContain('picture 9')
  expect(fault.message).toContain('media/00000.parquet')
  // Work that went on behind our back would get its turn, and open files again, while these are decoded.
  const { picturesDecoded } = loader.stats()
  for (const [id] of sourceImages) await pixelsOf(id, 8)
  expect(openFilesBelow(root) ?? []).toEqual([])
  expect(loader.stats().picturesDecoded).toBe(picturesDecoded)
})
