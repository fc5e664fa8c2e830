// loadMimicIT: `for await (const batch of loadMimicIT(dir, { shots: 2 }))`.
import { MimicitError } from '../base/errors.js'
import { publicLocation } from '../io/location.js'
// What opening a data set loads when it is needed comes with this module: who opens a stream waits for nothing else.
import '../io/store.js'
import '../shards/read-manifest.js'
import { aborted } from './aborted.js'
import type { BatchStream, LoaderState } from './batch.js'
import { type LoadedBatch, loadedBatch } from './batch-tensors.js'
import type { LoaderEvent } from './events.js'
import { type LoaderOptions, parseLoaderOptions } from './options.js'
import type { StreamFacts } from './prepare.js'
import { type LoaderSource, parseSources } from './sources.js'
import { type LoaderStats, NO_STATS } from './stats.js'
import { type OpenStream, openStream } from './stream.js'
import { openWorkerStream } from './worker-stream.js'

/** A stream of batches over a data set. */
export interface Loader extends BatchStream {
  readonly planParts: Readonly<Record<string, unknown>>
  /** The batches, once: a loader that was gone through gives no more. */
  [Symbol.asyncIterator](): AsyncGenerator<LoadedBatch>
  /** Opens the data set, if iterating has not done so yet, and tells what the stream will be. What is opened
   * stays open until the loop ends, `signal` aborts or `close()` is called.
   * @throws MimicitError MIMICIT_ABORTED where one of the latter comes first */
  ready(): Promise<StreamFacts>
  /** What the stream has done so far. */
  stats(): LoaderStats
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Streams a data set as ready batches: shuffled by seed, each query with its in-context examples, text as ids with
 * labels (int32 [B,L]), pictures decoded to pixels ([B,T,F,3,H,W]). Leaving the loop closes everything.
 *
 * @param source a directory, or a place far away: `http(s)://`, `hf://datasets/org/name@revision`, `s3://bucket/prefix`; or
 * several, each with its weight, repeat or samples and with settings of its own, mixed position by position
 * @throws MimicitError MIMICIT_UNKNOWN_OPTION and MIMICIT_BAD_VALUE at once; while iterating MIMICIT_NOT_A_DATASET,
 * MIMICIT_EMPTY, MIMICIT_UNKNOWN_NAME, MIMICIT_SHOTS_EXCEED_CONTEXTS, MIMICIT_RESUME_MISMATCH, MIMICIT_TOO_LONG, MIMICIT_CORRUPT,
 * MIMICIT_BAD_PICTURE, MIMICIT_ABORTED, MIMICIT_SOURCE_CHANGED, from far away also MIMICIT_NETWORK
 */
export function loadMimicIT(source: string | readonly LoaderSource[], options: LoaderOptions = {}): Loader {
  const settings = parseLoaderOptions(options)
  const sources = parseSources(source)
  // A function of one's own lives in this thread.
  const isOwn = ({ context }: { readonly context?: unknown }) => typeof context === 'function'
  const inThread = settings.worker && !isOwn(settings) && !sources.some(isOwn)
  const closing = new AbortController()
  // A closed stream ends like one that was asked to stop: its loop must not take the end for that of the data.
  const { signal } = closing
  let opening: Promise<OpenStream> | undefined
  let opened: OpenStream | undefined
  let state: LoaderState | undefined
  let iterating = false
  const taken = { batchesTaken: 0, waitMs: 0, consumerMs: 0 }

  const stats = (): LoaderStats => ({ ...(opened?.stats() ?? NO_STATS), ...taken })
  const tell = (event: LoaderEvent) => options.onEvent?.(event)

  const open = () => {
    if (opening !== undefined) return opening
    if (signal.aborted || options.signal?.aborted) throw aborted()
    const began = performance.now()
    options.signal?.addEventListener('abort', stop, { once: true })
    // The signal also ends what is read from far away.
    opening = (inThread ? openWorkerStream : openStream)(sources, settings, signal).then(async (stream) => {
      opened = stream
      // Whoever asked to stop closes it.
      if (signal.aborted) throw aborted()
      state ??= stream.facts.start
      const { length, samples, plan, lengths } = stream.facts
      try {
        tell({ kind: 'opened', length, samples, plan, ...(lengths && { lengths }), ms: performance.now() - began })
      } catch (error) {
        opened = undefined
        await stream.close().catch(() => undefined)
        return failed(error)
      }
      return stream
    }, failed)
    return opening
  }
  // A signal may live as long as a thousand loaders: no listener stays with it.
  const unlisten = () => options.signal?.removeEventListener('abort', stop)
  const failed = (error: unknown): never => {
    unlisten()
    throw error
  }
  const end = async () => {
    unlisten()
    closing.abort()
    await opening?.catch(() => undefined)
    await opened?.close()
    tell({ kind: 'closed', stats: stats() })
  }
  let ending: Promise<void> | undefined
  const close = () => {
    ending ??= end()
    return ending
  }
  // Nobody may be iterating. What a listener of `closed` throws is told to whoever does, or calls close().
  const stop = () => void close().catch(() => undefined)
  const notReady = (what: string) =>
    new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'an open stream',
      where: `${what} of a loader`,
      received: 'one that was not opened yet',
      hint: 'Await loader.ready() first.',
    })

  async function* iterate(): AsyncGenerator<LoadedBatch> {
    if (iterating) {
      throw new MimicitError('MIMICIT_BAD_VALUE', {
        expected: 'one loop over a loader',
        where: `loadMimicIT(${sources.map((one) => JSON.stringify(publicLocation(one.source))).join(', ')})`,
        received: 'a second one',
        hint: 'Call loadMimicIT again, with { resume: loader.state() } to go on.',
      })
    }
    iterating = true
    try {
      const stream = await open()
      let asked = performance.now()
      for await (const batch of stream.batches(signal)) {
        state = batch.state
        const given = performance.now()
        taken.waitMs += given - asked
        taken.batchesTaken++
        const { epoch, step, ids } = batch
        tell({ kind: 'batch', epoch, step, samples: ids.length, waitMs: given - asked })
        if (batch.state.epoch > epoch) tell({ kind: 'epoch', epoch, state: batch.state })
        yield loadedBatch(batch, stream.recycle)
        asked = performance.now()
        taken.consumerMs += asked - given
      }
    } finally {
      await close()
    }
  }

  // A generator that is left before it began does not run its `finally`.
  const iterator = () => {
    const batches = iterate()
    const leave = () => (iterating ? undefined : close())
    const [give, fail] = [batches.return.bind(batches), batches.throw.bind(batches)]
    return Object.assign(batches, {
      return: (value?: unknown) => give(value).finally(leave),
      throw: (error: unknown) => fail(error).finally(leave),
    })
  }

  return {
    ready: async () => (await open()).facts,
    get length() {
      if (opened === undefined) throw notReady('length')
      return opened.facts.length
    },
    get planParts() {
      if (opened === undefined) throw notReady('planParts')
      return opened.facts.planParts
    },
    state() {
      if (state === undefined) throw notReady('state()')
      return state
    },
    stats,
    close,
    [Symbol.asyncIterator]: iterator,
    [Symbol.asyncDispose]: close,
  }
}
