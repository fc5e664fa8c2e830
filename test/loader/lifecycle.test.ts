// The life of a stream, the same in both threads: whatever ends it, a loop that is left, a call of close(), a fault on the
// disk, a request to stop, nothing runs on, no file stays open and no thread stays alive.
import { getEventListeners } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { type LoaderOptions, parseLoaderOptions } from '../../src/loader/options.js'
import { openStream } from '../../src/loader/stream.js'
import { openWorkerStream } from '../../src/loader/worker-stream.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages } from '../support/fixtures.js'
import { openFilesBelow } from '../support/open-files.js'
import { tempDir } from '../support/temp-dir.js'
import { batchesOf, streamOf, threads } from './batches.js'

const dir = tempDir()
const data = join(dir, 'data')
const small: LoaderOptions = { batchSize: 16, imageSize: 16 }
const MEDIA = 'media/00000.parquet'
const TRAIN = 'context/train/00000.parquet'

/** A copy of the data set in which one file differs. */
function damaged(name: string, path: string, change: (bytes: Buffer) => Buffer): string {
  const copy = join(dir, name)
  cpSync(data, copy, { recursive: true })
  writeFileSync(join(copy, path), change(readFileSync(join(copy, path))))
  return copy
}
/** One bit of the first picture of the first pair: in the order of the list it is wanted before all others. */
function flipped(bytes: Buffer): Buffer {
  bytes[bytes.indexOf(sourceImages[0]![1]) + 1000]! ^= 1
  return bytes
}
const nothingLeft = (before: number) => expect([openFilesBelow(dir) ?? [], threads()]).toEqual([[], before])

beforeAll(() => importFixtures(data))

test('other work has its turn between any two batches, also where nothing has to be read: a stop is heard', async () => {
  let turns = 0
  let next: NodeJS.Immediate
  const count = () => {
    turns++
    next = setImmediate(count)
  }
  next = setImmediate(count)
  const seen: number[] = []
  for await (const _ of loadMimicIT(data, { ...small, batchSize: 2, workers: 0, epochs: 20 })) {
    seen.push(turns)
    if (seen.length === 400) break
  }
  clearImmediate(next)
  expect(seen).toHaveLength(400)
  expect(new Set(seen).size).toBe(400)
})

describe.each([
  ['in this thread', { worker: false }],
  ['in a thread of its own', { worker: true }],
] as const)('%s', (where, mode) => {
  const options: LoaderOptions = { ...small, ...mode }

  test('an error in the loop closes what the loop had open', async () => {
    const before = threads()
    const work = async () => {
      for await (const batch of loadMimicIT(data, { ...options, epochs: 5 })) {
        // What is looked for below is to be seen here, or it would never be found.
        if (process.platform === 'linux') expect(openFilesBelow(data)).not.toEqual([])
        expect(threads() > before).toBe(mode.worker)
        throw new Error(`stopped at ${batch.step}`)
      }
    }
    await expect(work()).rejects.toThrow('stopped at 0')
    nothingLeft(before)
  })

  test('the end of the stream does too', async () => {
    const before = threads()
    expect(await batchesOf(data, options)).toHaveLength(8)
    nothingLeft(before)
  })

  test('whoever takes batches slowly has them all, though whoever made them is gone', async () => {
    const before = threads()
    const steps: number[] = []
    for await (const { step } of loadMimicIT(data, options)) {
      steps.push(step)
      // A thread that has said its last word is gone a little later.
      for (let i = 0; i < 500 && threads() > before; i++) await setTimeout(20)
      if (step === 0) await setTimeout(300)
    }
    expect(steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    nothingLeft(before)
  })

  test('a stream that is closed while it is read ends with MIMICIT_ABORTED, and nothing runs on', async () => {
    const before = threads()
    const loader = loadMimicIT(data, { ...options, prefetchBytes: 1e9 })
    const iterator = loader[Symbol.asyncIterator]()
    expect((await iterator.next()).value).toMatchObject({ step: 0 })
    await loader.close()
    nothingLeft(before)
    const fault = await faultOf(iterator.next())
    expect(fault.code).toBe('MIMICIT_ABORTED')
    expect(fault.message).toContain('Resume with the last state.')
    nothingLeft(before)
    expect(loader.state()).toMatchObject({ epoch: 0, step: 1, seen: 16 })
    const rest = await batchesOf(data, { ...small, resume: loader.state() })
    expect(rest.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('closed while the first batch is awaited, too', async () => {
    const before = threads()
    const loader = loadMimicIT(data, { ...options, batchSize: 128, imageSize: 200, concurrency: 1 })
    await loader.ready()
    const iterator = loader[Symbol.asyncIterator]()
    const next = faultOf(iterator.next())
    await loader.close()
    nothingLeft(before)
    expect((await next).code).toBe('MIMICIT_ABORTED')
    nothingLeft(before)
  })

  test('a stream that was closed before it was read is not opened again', async () => {
    const before = threads()
    const opened = loadMimicIT(data, options)
    await opened.ready()
    await opened.close()
    nothingLeft(before)
    expect((await faultOf(opened[Symbol.asyncIterator]().next())).code).toBe('MIMICIT_ABORTED')
    const never = loadMimicIT(data, options)
    await never.close()
    expect((await faultOf(never[Symbol.asyncIterator]().next())).code).toBe('MIMICIT_ABORTED')
    nothingLeft(before)
  })

  test('a request to stop closes what is open though nobody iterates, and leaves no listener', async () => {
    const before = threads()
    const stop = new AbortController()
    const read = loadMimicIT(data, { ...options, signal: stop.signal })
    for await (const { step } of read) if (step === 1) break
    await expect(loadMimicIT(join(dir, 'nowhere'), { ...options, signal: stop.signal }).ready()).rejects.toThrow()
    expect(getEventListeners(stop.signal, 'abort')).toEqual([])
    const loader = loadMimicIT(data, { ...options, signal: stop.signal })
    await loader.ready()
    stop.abort()
    await vi.waitFor(() => nothingLeft(before), 10_000)
    expect((await faultOf(loader[Symbol.asyncIterator]().next())).code).toBe('MIMICIT_ABORTED')
  })

  test('an iterator that is left before its first batch closes what is open', async () => {
    const before = threads()
    const returned = loadMimicIT(data, options)
    await returned.ready()
    const iterator = returned[Symbol.asyncIterator]()
    expect(await iterator.return(undefined)).toEqual({ done: true, value: undefined })
    nothingLeft(before)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
    const thrown = loadMimicIT(data, options)
    await thrown.ready()
    await expect(thrown[Symbol.asyncIterator]().throw(new Error('left'))).rejects.toThrow('left')
    nothingLeft(before)
    // A second one that is left is no end of the first.
    const two = loadMimicIT(data, options)
    const first = two[Symbol.asyncIterator]()
    await first.next()
    await two[Symbol.asyncIterator]().return(undefined)
    expect((await first.next()).value).toMatchObject({ step: 1 })
    await first.return(undefined)
    nothingLeft(before)
  })

  test('a listener that fails when it hears of the opening leaves nothing open', async () => {
    const before = threads()
    const onEvent = () => {
      throw new Error('no room for a log')
    }
    await expect(loadMimicIT(data, { ...options, onEvent }).ready()).rejects.toThrow('no room for a log')
    nothingLeft(before)
  })

  test('what is stopped or closed while it is opened, or before, is not ready', async () => {
    const before = threads()
    const stop = new AbortController()
    const stopped = loadMimicIT(data, { ...options, signal: stop.signal })
    const fault = faultOf(stopped.ready())
    stop.abort()
    expect((await fault).code).toBe('MIMICIT_ABORTED')
    const late = loadMimicIT(data, { ...options, signal: stop.signal })
    expect((await faultOf(late.ready())).code).toBe('MIMICIT_ABORTED')
    const closed = loadMimicIT(data, options)
    const other = faultOf(closed.ready())
    await Promise.all([closed.close(), stopped.close()])
    expect((await other).code).toBe('MIMICIT_ABORTED')
    nothingLeft(before)
  })

  test('a picture that changed on the disk is told with its shard and place', async () => {
    const before = threads()
    const place = damaged(`picture-${mode.worker}`, MEDIA, flipped)
    const loader = loadMimicIT(place, { ...options, queries: 'all', shuffle: 'none', batchSize: 128, concurrency: 1 })
    const fault = await faultOf(async () => {
      for await (const { ids } of loader) expect.unreachable(`a batch of ${ids.length}`)
    })
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    expect(fault.message).toMatch(
      /Expected picture 0 as it was stored for media\/00000\.parquet, bytes \d+ to \d+, picture 0 of sample LA_INS_\w+ but/,
    )
    expect(fault.message).toContain('mimicit verify')
    // The other pictures of the batch waited for their turn; by the end of another stream they would have had it.
    await batchesOf(data, small)
    nothingLeft(before)
  })

  test('batches before the damage are handed out, and the state is that of the last of them', async () => {
    const place = damaged(`later-${mode.worker}`, MEDIA, flipped)
    const sound = await streamOf(data, { ...small, batchSize: 1 })
    const loader = loadMimicIT(place, { ...options, batchSize: 1 })
    let good = 0
    const fault = await faultOf(async () => {
      for await (const { ids } of loader) expect(ids).toEqual(sound.digests[good++]!.ids)
    })
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    expect(good).toBeGreaterThan(0)
    expect(loader.state()).toEqual(sound.states[good])
  })

  test('a context table that is damaged', async () => {
    const before = threads()
    const place = damaged(`context-${mode.worker}`, TRAIN, (bytes) => bytes.fill(0, 4, bytes.byteLength >> 1))
    const fault = await faultOf(batchesOf(place, { ...options, shots: 1 }))
    expect(fault.message, where).toContain(TRAIN)
    expect(fault.code).toBe('MIMICIT_CORRUPT')
    nothingLeft(before)
  })

  test('a shard that is gone', async () => {
    const before = threads()
    const gone = join(dir, `gone-${mode.worker}`)
    cpSync(data, gone, { recursive: true, filter: (path) => !path.endsWith(MEDIA) })
    const fault = await faultOf(batchesOf(gone, options))
    expect(fault.code).toBe('MIMICIT_NOT_FOUND')
    expect(fault.message).toContain(MEDIA)
    nothingLeft(before)
  })

  test('a query that does not fit', async () => {
    const before = threads()
    const fault = await faultOf(batchesOf(data, { ...options, maxTokens: 100, batchSize: 128 }))
    expect(fault.code).toBe('MIMICIT_TOO_LONG')
    expect(fault.message).toMatch(/at most 100 tokens for pair \w+ but received \d+ tokens/)
    nothingLeft(before)
  })

  test('a request to stop, and going on from the last state', async () => {
    const before = threads()
    const stop = new AbortController()
    const loader = loadMimicIT(data, { ...options, signal: stop.signal })
    const ids: string[] = []
    const fault = await faultOf(async () => {
      for await (const batch of loader) {
        ids.push(...batch.ids)
        if (batch.step === 2) stop.abort()
      }
    })
    expect(fault.code).toBe('MIMICIT_ABORTED')
    nothingLeft(before)
    const rest = await batchesOf(data, { ...small, resume: loader.state() })
    const whole = await batchesOf(data, small)
    expect([...ids, ...rest.flatMap((batch) => batch.ids)]).toEqual(whole.flatMap((batch) => batch.ids))
  })

  test('a request that comes while a batch is awaited, and one that never comes', async () => {
    const before = threads()
    const stop = new AbortController()
    const loader = loadMimicIT(data, { ...options, batchSize: 128, imageSize: 200, signal: stop.signal })
    await loader.ready()
    const next = faultOf(loader[Symbol.asyncIterator]().next())
    stop.abort()
    expect((await next).code).toBe('MIMICIT_ABORTED')
    nothingLeft(before)
    // Asked of the stream itself, for loadMimicIT gives it a signal of its own.
    const { signal } = new AbortController()
    const settings = parseLoaderOptions({ ...options, batchSize: 4, prefetchBytes: 0 })
    const stream = await (mode.worker ? openWorkerStream : openStream)([{ source: data }], settings)
    let steps = 0
    for await (const batch of stream.batches(signal)) steps = batch.step + 1
    await stream.close()
    expect([steps, getEventListeners(signal, 'abort')]).toEqual([32, []])
    nothingLeft(before)
  })
})
