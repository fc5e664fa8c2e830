// The range client against a real server on loopback that does everything wrong that a server can.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createRangeClient, type RangeClient, type RangeClientOptions } from '../../src/io/http/range-client.js'
import { backoffMs, DEFAULT_RETRY, isTransient, tryLimitMs } from '../../src/io/http/retry.js'
import { openStore } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'
import { type Fault, type FaultServer, startFaultServer } from '../support/fault-server.js'
import { tempDir } from '../support/temp-dir.js'
import { type TestClock, testClock } from '../support/test-clock.js'

const root = tempDir()
const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) & 255))
mkdirSync(join(root, 'deep dir'))
writeFileSync(join(root, 'file'), content)
writeFileSync(join(root, 'empty'), '')
writeFileSync(join(root, 'deep dir', "odd name (1)'+%.bin"), 'odd')

let server: FaultServer
let clock: TestClock
let client: RangeClient
beforeAll(async () => {
  server = await startFaultServer(root)
})
afterAll(() => server.close())
beforeEach(async () => {
  await client?.close()
  server.script = () => undefined
  server.onStall = () => {}
  server.clear()
  clock = testClock()
  client = createRangeClient({ clock })
})

const urlOf = (path: string) => new URL(path, `${server.url}/`)
/** Faults for the first answers, in order; honest ones after that. */
const first = (...faults: Fault[]) => {
  server.clear()
  server.script = ({ index }) => faults[index]
}
const opened = async (path = 'file') => (await client.facts(urlOf(path)))!
const same = (bytes: Uint8Array, from: number, length: number) =>
  expect(Buffer.compare(bytes, content.subarray(from, from + length))).toBe(0)

describe('an honest server', () => {
  test('one range is one request of exactly its bytes, with the ETag of the file that was opened', async () => {
    const facts = await opened()
    expect(facts.byteLength).toBe(300_000)
    server.clear()
    same(await client.read(urlOf('file'), 1000, 2000, facts), 1000, 2000)
    expect(server.requests.map(({ range }) => range)).toEqual([[1000, 2999]])
    expect(server.requests[0]!.headers).toMatchObject({ 'if-match': facts.etag, 'accept-encoding': 'identity' })
    expect(client.stats()).toEqual({ requests: 2, retries: 0, bytes: 2000 })
    expect(clock.pending).toBe(0)
  })

  test('an answer without a length is as good', async () => {
    const facts = await opened()
    server.script = () => ({ kind: 'headers', headers: { 'content-length': null } })
    same(await client.read(urlOf('file'), 7, 200_000, facts), 7, 200_000)
    expect(client.stats().retries).toBe(0)
  })

  test('an empty file, a missing one, and no bytes at all', async () => {
    expect((await opened('empty')).byteLength).toBe(0)
    expect(await client.facts(urlOf('nothing'))).toBeUndefined()
    server.clear()
    expect((await client.read(urlOf('file'), 5, 0, await opened())).byteLength).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  test('as many requests at once as are allowed warn of nothing: each listens for the stop of all', async () => {
    const warned: Error[] = []
    const warn = (warning: Error) => warned.push(warning)
    process.on('warning', warn)
    const facts = await opened()
    await Promise.all(Array.from({ length: 16 }, (_, i) => client.read(urlOf('file'), i, 1000, facts)))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', warn)
    expect(warned).toEqual([])
  })

  test('no more requests at once than allowed', async () => {
    const few = createRangeClient({ concurrency: 2 })
    const facts = await opened()
    let now = 0
    let most = 0
    const counted = await startFaultServer(root, (_, response) => {
      most = Math.max(most, ++now)
      response.on('close', () => now--)
      return false
    })
    const url = new URL('file', `${counted.url}/`)
    await Promise.all(Array.from({ length: 12 }, (_, i) => few.read(url, i * 10, 10, facts)))
    expect(most).toBe(2)
    await few.close()
    await counted.close()
  })
})

describe('a fault that passes', () => {
  const cases: [string, Fault, want?: { wait?: number; secondFrom?: number }][] = [
    ['status 500', { kind: 'status', status: 500 }],
    ['status 503', { kind: 'status', status: 503 }],
    ['status 408', { kind: 'status', status: 408 }],
    ['status 425', { kind: 'status', status: 425 }],
    ['status 429', { kind: 'status', status: 429 }],
    ['Retry-After in seconds', { kind: 'status', status: 429, headers: { 'retry-after': '7' } }, { wait: 7000 }],
    [
      'Retry-After as a date',
      { kind: 'status', status: 503, headers: { 'retry-after': 'Thu, 01 Jan 1970 00:00:09 GMT' } },
      { wait: 9000 },
    ],
    ['no answer', { kind: 'cut' }],
    ['a body cut short', { kind: 'cut', after: 100_000 }, {}],
    ['a body that ends early without a length', { kind: 'short' }, { secondFrom: 100 + 100_000 }],
    ['a lying Content-Length', { kind: 'wrong-length' }],
    ['another range than was asked for', { kind: 'wrong-range' }],
    ['another length with the same ETag', { kind: 'wrong-total' }],
    ['no Content-Range', { kind: 'headers', headers: { 'content-range': null } }],
  ]

  test.each(cases)('%s: tried again, to the same bytes', async (_, fault, { wait = 125, secondFrom } = {}) => {
    const facts = await opened()
    first(fault)
    same(await client.read(urlOf('file'), 100, 200_000, facts), 100, 200_000)
    expect(server.requests).toHaveLength(2)
    expect(clock.waits).toEqual([wait])
    if (secondFrom !== undefined) expect(server.requests[1]!.range).toEqual([secondFrom, 200_099])
    expect(client.stats().retries).toBe(1)
  })

  test('what a broken body brought is kept', async () => {
    const facts = await opened()
    first({ kind: 'cut', after: 100_000 })
    same(await client.read(urlOf('file'), 0, 300_000, facts), 0, 300_000)
    const [from, to] = server.requests[1]!.range!
    expect(from).toBeGreaterThan(0)
    expect(to).toBe(299_999)
    expect(client.stats().bytes).toBe(300_000)
  })

  test.each([
    ['before the head', undefined],
    ['in the middle of the body', 50_000],
  ])('silence %s: the try is given up, not the request', async (_, after) => {
    const facts = await opened()
    first(after === undefined ? { kind: 'stall' } : { kind: 'stall', after })
    // The time-out of a silence fires when the server has fallen silent; bytes still under way only wind it up again.
    server.onStall = () => clock.fire(DEFAULT_RETRY.timeoutMs)
    same(await client.read(urlOf('file'), 0, 200_000, facts), 0, 200_000)
    expect(server.requests).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  test('a drip is given up as well', async () => {
    const facts = await opened()
    first({ kind: 'stall', after: 10 })
    server.onStall = () => clock.fire(tryLimitMs(DEFAULT_RETRY, 1000))
    same(await client.read(urlOf('file'), 0, 1000, facts), 0, 1000)
    expect(server.requests).toHaveLength(2)
  })

  test('a try that brought a good piece does not wear out patience', async () => {
    const facts = await opened()
    const impatient = createRangeClient({ clock, tries: 2 })
    first({ kind: 'short' }, { kind: 'short' })
    same(await impatient.read(urlOf('file'), 0, 300_000, facts), 0, 300_000)
    first({ kind: 'short' }, { kind: 'short' })
    expect((await faultOf(impatient.read(urlOf('file'), 0, 1000, facts))).message).toContain('after 2 tries')
    await impatient.close()
  })

  test('a look at a file is tried again too', async () => {
    first({ kind: 'status', status: 429 }, { kind: 'wrong-range' }, { kind: 'cut' })
    expect((await opened()).byteLength).toBe(300_000)
    expect(server.requests).toHaveLength(4)
  })
})

describe('a fault that stays', () => {
  const dead = (fault: Fault, path = 'file') => {
    server.clear()
    server.script = (request) => (request.path === path ? fault : undefined)
  }

  test('ends after the last try with what it was', async () => {
    const facts = await opened()
    dead({ kind: 'status', status: 500 })
    const fault = await faultOf(client.read(urlOf('file'), 0, 10, facts))
    expect(fault.code).toBe('MIMICIT_NETWORK')
    expect(fault.message).toContain('status 500, after 7 tries')
    expect(server.requests).toHaveLength(7)
    expect(clock.waits).toEqual([125, 250, 500, 1000, 2000, 4000])
  })

  test('a body that never ends does not fill the memory', async () => {
    const facts = await opened()
    dead({ kind: 'endless' })
    const fault = await faultOf(client.read(urlOf('file'), 0, 200_000, facts))
    expect(fault.code).toBe('MIMICIT_NETWORK')
    expect(fault.message).toContain('more bytes than were asked for, after 7 tries')
    const small = await faultOf(client.whole(urlOf('file'), 1_000_000))
    expect(small.code).toBe('MIMICIT_UNSUPPORTED')
    expect(small.message).toContain('an answer of at most 1000000 bytes')
  })

  test('a server that brings something at every try is followed to the end', async () => {
    const facts = await opened()
    server.clear()
    server.script = ({ range }) => (range![1] - range![0] > 10 ? { kind: 'short' } : undefined)
    const patient = createRangeClient({ clock, tries: 20 })
    same(await patient.read(urlOf('file'), 0, 300_000, facts), 0, 300_000)
    await patient.close()
  })

  test.each([
    ['another ETag', { kind: 'headers', headers: { etag: '"other"' } }, 'the ETag "other"'],
    ['a 412', { kind: 'status', status: 412 }, 'status 412'],
    [
      'another length and no ETag',
      { kind: 'headers', headers: { etag: null, 'content-range': 'bytes 0-9/10' } },
      '10 bytes',
    ],
  ] as [string, Fault, string][])('%s: the file is not the one that was opened', async (_, fault, received) => {
    const facts = await opened()
    dead(fault)
    const error = await faultOf(client.read(urlOf('file'), 0, 10, facts))
    expect(error.code).toBe('MIMICIT_SOURCE_CHANGED')
    expect(error.message).toContain(received)
    expect(server.requests).toHaveLength(1)
  })

  const march = 'Fri, 01 Mar 2024 00:00:00 GMT'
  const april = 'Mon, 01 Apr 2024 00:00:00 GMT'
  test.each([
    ['a weak ETag', { etag: 'W/"1"' }, { etag: 'W/"2"' }, true],
    ['a time of change', { etag: null, 'last-modified': march }, { etag: null, 'last-modified': april }, true],
    ['a weak ETag that became strong', { etag: 'W/"1"' }, { etag: '"1"' }, false],
    ['a weak ETag that is not told again', { etag: 'W/"1"' }, { etag: null, 'last-modified': april }, false],
  ])('%s tells another content where there is no strong one', async (_, before, after, isOther) => {
    first({ kind: 'headers', headers: before }, { kind: 'headers', headers: after })
    const facts = await opened()
    const read = client.read(urlOf('file'), 0, 10, facts)
    if (isOther) expect((await faultOf(read)).code).toBe('MIMICIT_SOURCE_CHANGED')
    else same(await read, 0, 10)
  })

  test.each([
    ['ignores ranges', { kind: 'no-ranges' }, 'MIMICIT_UNSUPPORTED', 'the whole file for a part of it'],
    ['compresses', { kind: 'headers', headers: { 'content-encoding': 'br' } }, 'MIMICIT_UNSUPPORTED', 'br'],
    ['says 404', { kind: 'status', status: 404 }, 'MIMICIT_NOT_FOUND', 'status 404'],
    ['says 403', { kind: 'status', status: 403 }, 'MIMICIT_NETWORK', 'Check the credentials'],
    ['says 501', { kind: 'status', status: 501 }, 'MIMICIT_NETWORK', 'status 501'],
    [
      'knows the bucket elsewhere',
      { kind: 'status', status: 400, headers: { 'x-amz-bucket-region': 'eu-west-3' } },
      'MIMICIT_NETWORK',
      'AWS_REGION',
    ],
  ] as [string, Fault, string, string][])('a server that %s is not asked twice', async (_, fault, code, words) => {
    const facts = await opened()
    dead(fault)
    const error = await faultOf(client.read(urlOf('file'), 0, 10, facts))
    expect(error.code).toBe(code)
    expect(error.message).toContain(words)
    expect(server.requests).toHaveLength(1)
  })

  test('a whole file can be read without ranges', async () => {
    const facts = await opened()
    dead({ kind: 'no-ranges' })
    same(await client.read(urlOf('file'), 0, 300_000, facts), 0, 300_000)
  })

  test('nobody listens', async () => {
    const gone = await startFaultServer(root)
    await gone.close()
    const fault = await faultOf(client.facts(new URL('file', gone.url)))
    expect(fault.code).toBe('MIMICIT_NETWORK')
    expect(fault.message).toContain('ECONNREFUSED, after 7 tries')
  })
})

describe('stopping', () => {
  const stalled = () => new Promise<void>((resolve) => (server.onStall = resolve))

  test.each(['close', 'signal'])(
    'by %s ends requests that hang, those that wait for a place, and later ones',
    async (how) => {
      const stop = new AbortController()
      const own = createRangeClient({ clock, concurrency: 1, signal: stop.signal })
      const facts = await opened()
      server.script = () => ({ kind: 'stall', after: 5 })
      const began = stalled()
      const reads = [faultOf(own.read(urlOf('file'), 0, 10, facts)), faultOf(own.read(urlOf('file'), 50, 10, facts))]
      await began
      if (how === 'signal') stop.abort()
      await own.close()
      const faults = [...(await Promise.all(reads)), await faultOf(own.read(urlOf('file'), 0, 10, facts))]
      expect(faults.map(({ code }) => code)).toEqual(Array(3).fill('MIMICIT_ABORTED'))
      expect(clock.pending).toBe(0)
    },
  )

  test('ends a wait between tries', async () => {
    const stop = new AbortController()
    const waiting: RangeClientOptions = {
      signal: stop.signal,
      clock: {
        ...clock,
        wait: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new Error('aborted')))
            stop.abort()
          }),
      },
    }
    const own = createRangeClient(waiting)
    server.script = () => ({ kind: 'status', status: 500 })
    expect((await faultOf(own.facts(urlOf('file')))).code).toBe('MIMICIT_ABORTED')
    await own.close()
  })
})

describe('credentials and redirects', () => {
  const SECRET = 'c2VjcmV0OnNlc2FtZQ'
  let storage: FaultServer
  /** Where the front sends everything; undefined = it answers itself. */
  let target: (path: string) => string
  let front: FaultServer
  beforeAll(async () => {
    storage = await startFaultServer(root)
    front = await startFaultServer(root, ({ path }, response) => {
      response.writeHead(302, { location: target(path) }).end()
      return true
    })
  })
  afterAll(() => Promise.all([storage.close(), front.close()]))
  beforeEach(() => {
    storage.clear()
    storage.script = () => undefined
    front.clear()
    target = (path) => `${storage.url}/${path}?signature=${SECRET}`
  })
  const withSecret = () => createRangeClient({ clock, authorise: async () => ({ authorization: `Bearer ${SECRET}` }) })
  const file = () => new URL('file', `${front.url}/`)

  test('stay at their host, and the way is asked for once', async () => {
    const own = withSecret()
    const facts = (await own.facts(file()))!
    same(await own.read(file(), 5, 10, facts), 5, 10)
    same(await own.read(file(), 50, 10, facts), 50, 10)
    expect(front.requests).toHaveLength(1)
    expect(front.requests[0]!.headers.authorization).toBe(`Bearer ${SECRET}`)
    expect(storage.requests.map(({ query }) => query)).toEqual(Array(3).fill(`?signature=${SECRET}`))
    expect(storage.requests.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined])
    await own.close()
  })

  test('a way that has expired is asked for again, without a failed try', async () => {
    const own = withSecret()
    const facts = (await own.facts(file()))!
    storage.script = ({ index }) => (index === 1 ? { kind: 'status', status: 403 } : undefined)
    same(await own.read(file(), 5, 10, facts), 5, 10)
    expect(front.requests).toHaveLength(2)
    expect(own.stats().retries).toBe(0)
    await own.close()
  })

  test('appear in no error, whatever fails', async () => {
    const own = withSecret()
    const facts = (await own.facts(file()))!
    const faults = []
    for (const fault of [
      { kind: 'cut' },
      { kind: 'status', status: 403 },
      { kind: 'status', status: 500 },
    ] as Fault[]) {
      storage.script = () => fault
      faults.push(await faultOf(own.read(file(), 5, 10, facts)))
    }
    storage.script = () => undefined
    for (const place of ['ftp://user:hunter2@host/', 'http://', `http://user:hunter2@127.0.0.1:1/${SECRET}`]) {
      target = () => place
      faults.push(await faultOf(withSecret().facts(file())))
    }
    const broken = createRangeClient({ clock, authorise: async () => ({ authorization: `Bearer ${SECRET}\n` }) })
    faults.push(await faultOf(broken.facts(file())))
    expect(faults.map(({ code }) => code)).toEqual([...Array(6).fill('MIMICIT_NETWORK'), 'MIMICIT_BAD_VALUE'])
    for (const fault of faults) {
      const everything = inspect(fault, { depth: 20, showHidden: true }) + fault.stack + JSON.stringify(fault)
      expect(everything).not.toContain(SECRET)
      expect(everything).not.toContain('hunter2')
    }
    await Promise.all([own.close(), broken.close()])
  })

  test('redirects without end are told', async () => {
    target = (path) => `/${path}`
    const fault = await faultOf(client.facts(file()))
    expect(fault.message).toContain('more than 5')
    expect(front.requests).toHaveLength(6)
  })

  test('in a location become a header and are shown nowhere', async () => {
    const [, host] = server.url.split('//')
    const store = openStore(`http://us%40er:hunter2@${host}/deep%20dir?sig=${SECRET}#x`, { clock })
    expect(store.location).toBe(`http://${host}/deep%20dir`)
    expect(Buffer.from(await store.readAll("odd name (1)'+%.bin")).toString()).toBe('odd')
    const [request] = server.requests
    expect(request!.headers.authorization).toBe(`Basic ${Buffer.from('us@er:hunter2').toString('base64')}`)
    expect(request!.query).toBe(`?sig=${SECRET}`)
    const fault = await faultOf(store.open('none'))
    expect(fault.code).toBe('MIMICIT_NOT_FOUND')
    expect(inspect([fault, store], { depth: 20 })).not.toMatch(/hunter2|c2VjcmV0/)
    await store.close?.()
  })
})

describe('a file of a store', () => {
  test('joins reads of one turn, refuses what lies outside, and keeps to the version it was opened with', async () => {
    const store = openStore(server.url, { clock })
    const file = await store.open('file')
    server.clear()
    const wanted = [
      { offset: 200_000, length: 10 },
      { offset: 0, length: 20 },
      { offset: 50, length: 30 },
    ]
    const got = await file.readMany!(wanted)
    got.forEach((bytes, i) => {
      same(bytes, wanted[i]!.offset, wanted[i]!.length)
      expect(bytes.buffer.byteLength).toBe(wanted[i]!.length)
    })
    expect(server.requests.map(({ range }) => range)).toEqual([
      [0, 79],
      [200_000, 200_009],
    ])
    for (const [offset, length] of [
      [-1, 2],
      [299_999, 2],
      [0, 2 ** 40],
      [Number.NaN, 1],
    ] as const) {
      expect((await faultOf(file.read(offset, length))).code).toBe('MIMICIT_CORRUPT')
    }
    expect((await faultOf(store.open('../file'))).code).toBe('MIMICIT_BAD_VALUE')
    server.script = () => ({ kind: 'headers', headers: { etag: '"new"' } })
    const again = await store.open('file')
    expect((await faultOf(again.read(0, 1))).code).toBe('MIMICIT_SOURCE_CHANGED')
    expect(await store.list()).toBeUndefined()
    await store.close?.()
  })
})

test('a server that claims a whole file of any size does not make us reserve it', async () => {
  const store = openStore(server.url, { clock })
  server.script = () => ({ kind: 'headers', headers: { 'content-range': `bytes 0-0/${2 ** 45}` } })
  const fault = await faultOf(store.readAll('file'))
  expect(fault.code).toBe('MIMICIT_CORRUPT')
  expect(fault.message).toContain(String(2 ** 45))
  await store.close?.()
})

describe('the wait before another try', () => {
  const policy = { ...DEFAULT_RETRY, backoffMs: 100, maxBackoffMs: 1000 }

  test('doubles up to its limit, half of it by chance', () => {
    expect([1, 2, 3, 4, 5, 9].map((n) => backoffMs(policy, n, null, 0, 0))).toEqual([50, 100, 200, 400, 500, 500])
    expect(backoffMs(policy, 1, null, 0.999, 0)).toBeCloseTo(99.95)
  })

  test('is what the server asks for, within reason, and never less than ours when it asks for none', () => {
    const asked = (value: string, now = 0) => backoffMs(policy, 3, value, 0, now)
    expect([asked('2'), asked(' 3 '), asked('99999')]).toEqual([2000, 3000, 10_000])
    expect(asked('Wed, 21 Oct 2015 07:28:00 GMT', Date.UTC(2015, 9, 21, 7, 27, 55))).toBe(5000)
    expect(asked('Wed, 21 Oct 2015 07:28:00 GMT', Date.UTC(2026, 1))).toBe(200)
    expect([asked('0'), asked('soon'), asked('5 apples'), asked('-1'), asked('')]).toEqual(Array(5).fill(200))
  })

  test('comes after the statuses that pass, and no others', () => {
    expect([408, 425, 429, 500, 502, 503, 504, 599].every(isTransient)).toBe(true)
    expect([200, 206, 301, 400, 401, 403, 404, 409, 410, 412, 416, 501, 505].some(isTransient)).toBe(false)
  })
})
