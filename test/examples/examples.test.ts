// Every example as a reader runs it, on small numbers: each is a process of its own, on the compiled package, and what it
// prints is what its first lines promise. Those in Python are in the files beside this one, but for the plain loop.
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { freshDist, ROOT } from '../fresh-dist.js'
import { importFixtures } from '../support/fixtures.js'
import { startLlmServer } from '../support/llm-server.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const python = process.env.MIMICIT_PYTHON ?? 'python3'

beforeAll(freshDist)

/** Runs an example that does what it says, without a word on standard error; its output. */
async function example(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { status, out, error } = await run(name, args, env)
  expect([status, error]).toEqual([0, ''])
  return out
}

async function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const all = ['--import', 'tsx', join('examples', `${name}.ts`), ...args]
  const child = spawn(process.execPath, all, { cwd: ROOT, env: { ...process.env, ...env } })
  const said = { out: '', error: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text
  })
  const status = await new Promise((resolve) => child.once('close', resolve))
  return { status, ...said }
}

test('all examples are here, or have a test of their own', () => {
  const here = ['from-http', 'mix-and-pack', 'own-data', 'resume-ranks', 'syphus-photos']
  const elsewhere = ['demo', 'swap-context'] // test/long
  const found = readdirSync(join(ROOT, 'examples')).filter((name) => /\.[jt]s$/.test(name))
  expect(found.map((name) => name.replace(/\.\w+$/, '')).sort()).toEqual([...here, ...elsewhere].sort())
})

describe.concurrent('the example', { timeout: 240_000 }, () => {
  test('from-http reads by ranges, and a second epoch asks for nothing', async () => {
    const lines = (await example('from-http')).trim().split('\n')
    expect(lines[0]).toMatch(/^epoch 0: [1-9]\d* requests, [1-9]\d* bytes/)
    expect(lines[1]).toMatch(/^epoch 1: 0 requests, /)
  })

  test('own-data makes a data set of JSON Lines, trains and answers', async () => {
    const said = await example('own-data', [], { STEPS: '6' })
    expect(said).toMatch(/^8 pairs, 4 pictures, verified: true$/m)
    const [, first, last] = /^loss (\d+\.\d+) -> (\d+\.\d+) in 6 steps$/m.exec(said) ?? []
    expect(Number(last)).toBeLessThan(Number(first))
    expect(said).toMatch(/^What is this\? -> .* \(written: It is a room\.\)$/m)
  })

  test('mix-and-pack keeps the weights and saves padding', async () => {
    const said = await example('mix-and-pack')
    expect(said).toContain('weights 3 and 1: 150 samples of LA, 50 of CGD\n')
    const [, rows] = /^packed: 200 samples in (\d+) rows/m.exec(said) ?? []
    expect(Number(rows)).toBeLessThan(100)
    const [, padding, plain] = /^(\d+) tokens of padding instead of (\d+)$/m.exec(said) ?? []
    expect(Number(padding)).toBeLessThan(Number(plain) / 4)
  })

  test('resume-ranks goes on with four ranks where two stopped', async () => {
    expect(await example('resume-ranks')).toContain('10 steps, the same samples as one rank all along')
  })

  test('syphus-photos leaves out what is no picture, and asks for nothing where there is none', async () => {
    const server = await startLlmServer({ answer: () => 'Nobody is asked.' })
    try {
      const photos = join(dir, 'no photos')
      mkdirSync(join(photos, 'folder.jpg'), { recursive: true })
      const env = { OUT: join(dir, 'none') }
      const none = await run('syphus-photos', [photos, server.url], env)
      expect(none).toEqual({ status: 2, out: '', error: `no photograph in ${photos}: it takes .jpg, .jpeg, .png\n` })
      writeFileSync(join(photos, 'text.jpg'), 'I am no picture')
      const text = await run('syphus-photos', [photos, server.url], env)
      expect([text.status, text.error]).toEqual([
        2,
        expect.stringMatching(/^ {3}text\.jpg is left out.*\nno photo.*\n$/),
      ])
      const missing = await run('syphus-photos', [join(photos, 'nowhere'), server.url], env)
      expect([missing.status, missing.error]).toEqual([
        2,
        expect.stringMatching(/^no folder of photographs: ENOENT.*\n$/),
      ])
      expect(server.asked.size).toBe(0)
    } finally {
      await server.close()
    }
  })

  test('syphus-photos asks a model on this machine about every photograph', async () => {
    const reply = JSON.stringify({
      pairs: [
        { question: 'What stands in the middle of the room?', answer: 'A wooden table with some chairs around it.' },
        { question: 'Which colour are the walls behind the table?', answer: 'The walls behind the table are white.' },
      ],
    })
    const server = await startLlmServer({
      answer: ({ messages }) =>
        JSON.stringify(messages).includes('image_url') ? 'A room with a wooden table. Its walls are white.' : reply,
    })
    try {
      const photos = join(ROOT, 'docs', 'syphus')
      const out = join(dir, 'photos')
      const said = await example('syphus-photos', [photos, server.url, 'a-model'], { OUT: out })
      expect(said).toMatch(/^1\. a-model at \S+ looks at 16 photographs$/m)
      expect(Number(/^3\. (\d+) pairs in /m.exec(said)?.[1])).toBeGreaterThan(0)
      expect(server.asked.size).toBeGreaterThanOrEqual(17)
    } finally {
      await server.close()
    }
  })
})

// Not beside the others: these clear the same folder.
test.each([
  ['own-data', ['no-such.jsonl'], /^MIMICIT_NOT_FOUND: .*no-such\.jsonl.*\n$/],
  ['from-http', ['http://127.0.0.1:9/none'], /^MIMICIT_\w+: .*127\.0\.0\.1:9.*\n$/],
  ['swap-context', ['many'], /^MIMICIT_BAD_VALUE: .*steps.*\n$/],
] as const)('%s says what is wrong with %j, and no more', { timeout: 240_000 }, async (name, args, error) => {
  const said = await run(name, args)
  expect([said.status, said.error]).toEqual([1, expect.stringMatching(error)])
})

test('torch_loop.py learns from served batches (needs Python with torch and pyarrow)', async (context) => {
  const has = spawnSync(python, ['-c', 'import torch, pyarrow, numpy']).status === 0
  if (!has) {
    const missing = spawnSync(python, ['-B', join(ROOT, 'examples/python/torch_loop.py'), dir], { encoding: 'utf8' })
    if (missing.error === undefined)
      expect(missing.stderr + missing.stdout).toMatch(/pip install (torch|numpy|pyarrow)/)
    return context.skip(`${python} has no torch and pyarrow`)
  }
  await importFixtures(join(dir, 'la'))
  const args = ['-B', join(ROOT, 'examples/python/torch_loop.py'), join(dir, 'la'), '4']
  const { stdout, stderr, status } = spawnSync(python, args, { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const losses = [...stdout.matchAll(/^step \d: loss (\d+\.\d+) over 8 samples$/gm)].map(([, loss]) => Number(loss))
  expect(losses).toHaveLength(4)
  expect(losses.at(-1)).toBeLessThan(losses[0]!)
  expect(stdout).toMatch(/^go on with \{.*"?step"?/m)
}, 240_000)
