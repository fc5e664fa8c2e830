// What the calling thread tells of a stream before the stream's own thread has started: what that one would tell, or nothing.
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import type { MimicitError } from '../../src/base/errors.js'
import { importMimicIt } from '../../src/import/mimic-it/index.js'
import { openDirectory } from '../../src/io/directory.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { openSources } from '../../src/loader/open-sources.js'
import { type LoaderOptions, parseLoaderOptions } from '../../src/loader/options.js'
import { outlookOf } from '../../src/loader/outlook.js'
import { openStream } from '../../src/loader/stream.js'
import { openWorkerStream } from '../../src/loader/worker-stream.js'
import { readManifest } from '../../src/shards/read-manifest.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, SOURCES } from '../support/fixtures.js'
import { openFilesBelow } from '../support/open-files.js'
import { tempDir } from '../support/temp-dir.js'
import { threads } from './batches.js'

const dir = tempDir()
const data = join(dir, 'data')
const other = join(dir, 'other')

beforeAll(async () => {
  await importFixtures(data)
  await importMimicIt({ ...SOURCES, instructions: SOURCES.instructions.slice(0, 1), train: [], out: other })
})

const outlook = (options: LoaderOptions, source = data) =>
  outlookOf([{ source }], parseLoaderOptions(options), undefined)

test.each<[string, LoaderOptions]>([
  ['as it is', {}],
  ['with a stored context', { context: 'stored:train', shots: 2 }],
  ['packed', { pack: true }],
  ['of one rank of two, going on', { worldSize: 2, rank: 1, batchSize: 4 }],
])('is what opening gives: %s', async (_, options) => {
  const stream = await openStream([{ source: data }], parseLoaderOptions(options))
  await stream.close()
  expect(await outlook(options)).toEqual({
    facts: stream.facts,
    many: expect.any(Boolean),
    known: new Map([[data, await readManifest(openDirectory(data))]]),
  })
  expect(openFilesBelow(dir) ?? []).toEqual([])
})

test('threads that decode are not worth their start where there are few pictures, or nobody looks at them', async () => {
  expect(await outlook({ take: 32 })).toMatchObject({ many: false })
  expect(await outlook({ mediaLayout: 'text-only' })).toMatchObject({ many: false })
})

test.each<[string, LoaderOptions, string?]>([
  ['far away', {}, 'http://127.0.0.1:9/data'],
  ['with a tokenizer to be read', { tokenizer: 'no/such/tokenizer.json' }],
  ['with a function to be computed', { context: 'same-visual' }],
  ['with queries to be looked for', { split: 'train' }],
])('is left to the thread of the stream: %s', async (_, options, source) => {
  expect(await outlook(options, source)).toBeUndefined()
})

test('fails as opening does, and leaves no thread', async () => {
  const before = threads()
  const fault = await faultOf(() => openWorkerStream([{ source: join(dir, 'nowhere') }], parseLoaderOptions({})))
  expect(fault.code).toBe('MIMICIT_NOT_A_DATASET')
  expect(threads()).toBe(before)
})

test.each([0, 50, 200, 400, 800])(
  'closed %i ms after it was told, whatever its thread is at: nothing is left',
  async (ms) => {
    const before = threads()
    const loader = loadMimicIT(data, { worker: true })
    await loader.ready()
    const next = loader[Symbol.asyncIterator]().next()
    const came = next.then(
      ({ value }) => value?.step as unknown,
      (error: MimicitError) => error.code,
    )
    await setTimeout(ms)
    await loader.close()
    expect([threads(), openFilesBelow(dir) ?? []]).toEqual([before, []])
    expect([0, 'MIMICIT_ABORTED']).toContain(await came)
  },
)

test('a data set that was replaced before the thread read it is MIMICIT_SOURCE_CHANGED', async () => {
  const before = threads()
  const moved = join(dir, 'moved')
  const stream = await openWorkerStream([{ source: data }], parseLoaderOptions({}))
  // The thread has not loaded its modules yet.
  renameSync(data, moved)
  renameSync(other, data)
  const fault = await faultOf(() => stream.batches().next())
  await stream.close()
  renameSync(data, other)
  renameSync(moved, data)
  expect(fault.code).toBe('MIMICIT_SOURCE_CHANGED')
  expect(fault.message).toContain(data)
  expect(threads()).toBe(before)
})

test('a manifest that was checked is not checked again, unless it has become another one', async () => {
  const manifest = await readManifest(openDirectory(data))
  const known = new Map([[data, manifest]])
  const same = await openSources([{ source: data }], parseLoaderOptions({}), undefined, known)
  expect(same.opened[0]!.dataset.manifest).toBe(manifest)
  await same.close()
  const older = new Map([[data, await readManifest(openDirectory(other))]])
  const read = await openSources([{ source: data }], parseLoaderOptions({}), undefined, older)
  expect(read.opened[0]!.dataset.manifest).toEqual(manifest)
  await read.close()
  expect(openFilesBelow(dir) ?? []).toEqual([])
})
