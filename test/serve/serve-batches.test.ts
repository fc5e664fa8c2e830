// Batches for another process: the bytes on the wire are those batches, a slow reader is waited for, one that leaves ends it.
import { scrypt } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import { RecordBatchReader, type Table, tableFromIPC } from 'apache-arrow'
import { beforeAll, describe, expect, it } from 'vitest'
import type { StreamedBatch } from '../../src/loader/batch.js'
import { batchToArrow } from '../../src/loader/batch-arrow.js'
import { type Loader, loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { awaitReader } from '../../src/serve/batches/await-reader.js'
import { lentFiles } from '../../src/serve/batches/lent-files.js'
import { type ListenAddress, parseListenAddress } from '../../src/serve/batches/listen-address.js'
import { serveBatches } from '../../src/serve/batches/serve-batches.js'
import { writeToFile } from '../../src/serve/batches/write-parts.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const NOTHING = new Uint8Array(0)
const scryptLater = promisify(scrypt)
const data = join(dir, 'data')
const OPTIONS = { shots: 2, batchSize: 8, imageSize: 8, workers: 0 } as const
beforeAll(() => importFixtures(data))

const load = (options: LoaderOptions = {}) => loadMimicIT(data, { ...OPTIONS, ...options })

/** Every table of streams that stand one after another. */
async function tablesOf(bytes: Buffer): Promise<Table[]> {
  const tables: Table[] = []
  for (const reader of RecordBatchReader.readAll(bytes)) tables.push(tableFromIPC(reader))
  return tables
}
async function collected(stream: PassThrough | Socket): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
async function served(loader: Loader) {
  const out = new PassThrough()
  const [result, bytes] = await Promise.all([serveBatches(loader, out).finally(() => out.end()), collected(out)])
  return { result, tables: await tablesOf(bytes), bytes }
}
const idsOf = (table: Table) => [...table.getChild('id')!] as string[]

describe('batches on a stream', () => {
  it('are those of the loader, with the state after each', async () => {
    const expected: StreamedBatch[] = []
    for await (const batch of load()) expected.push(batch as StreamedBatch)
    const { result, tables, bytes } = await served(load())
    expect(tables).toHaveLength(expected.length)
    for (const [i, table] of tables.entries()) {
      const batch = expected[i]!
      expect(idsOf(table)).toEqual(batch.ids)
      expect(JSON.parse(table.schema.metadata.get('state')!)).toEqual(batch.state)
      const pixels = [...table.getChild('pixel_values')!].flatMap((list) => [...(list as Iterable<number>)])
      expect(Float32Array.from(pixels)).toEqual(batch.pixelValues)
    }
    expect(result).toEqual({
      ...{ batches: expected.length, bytes: bytes.byteLength, whole: true },
      state: expected.at(-1)?.state,
    })
  })

  it('go on from a state, and are shared by ranks', async () => {
    const whole = (await served(load())).tables
    const resume = JSON.parse(whole[4]!.schema.metadata.get('state')!)
    const rest = (await served(load({ resume }))).tables
    expect(rest.map(idsOf)).toEqual(whole.slice(5).map(idsOf))
    const ranks = await Promise.all([0, 1].map(async (rank) => (await served(load({ rank, worldSize: 2 }))).tables))
    const together = whole.map((_, step) => ranks.flatMap((tables) => idsOf(tables[step]!).filter((id) => id !== '')))
    expect(together).toEqual(whole.map(idsOf))
  })

  it('say of packed rows what is whose', async () => {
    for await (const batch of load({ pack: true, maxTokens: 1024, batchSize: 2 })) {
      const table = tableFromIPC(batchToArrow(batch))
      const rows = [...table.getChild('ids')!].map((list) => [...(list as Iterable<string>)])
      expect(rows.flat().sort()).toEqual([...batch.ids].sort())
      expect(rows[0]!.length).toBeGreaterThan(1)
      const flat = (name: string) => [...table.getChild(name)!].flatMap((list) => [...(list as Iterable<number>)])
      expect(flat('segment_ids')).toEqual([...batch.segmentIds!])
      expect(flat('positions')).toEqual([...batch.positions!])
      expect(flat('media_segments')).toEqual([...batch.mediaSegments!])
      break
    }
  })

  it('wait for a slow reader: no more is made than prefetchBytes allows', async () => {
    const loader = load({ prefetchBytes: 1, epochs: 50 })
    // Holds one batch at most.
    const out = new PassThrough({ highWaterMark: 1 })
    const serving = serveBatches(loader, out)
    while (loader.stats().batchesTaken === 0) await pause(5)
    await pause(300)
    const { batchesTaken, batches } = loader.stats()
    expect(batchesTaken).toBeLessThanOrEqual(2)
    expect(batches).toBeLessThanOrEqual(6)
    out.destroy()
    expect(await serving).toMatchObject({ whole: false })
  })

  it('come whole before what the loader throws behind them', async () => {
    const [first] = (await served(load())).tables
    const error = new Error('later')
    const failing = {
      async *[Symbol.asyncIterator]() {
        for await (const batch of load()) {
          yield batch
          throw error
        }
      },
    } as unknown as Loader
    const out = new PassThrough({ highWaterMark: 1 })
    const serving = serveBatches(failing, out).finally(() => out.end())
    const [result, bytes] = await Promise.allSettled([serving, pause(100).then(() => collected(out))])
    expect(result).toMatchObject({ status: 'rejected', reason: error })
    const tables = await tablesOf((bytes as PromiseFulfilledResult<Buffer>).value)
    expect(tables.map(idsOf)).toEqual([idsOf(first!)])
  })

  it('tell what the loader throws', async () => {
    const out = new PassThrough().resume()
    await expect(serveBatches(load({ maxTokens: 10 }), out)).rejects.toMatchObject({ code: 'MIMICIT_TOO_LONG' })
  })
})

describe('a socket', () => {
  const reach = (at: ListenAddress) => (at.kind === 'unix' ? connect(at.path) : connect(at.port, at.host))
  const addresses: readonly ListenAddress[] = [
    { kind: 'unix', path: join(dir, 'batches.sock') },
    { kind: 'tcp', host: '127.0.0.1', port: 0 },
  ]

  it.each(addresses)('of kind $kind gives everything to its reader', async (address) => {
    let client: Promise<Buffer> | undefined
    const reader = await awaitReader(address, {
      onListening(at) {
        if (at.kind === 'unix') expect(statSync(at.path).mode & 0o777).toBe(0o600)
        client = collected(reach(at))
      },
    })
    const result = await serveBatches(load(), reader.socket)
    await reader.close()
    const tables = await tablesOf(await client!)
    expect([tables.length, result.whole]).toEqual([result.batches, true])
    if (address.kind === 'unix') expect(existsSync(address.path)).toBe(false)
  })

  it.each(addresses)('of kind $kind ends when its reader leaves, and the loader with it', async (address) => {
    const loader = load({ epochs: 1000, prefetchBytes: 1 })
    let client: Socket | undefined
    const reader = await awaitReader(address, {
      onListening(at) {
        client = reach(at)
        client.once('data', () => client!.destroy())
      },
    })
    expect(await serveBatches(loader, reader.socket)).toMatchObject({ whole: false })
    await reader.close()
  })

  it('has the reader that comes in the moment in which it opens', async () => {
    // Whoever gives a socket its rights waits for the system meanwhile: that is kept busy, so that the moment lasts.
    const path = join(dir, 'early.sock')
    const busy = Array.from({ length: 12 }, () => scryptLater('a', 'b', 8))
    const waiting = awaitReader({ kind: 'unix', path }, { onListening: () => undefined })
    while (!existsSync(path)) await setImmediate()
    const client = connect(path)
    const timeout = pause(5000).then(() => 'nobody was seen')
    const reader = await Promise.race([waiting, timeout])
    expect(reader).toMatchObject({ socket: expect.anything() })
    client.destroy()
    await (await waiting).close()
    await Promise.all(busy)
  })

  it('takes the place of one that a killed process left, and of nothing else', async () => {
    const path = join(dir, 'file.sock')
    writeFileSync(path, 'not a socket')
    const waiting = awaitReader({ kind: 'unix', path }, { onListening: () => undefined })
    await expect(waiting).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
    expect(existsSync(path)).toBe(true)
  })

  it('leaves the socket of a process that still waits there', async () => {
    const path = join(dir, 'shared.sock')
    let second: Promise<unknown> | undefined
    let client: Promise<Buffer> | undefined
    const reader = await awaitReader(
      { kind: 'unix', path },
      {
        onListening() {
          second = awaitReader({ kind: 'unix', path }, { onListening: () => undefined })
          const settled = second.catch((error: unknown) => error)
          client = settled.then(() => collected(connect(path)))
        },
      },
    )
    await expect(second).rejects.toMatchObject({ code: 'MIMICIT_BUSY' })
    const result = await serveBatches(load(), reader.socket)
    await reader.close()
    expect((await tablesOf(await client!)).length).toBe(result.batches)
    expect(readdirSync(dir).filter((name) => name.startsWith('shared'))).toEqual([])
  })

  it('stops waiting when it is asked to', async () => {
    const stopping = new AbortController()
    const waiting = awaitReader(
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      { onListening: () => stopping.abort(), signal: stopping.signal },
    )
    await expect(waiting).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
  })
})

describe('files that the reader lends', () => {
  const lent = (names: readonly string[]) =>
    names.map((name) => {
      const path = join(dir, name)
      writeFileSync(path, '')
      return path
    })
  /** The next thing that is told of a file. */
  const told = async (out: PassThrough) => Number((await once(out, 'data'))[0].toString())

  it('have the bytes of a stream, in the order in which they were lent, and may be lent again', async () => {
    const { bytes: stream, result: served1 } = await served(load())
    const [first, second] = lent(['first', 'second'])
    const out = new PassThrough()
    const lines = new PassThrough()
    const serving = serveBatches(load(), out, { lent: lines })
    let at = 0
    for (let i = 0; i < served1.batches; i++) {
      const path = i % 2 === 0 ? first! : second!
      const telling = told(out)
      lines.write(`${path}\n`)
      const length = await telling
      // What an earlier and longer batch left behind it stays.
      expect(
        readFileSync(path)
          .subarray(0, length)
          .equals(stream.subarray(at, at + length)),
        `batch ${i}`,
      ).toBe(true)
      at += length
    }
    expect(await serving).toEqual(served1)
    expect(at).toBe(stream.byteLength)
  })

  it('are waited for, and nothing is made beyond what prefetchBytes allows; who lends no more has left', async () => {
    const loader = load({ prefetchBytes: 1, epochs: 50 })
    const lines = new PassThrough()
    const out = new PassThrough().resume()
    const serving = serveBatches(loader, out, { lent: lines })
    lines.write(`${lent(['only'])[0]}\n`)
    // One is there, one waits for a file, and one is made meanwhile.
    while (loader.stats().batchesTaken < 3) await pause(5)
    await pause(100)
    expect(loader.stats().batchesTaken).toBe(3)
    lines.end()
    expect(await serving).toMatchObject({ batches: 1, whole: false })
  })

  it('end the waiting when the reader leaves, or the signal says so', async () => {
    const out = new PassThrough().resume()
    const left = serveBatches(load(), out, { lent: new PassThrough() })
    out.destroy()
    expect(await left).toMatchObject({ batches: 0, whole: false })
    const stopping = new AbortController()
    const loader = load({ signal: stopping.signal })
    const stopped = serveBatches(loader, new PassThrough().resume(), {
      ...{ lent: new PassThrough(), signal: stopping.signal },
    })
    while (loader.stats().batchesTaken === 0) await pause(5)
    stopping.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'MIMICIT_ABORTED' })
  })

  it.each([
    ['is not there', join(dir, 'nowhere'), 'MIMICIT_NOT_FOUND'],
    ['is a directory', dir, 'MIMICIT_IO'],
  ])('are an error where one %s', async (_, path, code) => {
    const lines = new PassThrough()
    lines.write(`${path}\n`)
    const serving = serveBatches(load(), new PassThrough().resume(), { lent: lines })
    await expect(serving).rejects.toMatchObject({ code, message: expect.stringContaining(path) })
  })

  it('are written however little of a batch one call takes', async () => {
    const parts = [5, 0, 3, 9].map((length, i) => new Uint8Array(length).fill(i + 1))
    const whole = Buffer.concat(parts)
    for (let most = 1; most <= whole.byteLength; most++) {
      const got = Buffer.alloc(whole.byteLength)
      const writev = async (buffers: readonly Uint8Array[], position: number) => {
        const bytesWritten = Buffer.concat(buffers).copy(got, position, 0, most)
        return { bytesWritten, buffers }
      }
      await writeToFile({ writev } as unknown as FileHandle, parts)
      expect(got.equals(whole), `${most} at a time`).toBe(true)
    }
  })

  it.each([1000, 2_000_000])('have the %i bytes that were lent for, and keep what lies behind them', async (bytes) => {
    const path = join(dir, `lent-${bytes}`)
    const part = Buffer.alloc(bytes, 'abc')
    writeFileSync(path, Buffer.alloc(2 * bytes, 'x'))
    const lent = Readable.from([`${path}\n`])
    const files = lentFiles(lent)
    expect(await files.fill([part.subarray(0, 700), NOTHING, part.subarray(700)])).toBe(true)
    expect(readFileSync(path).equals(Buffer.concat([part, Buffer.alloc(bytes, 'x')]))).toBe(true)
    expect(await files.fill([part])).toBe(false)
  })

  it.each([1000, 2_000_000])('are told by their path where %i bytes cannot go there', async (bytes) => {
    const path = join(dir, 'no', 'such')
    const filling = lentFiles(Readable.from([`${path}\n`])).fill([Buffer.alloc(bytes)])
    await expect(filling).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND', message: expect.stringContaining(path) })
  })
})

describe('an address', () => {
  it.each([
    ['unix:/tmp/a b.sock', { kind: 'unix', path: '/tmp/a b.sock' }],
    ['tcp:7000', { kind: 'tcp', host: '127.0.0.1', port: 7000 }],
    ['tcp:0.0.0.0:7000', { kind: 'tcp', host: '0.0.0.0', port: 7000 }],
    ['tcp:[::1]:7000', { kind: 'tcp', host: '::1', port: 7000 }],
  ] as const)('%s', (text, address) => expect(parseListenAddress(text)).toEqual(address))

  it.each(['', 'unix:', 'tcp:', 'tcp:70000', '7000', 'udp:7000', 'tcp:host'])('%j is none', (text) => {
    expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: 'MIMICIT_BAD_VALUE' }))
  })
})
