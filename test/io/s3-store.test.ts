// The S3 store against an emulation on loopback that checks every signature by itself, straight from the specification
// (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
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
function signatureOf({ path, headers }: SeenRequest, signed: readonly string[], region: string): string {
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
    '',
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

let server: FaultServer
let region: string | undefined
beforeAll(async () => {
  server = await startFaultServer(root, (request, response) => {
    const good = region === undefined ? request.headers.authorization === undefined : isSigned(request, region)
    if (!good) response.writeHead(403).end()
    return !good
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

test('a location without a bucket is none', async () => {
  expect((await faultOf(() => openStore('s3:///x'))).code).toBe('MIMICIT_BAD_VALUE')
})
