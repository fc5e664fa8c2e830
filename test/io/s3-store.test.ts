// The S3 store against an emulation on loopback that checks every signature by itself, straight from the specification
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { openStore } from '../../src/io/store.js'
import { faultOf } from '../support/fault.js'
import { type FaultServer, type SeenRequest, startFaultServer } from '../support/fault-server.js'
import { tempDir } from '../support/temp-dir.js'
import { testClock } from '../support/test-clock.js'

const KEY = 'AKIDEXAMPLE'
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const ODD = "odd (dir)'s+/x y"
const root = tempDir()
mkdirSync(join(root, 'bucket', ODD), { recursive: true })
writeFileSync(join(root, 'bucket', ODD, 'a+b c'), 'content')

/** The signature that a request must have (SigV4, tasks 1 to 3). */
function signatureOf({ path, query, headers }: SeenRequest, signed: readonly string[], region: string): string {
  const rfc3986 = (text: string) =>
    [...Buffer.from(text)].map((byte) =>
      /[A-Za-z0-9\-._~/]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
  const date = String(headers['x-amz-date'])
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`
  const canonical = [
    'GET',
    `/${rfc3986(path).join('')}`,
    query.slice(1).split('&').sort().join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim()}`),
    '',
    signed.join(';'),
    String(headers['x-amz-content-sha256']),
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n')
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${SECRET}`)
  return hmac(key, toSign).toString('hex')
}

/** Whether a request is signed with our key. */
function isSigned(request: SeenRequest, region: string): boolean {
  const header =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  if (header === null || header[1] !== KEY || header[3] !== region) return false
  const signed = header[4]!.split(';')
  const needed = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'))]
  return needed.every((name) => signed.includes(name)) && signatureOf(request, signed, region) === header[5]
}

/** Keys of the bucket, and how the service spells them. */
let keys: readonly string[] = []
let spelling: (key: string) => string
const urlSpelling = (key: string) => encodeURIComponent(key).replaceAll('%20', '+')
let never: 'ending' | undefined

/** A page of two keys, as ListObjectsV2 answers. */
function list(query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? ''
  const from = Number(/^after <(\d+)> & more$/.exec(query.get('continuation-token') ?? '')?.[1] ?? 0)
  const found = keys.filter((key) => key.startsWith(prefix)).sort()
  const page = found
    .slice(from, from + 2)
    .map((key) => `<Contents><Key>${spelling(key)}</Key><Size>1</Size></Contents>`)
  const more = from + 2 < found.length || never === 'ending'
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix>x</Prefix>
${spelling === urlSpelling ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${more}</IsTruncated>${page.join('')}
${more ? `<NextContinuationToken>after &lt;${from + 2}&gt; &amp; more</NextContinuationToken>` : ''}</ListBucketResult>`
}

let server: FaultServer
let region: string | undefined
beforeAll(async () => {
  server = await startFaultServer(root, (request, response) => {
    const good = region === undefined ? request.headers.authorization === undefined : isSigned(request, region)
    if (!good) response.writeHead(403).end()
    else if (request.path === 'bucket/') response.end(list(new URLSearchParams(request.query)))
    return !good || request.path === 'bucket/'
  })
})
afterAll(() => server.close())
beforeEach(() => {
  region = 'eu-west-3'
  server.clear()
  vi.stubEnv('AWS_ENDPOINT_URL', `${server.url}/`)
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
  vi.stubEnv('AWS_SESSION_TOKEN', '')
  vi.stubEnv('AWS_REGION', 'eu-west-3')
})
afterEach(() => vi.unstubAllEnvs())

const location = `s3://bucket/${ODD}`
const read = async () => Buffer.from(await openStore(location, { clock: testClock() }).readAll('a+b c')).toString()

test('requests are signed, odd names and all', async () => {
  expect(await read()).toBe('content')
  expect(server.requests.map(({ path }) => path)).toEqual(Array(2).fill(`bucket/${ODD}/a+b c`))
})

test('a session token is sent and signed', async () => {
  vi.stubEnv('AWS_SESSION_TOKEN', 'temporary')
  expect(await read()).toBe('content')
  expect(server.requests[0]!.headers['x-amz-security-token']).toBe('temporary')
})

test('the region defaults to us-east-1', async () => {
  vi.stubEnv('AWS_REGION', '')
  vi.stubEnv('AWS_DEFAULT_REGION', '')
  region = 'us-east-1'
  expect(await read()).toBe('content')
})

test('without credentials requests are anonymous', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '')
  region = undefined
  expect(await read()).toBe('content')
})

test('the wrong secret is refused once, and told without it', async () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrongsecret')
  const store = openStore(location, { clock: testClock() })
  const fault = await faultOf(store.open('a+b c'))
  expect(fault.code).toBe('MIMICIT_NETWORK')
  expect(fault.message).toContain('status 403')
  expect(inspect([store, fault], { depth: 20 })).not.toContain('wrongsecret')
  expect(server.requests).toHaveLength(1)
})

describe('listing', () => {
  beforeEach(() => {
    never = undefined
    spelling = urlSpelling
    keys = ['b/z', `${ODD}/ü&<b>+ c`, `${ODD}/folder/`, `${ODD}/folder/1`, `${ODD}/0`, `${ODD}x/1`, 'top']
  })
  const list = (where = location) => openStore(where, { clock: testClock() }).list()
  const below = ['0', 'folder/1', 'ü&<b>+ c']

  test('gives what lies below the prefix, page by page, signed, however the names are spelt', async () => {
    expect(await list()).toEqual(below)
    expect(server.requests.length).toBe(2)
    spelling = (key) =>
      key.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&#62;').replaceAll('ü', '&#xFC;')
    expect(await list()).toEqual(below)
    expect(await list('s3://bucket')).toEqual([...keys].filter((key) => !key.endsWith('/')).sort())
  })

  test('is not possible for those who may not, nor where the answer is something else', async () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'wrongsecret')
    expect(await list()).toBeUndefined()
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', SECRET)
    spelling = () => '</Key></ListBucketResult><Key>'
    expect(await list()).toEqual([])
  })

  test('ends where a service always has more', async () => {
    never = 'ending'
    expect((await faultOf(list())).code).toBe('MIMICIT_UNSUPPORTED')
    expect(server.requests.length).toBeLessThan(5)
  })
})

test('a location without a bucket is none', async () => {
  expect((await faultOf(() => openStore('s3:///x'))).code).toBe('MIMICIT_BAD_VALUE')
})
