// serve-batches as a process: it can be stopped while it waits for a reader, and fills no terminal with bytes.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
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

it('fills no files that another machine could name', async () => {
  const argv = ['serve-batches', data, '--listen', 'tcp:0', '--shared-memory']
  const run = (await createProgram(argv)).parseAsync(argv, { from: 'user' })
  await expect(run).rejects.toMatchObject({
    code: 'MIMICIT_BAD_VALUE',
    message: /--listen with --shared-memory.*tcp:0/,
  })
})

it('fills files that are named on standard input, and ends by itself', async () => {
  const path = join(dir, 'lent')
  writeFileSync(path, '')
  const main = join(ROOT, 'dist/cli/main.js')
  const args = [main, 'serve-batches', data, '--batch-size', '100', '--shared-memory', '--json']
  const child = spawn(process.execPath, args)
  const said = { out: '', error: '' }
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
    child.stdin.write(`${path}\n`)
  })
  child.stdin.write(`${path}\n`)
  child.stdin.on('error', () => undefined)
  expect(await once(child, 'close'), said.error).toEqual([0, null])
  const lengths = said.out.trim().split('\n').map(Number)
  const { batches, bytes } = JSON.parse(said.error.trim().split('\n').at(-1)!)
  expect([lengths.length, lengths.reduce((sum, length) => sum + length, 0)]).toEqual([batches, bytes])
})

it.each([
  ['a pipe, which holds the thread that writes', [], {}, 1],
  ['files, which others fill', ['--shared-memory'], {}, 0],
  ['files without pixels, which leave a core free', ['--shared-memory'], { mediaLayout: 'text-only' }, 1],
] as const)('makes batches for %s with as many threads as that takes', async (_, flags, more, threads) => {
  const counter = join(dir, 'count-threads.cjs')
  writeFileSync(
    counter,
    `let started = 0
    process.on('worker', () => started++)
    if (require('node:worker_threads').isMainThread) process.on('exit', () => console.error('threads: ' + started))`,
  )
  const path = join(dir, 'lent')
  writeFileSync(path, '')
  const args = ['--require', counter, join(ROOT, 'dist/cli/main.js'), 'serve-batches', data, ...flags]
  // None that decodes.
  const options = JSON.stringify({ workers: 0, ...more })
  const child = spawn(process.execPath, [...args, '--options', options, '--image-size', '8'])
  child.stdin.on('error', () => undefined)
  child.stdin.write(`${path}\n`)
  child.stdout.on('data', () => child.stdin.write(`${path}\n`))
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  expect(await once(child, 'close'), said).toEqual([0, null])
  expect(said).toContain(`threads: ${threads}`)
})

describe('what is no state', () => {
  const resumed = async (given: string) => {
    const argv = ['serve-batches', data, '--resume', given]
    await (await createProgram(argv)).parseAsync(argv, { from: 'user' })
  }
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const looks = /a loader state such as \{"v": 1, "plan"/

  it.each(['[1]', ' ["a"]', '"state.json"', '5', 'null'])('is told what one looks like: %s', async (given) => {
    await expect(resumed(given)).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE', message: looks })
  })

  it('in a file is told with its path, and so is a file that is none', async () => {
    const list = file('list.json', '[1]')
    const message = expect.stringMatching(looks)
    await expect(resumed(list)).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE', message })
    await expect(resumed(list)).rejects.toThrow(list)
    await expect(resumed(file('cut.json', '{"v": 1'))).rejects.toMatchObject({ code: 'MIMICIT_BAD_JSON', message })
    await expect(resumed(dir)).rejects.toMatchObject({ code: 'MIMICIT_IO' })
    const missing = join(dir, 'no-such.json')
    await expect(resumed(missing)).rejects.toMatchObject({ code: 'MIMICIT_NOT_FOUND', message })
  })

  it('is no list of options either', async () => {
    const argv = ['serve-batches', data, '--options', '[1]']
    const run = (await createProgram(argv)).parseAsync(argv, { from: 'user' })
    await expect(run).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE', message: /options of loadMimicIT such as/ })
  })
})
