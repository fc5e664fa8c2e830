// The block cache on a real disk, in front of a real server: what it saves, what it never deletes, what it survives.
import { execFile, spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sha256Hex } from '../../src/base/hash.js'
import { MARKER, openBlockDirectory } from '../../src/io/cache/block-directory.js'
import { BLOCK_OVERHEAD, decodeBlock, encodeBlock } from '../../src/io/cache/block-file.js'
import { BLOCK_BYTES, withCache } from '../../src/io/cache/with-cache.js'
import { openStore, type Store } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'
import { type FaultServer, startFaultServer } from '../support/fault-server.js'
import { tempDir } from '../support/temp-dir.js'
import { testClock } from '../support/test-clock.js'

const root = tempDir()
const files = join(root, 'files')
mkdirSync(files)
const SIZE = 5 * BLOCK_BYTES + 1234
const content = Buffer.alloc(SIZE)
for (let i = 0; i < SIZE; i += 4) content.writeUInt32LE((i * 2654435761) >>> 0, Math.min(i, SIZE - 4))
writeFileSync(join(files, 'big'), content)
writeFileSync(join(files, 'small'), 'small')

let server: FaultServer
let dir: string
const open: Store[] = []
beforeAll(async () => {
  server = await startFaultServer(files)
})
afterAll(async () => {
  for (const store of open) await store.close?.()
  await server.close()
})
beforeEach(() => {
  server.script = () => undefined
  server.clear()
  dir = join(mkdtempSync(join(root, 'case-')), 'cache')
})

const openCached = (maxBytes = 1e9, place = dir) => {
  const store = openStore(server.url, { cache: { dir: place, maxBytes }, clock: testClock() })
  open.push(store)
  return store
}
const blocksIn = (place = dir) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.block'))
    .map((path) => join(place, path))
const bytesIn = (place = dir) => blocksIn(place).reduce((sum, path) => sum + statSync(path).size, 0)
const ranges = () => server.requests.map(({ range }) => range).filter((range) => range?.[1] !== 0)
const same = (bytes: Uint8Array, offset: number) =>
  expect(Buffer.compare(bytes, content.subarray(offset, offset + bytes.byteLength))).toBe(0)

describe('what is cached', () => {
  test('needs no request, neither in this process nor in the next', async () => {
    const file = await openCached().open('big')
    same(await file.read(BLOCK_BYTES - 10, 20), BLOCK_BYTES - 10)
    expect(ranges()).toEqual([[0, 2 * BLOCK_BYTES - 1]])
    server.clear()
    same(await file.read(BLOCK_BYTES + 5, 1000), BLOCK_BYTES + 5)
    expect(server.requests).toHaveLength(0)
    const store = openCached()
    const again = await store.open('big')
    same(await again.read(3, 2 * BLOCK_BYTES - 3), 3)
    expect(ranges()).toEqual([])
    expect(store.stats?.()).toMatchObject({ requests: 1, cache: { hits: 2, misses: 0, damaged: 0, unwritten: 0 } })
  })

  test('gives the bytes of the file for any range', async () => {
    const file = await openCached().open('big')
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE), fc.nat(2 * BLOCK_BYTES), async (offset, length) => {
        const inside = Math.min(length, SIZE - offset)
        const bytes = await file.read(offset, inside)
        expect(bytes.byteLength).toBe(inside)
        expect(bytes.buffer.byteLength).toBe(inside)
        same(bytes, offset)
      }),
      { numRuns: 30 },
    )
    expect((await faultOf(file.read(SIZE - 1, 2))).code).toBe('MIMICIT_CORRUPT')
    expect(blocksIn()).toHaveLength(6)
  })

  test('is asked for once, however many ask at once', async () => {
    const file = await openCached().open('big')
    const got = await Promise.all([file.read(0, 10), file.read(20, 10), file.readMany!([{ offset: 5, length: 5 }])])
    same(got[2][0]!, 5)
    expect(ranges()).toEqual([[0, BLOCK_BYTES - 1]])
  })

  test('belongs to one version of the file', async () => {
    writeFileSync(join(files, 'changing'), 'first')
    expect(Buffer.from(await openCached().readAll('changing')).toString()).toBe('first')
    writeFileSync(join(files, 'changing'), 'other')
    expect(Buffer.from(await openCached().readAll('changing')).toString()).toBe('other')
  })

  test('is nothing where the server gives no version', async () => {
    server.script = () => ({ kind: 'headers', headers: { etag: null } })
    expect(Buffer.from(await openCached().readAll('small')).toString()).toBe('small')
    expect(blocksIn()).toEqual([])
    server.script = () => ({
      kind: 'headers',
      headers: { etag: null, 'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT' },
    })
    await openCached().readAll('small')
    expect(blocksIn()).toHaveLength(1)
  })

  test('is nothing with a limit of 0, and no directory is made', async () => {
    const store = openStore(server.url)
    open.push(store)
    expect(withCache(store, { dir, maxBytes: 0 })).toBe(store)
    await openCached(0).readAll('small')
    expect(existsSync(dir)).toBe(false)
  })
})

describe('the limit', () => {
  test('holds at any time, and what was used last stays', async () => {
    const room = 3 * (BLOCK_BYTES + BLOCK_OVERHEAD)
    let now = 1e12
    const tick = () => {
      now += 1000
      return now
    }
    const blocks = await openBlockDirectory(dir, room, tick)
    const name = (i: number) => `${i.toString(16).padStart(2, '0')}${'0'.repeat(62)}.block`
    for (let i = 0; i < 12; i++) {
      expect(await blocks.write(name(i), [Buffer.alloc(BLOCK_OVERHEAD), Buffer.alloc(BLOCK_BYTES, i)])).toBe(true)
      expect(bytesIn()).toBeLessThanOrEqual(room)
      const time = new Date(tick())
      utimesSync(blocksIn().find((path) => path.endsWith(name(i)))!, time, time)
      // The first block is read again and again, so it outlives those that came later.
      expect(await blocks.read(name(0)), `block 0 after block ${i}`).toBeDefined()
    }
    expect(blocks.evicted).toBeGreaterThanOrEqual(9)
    expect(await blocks.write(name(99), [Buffer.alloc(room + 1)])).toBe(false)
    expect(await blocks.read(name(0))).toBeDefined()
  })

  test('smaller than a block keeps nothing and reads on', async () => {
    const store = openCached(1000)
    same(await (await store.open('big')).read(0, 5000), 0)
    expect(blocksIn()).toEqual([])
    expect(store.stats?.().cache).toMatchObject({ misses: 1, unwritten: 1 })
  })

  test('deletes nothing that a cache did not make', async () => {
    const room = 2 * (BLOCK_BYTES + BLOCK_OVERHEAD)
    const first = openCached(room)
    same(await (await first.open('big')).read(0, 10), 0)
    const shelf = join(blocksIn()[0]!, '..')
    const elsewhere = join(root, 'elsewhere')
    const foreignName = `${'ab'.repeat(32)}.block`
    mkdirSync(elsewhere, { recursive: true })
    writeFileSync(join(elsewhere, foreignName), 'precious')
    const foreign = [
      join(dir, 'notes.txt'),
      join(dir, foreignName),
      join(shelf, 'notes.txt'),
      join(shelf, `${'z'.repeat(64)}.block`),
      join(dir, 'photos', foreignName),
      join(dir, 'tmp', 'mine.txt'),
      join(elsewhere, foreignName),
    ]
    mkdirSync(join(dir, 'photos'))
    for (const path of foreign) {
      writeFileSync(path, 'precious')
      utimesSync(path, 0, 0)
    }
    // A shelf that is a link, and a block that is one.
    symlinkSync(elsewhere, join(dir, shelf.endsWith('ab') ? 'ac' : 'ab'))
    const link = join(shelf, `${shelf.slice(-2)}${'0'.repeat(62)}.block`)
    symlinkSync(join(elsewhere, foreignName), link)
    lutimesSync(link, 0, 0)
    const store = openCached(room)
    same(await (await store.open('big')).read(0, SIZE), 0)
    expect(store.stats?.().cache?.evicted).toBeGreaterThan(0)
    for (const path of foreign) expect(readFileSync(path, 'utf8'), path).toBe('precious')
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
  })

  test('is refused in a directory with other things in it, which stay', async () => {
    mkdirSync(dir)
    writeFileSync(join(dir, 'thesis.doc'), 'precious')
    const fault = await faultOf(openCached().open('big'))
    expect(fault.code).toBe('MIMICIT_NOT_EMPTY')
    expect(fault.message).toContain(dir)
    expect(readdirSync(dir)).toEqual(['thesis.doc'])
  })
})

describe('what goes wrong', () => {
  const damage: [string, (path: string) => void][] = [
    ['cut short', (path) => truncateSync(path, 1000)],
    ['empty', (path) => truncateSync(path, 0)],
    ['longer', (path) => writeFileSync(path, 'x', { flag: 'a' })],
    ['of zeros', (path) => writeFileSync(path, Buffer.alloc(statSync(path).size))],
    [
      'with a flipped bit',
      (path) => {
        const bytes = readFileSync(path)
        bytes[BLOCK_OVERHEAD + 77]! ^= 1
        writeFileSync(path, bytes)
      },
    ],
    ['a whole block of another place', (path) => writeFileSync(path, Buffer.concat(encodeBlock('other', content)))],
  ]

  test.each(damage)('a block that is %s is fetched again', async (_, spoil) => {
    await (await openCached().open('big')).read(0, 1)
    const [path] = blocksIn()
    spoil(path!)
    server.clear()
    const store = openCached()
    same(await (await store.open('big')).read(0, 1000), 0)
    expect(ranges()).toEqual([[0, BLOCK_BYTES - 1]])
    expect(store.stats?.().cache).toMatchObject({ damaged: 1, misses: 1 })
    expect(statSync(path!).size).toBe(BLOCK_BYTES + BLOCK_OVERHEAD)
  })

  test('a writer that is killed in the middle leaves nothing that is taken for whole', async () => {
    // A process of its own begins a block in the cache and dies before the rename.
    await (await openCached().open('small')).read(0, 1)
    const half = join(dir, 'tmp', '4711-0123456789abcdef.half')
    const code = `require('fs').writeFileSync(process.argv[1], 'mimicit block 1'); process.kill(process.pid, 'SIGKILL')`
    expect(spawnSync(process.execPath, ['-e', code, half]).signal).toBe('SIGKILL')
    expect(existsSync(half)).toBe(true)
    same(await (await openCached().open('big')).read(0, 10), 0)
    // It may be one that is just being written, so it goes only when it was not touched for long.
    expect(existsSync(half)).toBe(true)
    utimesSync(half, 0, 0)
    same(await (await openCached().open('big')).read(BLOCK_BYTES, 10), BLOCK_BYTES)
    expect(existsSync(half)).toBe(false)
  })

  test('a cache that cannot be written costs requests, not the reading', async () => {
    const store = openCached()
    const file = await store.open('big')
    // In the way of every shelf stands a file.
    for (let i = 0; i < 256; i++) writeFileSync(join(dir, i.toString(16).padStart(2, '0')), '')
    same(await file.read(0, 2 * BLOCK_BYTES), 0)
    expect(store.stats?.().cache).toMatchObject({ unwritten: 2, misses: 2 })
    expect(readdirSync(join(dir, 'tmp'))).toEqual([])
  })

  test('a cache that is deleted under way goes on, and is a cache again', async () => {
    const file = await openCached().open('big')
    await file.read(0, 1)
    rmSync(dir, { recursive: true })
    same(await file.read(3 * BLOCK_BYTES, 10), 3 * BLOCK_BYTES)
    expect(existsSync(join(dir, MARKER))).toBe(true)
    expect(blocksIn()).toHaveLength(1)
    same(await (await openCached().open('big')).read(0, 10), 0)
  })

  test('a place where no directory can be made is told', async () => {
    writeFileSync(`${dir}-file`, '')
    const fault = await faultOf(openCached(1e9, join(`${dir}-file`, 'below')).open('big'))
    expect(fault.code).toBe('MIMICIT_IO')
  })

  test('two caches on one directory at once give the right bytes and keep to the limit', async () => {
    const room = 3 * (BLOCK_BYTES + BLOCK_OVERHEAD)
    const both = await Promise.all([openCached(room).open('big'), openCached(room).open('big')])
    for (let round = 0; round < 3; round++) {
      const offsets = [0, 1, 2, 3, 4, 5].map((i) => ((i * (round + 1)) % 6) * BLOCK_BYTES)
      const got = await Promise.all(both.flatMap((file) => offsets.map((offset) => file.read(offset, 1000))))
      got.forEach((bytes, i) => {
        same(bytes, offsets[i % 6]!)
      })
    }
    // Each may go over by a sixteenth before it looks what the other one did.
    await (await openCached(room).open('small')).read(0, 1)
    expect(bytesIn()).toBeLessThanOrEqual(room * (1 + 1 / 8))
    expect(readdirSync(join(dir, 'tmp'))).toEqual([])
    for (const path of blocksIn()) expect(statSync(path).size).toBeGreaterThan(BLOCK_OVERHEAD)
  })
})

test('three processes share one cache: each reads the right bytes, and the limit holds', async () => {
  const room = 4 * (BLOCK_BYTES + BLOCK_OVERHEAD)
  const script = fileURLToPath(new URL('../support/cache-reader.ts', import.meta.url))
  const reader = (order: string) =>
    new Promise<string>((resolve) => {
      const args = ['--import', 'tsx', script, server.url, dir, String(room), order]
      execFile(process.execPath, args, (_, stdout, stderr) => resolve(stdout + stderr))
    })
  const hashes = [0, 1, 2, 3, 4, 5].map((i) => sha256Hex(content.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)))
  const orders = ['012345', '543210', '303142']
  const outputs = await Promise.all(orders.map(reader))
  outputs.forEach((output, i) => {
    expect(output.trim().split('\n')).toEqual([...orders[i]!].map((block) => hashes[Number(block)]))
  })
  // Each of the others may have written one block while this one looked.
  expect(bytesIn()).toBeLessThanOrEqual(room + 2 * (BLOCK_BYTES + BLOCK_OVERHEAD))
  expect(readdirSync(join(dir, 'tmp'))).toEqual([])
})

test('a block is its key and its content, and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array({ maxLength: 200 }), fc.nat(), (key, bytes, at) => {
      const file = Buffer.concat(encodeBlock(key, bytes))
      expect(Buffer.compare(decodeBlock(key, file, bytes.byteLength)!, bytes)).toBe(0)
      expect(decodeBlock(`${key}.`, file, bytes.byteLength)).toBeUndefined()
      expect(decodeBlock(key, file, bytes.byteLength + 1)).toBeUndefined()
      file[at % file.byteLength]! ^= 1 << (at % 8)
      expect(decodeBlock(key, file, bytes.byteLength)).toBeUndefined()
    }),
  )
})
