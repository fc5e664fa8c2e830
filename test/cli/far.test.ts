// Commands on a data set behind a web server: real processes that end by themselves.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FaultServer, type SeenRequest, startFaultServer } from '../support/fault-server.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const root = tempDir()
let server: FaultServer
let far: string
beforeAll(async () => {
  await importFixtures(join(root, 'data'))
  server = await startFaultServer(root)
  far = `${server.url}/data`
})
afterAll(() => server.close())

function mimicit(...args: string[]) {
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      resolve({ status: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

test('info, verify and head read it, and show no credentials', async () => {
  const secret = far.replace('//', '//user:hunter2@')
  const info = await mimicit('info', secret, '--json')
  expect(JSON.parse(info.stdout)).toMatchObject({ location: far, version: 1 })
  const verify = await mimicit('verify', secret)
  expect(verify.stdout).toMatch(/: no issue\n.* those that no table names were not looked for\.\n$/)
  const near = await mimicit('head', join(root, 'data'), '-n', '2')
  const head = await mimicit('head', secret, '-n', '2')
  expect(head.stdout).toBe(near.stdout)
  expect([info, verify, head].map(({ status }) => status)).toEqual([0, 0, 0])
  expect(JSON.stringify([info, verify, head])).not.toContain('hunter2')
})

test('commands keep what they read in a cache, which the next one reads', async () => {
  const cache = ['--cache', join(root, 'cache'), '--cache-bytes', '50MB']
  server.clear()
  const verified = await mimicit('verify', far, ...cache)
  expect([verified.status, verified.stdout]).toEqual([0, expect.stringMatching(/: no issue\n/)])
  const first = server.requests.length
  const out = (name: string) => ['--out', join(root, `cached-${name}`), ...cache]
  for (const [command, ...more] of [
    ['rewrite', far, ...out('rewritten')],
    ['filter', far, '--subset', 'CGD', ...out('filtered')],
    ['export', far, '--to', 'jsonl', ...out('exported')],
  ] as const) {
    const { status, stderr } = await mimicit(command, ...more)
    expect([command, status, stderr]).toEqual([command, 0, expect.any(String)])
  }
  // What is asked for is whether a file changed, not its bytes.
  const bytes = (requests: readonly SeenRequest[]) =>
    requests.reduce((sum, { path, range }) => sum + (range && path.includes('media/') ? range[1] - range[0] + 1 : 0), 0)
  const [once, again] = [bytes(server.requests.slice(0, first)), bytes(server.requests.slice(first))]
  expect(again).toBeLessThan(once / 100)
  const refused = await mimicit('verify', far, '--cache-bytes', 'much')
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('10GB')])
})

test('train reads it and notes where it is, but not with a password', async () => {
  const options = ['--steps', '1', '--batch-size', '1', '--out']
  const refused = await mimicit('train', far.replace('//', '//user:hunter2@'), ...options, join(root, 'refused'))
  expect(refused.status).toBe(2)
  expect(refused.stderr).toContain('MIMICIT_BAD_VALUE')
  expect(refused.stderr).not.toContain('hunter2')
  expect(existsSync(join(root, 'refused'))).toBe(false)
  const trained = await mimicit('train', far, ...options, join(root, 'run'))
  expect(trained.stderr).not.toContain('MIMICIT')
  expect(trained.status).toBe(0)
  const asked = [
    'generate',
    join(root, 'run'),
    '--id',
    'LA_INS_000000516008_0',
    '--shots',
    '1',
    '--max-new-tokens',
    '1',
  ]
  const answer = await mimicit(...asked, '--json')
  expect(answer.status, answer.stderr).toBe(0)
})

test('an address where nothing is ends with a code and a message', async () => {
  const { status, stderr } = await mimicit('info', `${server.url}/nothing`)
  expect(status).toBe(1)
  expect(stderr).toContain('MIMICIT_NOT_A_DATASET')
  expect(stderr).toContain(`${server.url}/nothing`)
})
