// The hub store against an emulation of the hub on loopback: revisions, tokens, files that lie elsewhere.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { parseHubLocation } from '../../src/io/hf-store.js'
import { openStore } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'
import { type FaultServer, startFaultServer } from '../support/fault-server.js'
import { tempDir } from '../support/temp-dir.js'
import { testClock } from '../support/test-clock.js'

const root = tempDir()
const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)
const TOKEN = 'hf_sesameopen'
for (const commit of [OLD, NEW]) {
  const files = join(root, 'datasets/org/name/resolve', commit, 'la')
  mkdirSync(files, { recursive: true })
  writeFileSync(join(files, 'text file'), `of ${commit}`)
  writeFileSync(join(files, 'large.bin'), '')
}
writeFileSync(join(root, 'large'), 'large content')

let hub: FaultServer
let storage: FaultServer
let main = OLD
beforeAll(async () => {
  storage = await startFaultServer(root)
  hub = await startFaultServer(root, ({ path, headers }, response) => {
    if (headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end()
      return true
    }
    const revision = /^api\/datasets\/org\/name\/revision\/(.+)$/.exec(path)?.[1]
    if (revision !== undefined) {
      const siblings = ['.gitattributes', 'README.md', 'la/text file', 'la/large.bin'].map((rfilename) => ({
        rfilename,
      }))
      const sha = revision === 'main' || revision === 'refs/pr/1' ? main : undefined
      if (sha === undefined) response.writeHead(404).end()
      else response.end(JSON.stringify({ id: 'org/name', sha, siblings }))
      return true
    }
    if (!path.endsWith('large.bin')) return false
    response.writeHead(302, { location: `${storage.url}/large?X-Signature=x` }).end()
    return true
  })
})
afterAll(() => Promise.all([hub.close(), storage.close()]))
beforeEach(() => {
  main = OLD
  hub.clear()
  storage.clear()
  hub.script = () => undefined
  vi.stubEnv('HF_ENDPOINT', hub.url)
  vi.stubEnv('HF_TOKEN', `${TOKEN}\n`)
})
afterEach(() => vi.unstubAllEnvs())

const openHub = (location: string) => openStore(location, { clock: testClock() })
const text = async (work: Promise<Uint8Array>) => Buffer.from(await work).toString()

test('a revision is resolved once, and what it moves to meanwhile is not read', async () => {
  const store = openHub('hf://datasets/org/name/la')
  expect(await store.exists('text file')).toBe(true)
  main = NEW
  expect(await text(store.readAll('text file'))).toBe(`of ${OLD}`)
  expect(hub.requests.map(({ path }) => path)).toEqual([
    'api/datasets/org/name/revision/main',
    ...Array(2).fill(`datasets/org/name/resolve/${OLD}/la/text file`),
  ])
  expect(await text(openHub('hf://datasets/org/name/la').readAll('text file'))).toBe(`of ${NEW}`)
  expect(await text(openHub('hf://datasets/org/name@refs/pr/1/la/').readAll('text file'))).toBe(`of ${NEW}`)
})

test('lists the files below its directory, without those of the hub', async () => {
  expect(await openHub('hf://datasets/org/name/la').list()).toEqual(['large.bin', 'text file'])
  expect(await openHub('hf://datasets/org/name@main').list()).toEqual(['README.md', 'la/large.bin', 'la/text file'])
})

test('the token goes to the hub and not to its storage, and is shown nowhere', async () => {
  const store = openHub('hf://datasets/org/name@main/la')
  expect(await text(store.readAll('large.bin'))).toBe('large content')
  expect(storage.requests).toHaveLength(2)
  for (const { headers } of storage.requests) expect(headers.authorization).toBeUndefined()
  vi.stubEnv('HF_TOKEN', 'hf_wrong')
  const fault = await faultOf(openHub('hf://datasets/org/name').exists('x'))
  expect(fault.code).toBe('MIMICIT_NETWORK')
  expect(fault.message).toContain('status 401')
  expect(fault.message).toContain('HF_TOKEN')
  expect(inspect([store, fault], { depth: 20 })).not.toMatch(/hf_(wrong|sesame)/)
})

test('the API is tried again like everything else, and a failure is not remembered', async () => {
  hub.script = ({ index }) => (index === 0 ? { kind: 'status', status: 429 } : undefined)
  const store = openHub('hf://datasets/org/name/la')
  expect(await store.exists('text file')).toBe(true)
  expect(store.stats?.()).toMatchObject({ requests: 3, retries: 1 })
  const unlucky = openHub('hf://datasets/org/name/la')
  hub.script = () => ({ kind: 'status', status: 503 })
  expect((await faultOf(unlucky.exists('text file'))).code).toBe('MIMICIT_NETWORK')
  hub.script = () => undefined
  expect(await unlucky.exists('text file')).toBe(true)
})

test('an unknown revision and an answer that is none are told', async () => {
  expect((await faultOf(openHub('hf://datasets/org/name@nope').exists('x'))).code).toBe('MIMICIT_NOT_FOUND')
  const odd = await startFaultServer(root, (_, response) => {
    response.end('<html>')
    return true
  })
  vi.stubEnv('HF_ENDPOINT', odd.url)
  const fault = await faultOf(openHub('hf://datasets/org/name').exists('x'))
  expect(fault.code).toBe('MIMICIT_NETWORK')
  expect(fault.message).toContain('the commit of a revision')
  await odd.close()
})

describe('a location', () => {
  test.each([
    ['hf://datasets/org/name', { name: 'org/name', revision: 'main', directory: '' }],
    ['hf://datasets/org/name/', { name: 'org/name', revision: 'main', directory: '' }],
    ['hf://datasets/org/na.me@v1.0/a/b', { name: 'org/na.me', revision: 'v1.0', directory: 'a/b' }],
    ['hf://datasets/o/n@refs/convert/parquet/x', { name: 'o/n', revision: 'refs/convert/parquet', directory: 'x' }],
    ['hf://datasets/o/n@feature%2Fx', { name: 'o/n', revision: 'feature/x', directory: '' }],
  ])('%s', (location, parts) => expect(parseHubLocation(location)).toEqual(parts))

  test.each(['hf://org/name', 'hf://datasets/name', 'hf://datasets/org/name@', 'hf://models/org/name'])(
    '%s is none',
    async (location) => {
      expect((await faultOf(() => parseHubLocation(location))).code).toBe('MIMICIT_BAD_VALUE')
    },
  )
})
