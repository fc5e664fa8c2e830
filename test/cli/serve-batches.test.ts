// serve-batches as a process: it can be stopped while it waits for a reader, and fills no terminal with bytes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { createProgram } from '../../src/cli/program.js'
import { freshDist, ROOT } from '../fresh-dist.js'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const data = join(dir, 'data')
beforeAll(async () => {
  freshDist()
  await importFixtures(data)
})

it('ends at Ctrl-C while nobody reads, and leaves no socket', async () => {
  const sockets = tempDir()
  const args = [join(ROOT, 'dist/cli/main.js'), 'serve-batches', data, '--listen', `unix:${join(sockets, 'a.sock')}`]
  const child = spawn(process.execPath, args)
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.includes('waiting at') && !child.killed) child.kill('SIGINT')
  })
  expect(await once(child, 'close'), said).toEqual([130, null])
  expect(said).toContain('MIMICIT_ABORTED')
  expect(readdirSync(sockets)).toEqual([])
})

it.each([[[]], [['--json']]])('sums up on standard error when the reader of a pipe leaves, with %j', async (flags) => {
  const main = join(ROOT, 'dist/cli/main.js')
  const args = [main, 'serve-batches', data, '--epochs', '1000', '--shots', '2', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  expect(await once(child, 'close'), said).toEqual([0, null])
  expect(said).toContain(flags.length > 0 ? '"whole":false' : '; the reader left before the end')
})

it('refuses to write to a terminal', async () => {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY')
  Object.defineProperty(process.stdout, 'isTTY', { value: true, configurable: true })
  try {
    const argv = ['serve-batches', data]
    const run = (await createProgram(argv)).parseAsync(argv, { from: 'user' })
    await expect(run).rejects.toMatchObject({ code: 'MIMICIT_UNSUPPORTED' })
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.stdout, 'isTTY')
    else Object.defineProperty(process.stdout, 'isTTY', before)
  }
})
