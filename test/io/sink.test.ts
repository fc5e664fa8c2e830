// A file being written: what goes to the disk in the background is written and told of as everything else.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { sha256 } from '../../src/base/hash.js'
import { createSink } from '../../src/io/sink.js'
import { faultOf } from '../support/fault.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
/** More than goes to the disk at once. */
const PIECES = 20
const piece = randomBytes(5 << 20)

afterEach(() => {
  vi.restoreAllMocks()
})

/** The class of open files, which Node does not name. */
async function fileHandles() {
  const handle = await open(join(dir, 'any'), 'w')
  await handle.close()
  return Object.getPrototypeOf(handle) as Pick<typeof handle, 'datasync'>
}

test('a long file goes to the disk while it is written', async () => {
  const synced = vi.spyOn(await fileHandles(), 'datasync')
  const sink = await createSink(join(dir, 'long'))
  for (let i = 0; i < PIECES; i++) await sink.write(piece)
  expect(synced).toHaveBeenCalledTimes(1)
  const whole = Buffer.concat(Array.from({ length: PIECES }, () => piece))
  const { bytes, sha256: hash } = await sink.finish()
  expect([bytes, hash]).toEqual([whole.byteLength, Buffer.from(sha256(whole)).toString('hex')])
  expect(Buffer.compare(readFileSync(join(dir, 'long')), whole)).toBe(0)
})

test('what fails in the background fails the file, whoever is told of it', async () => {
  for (const end of ['sync', 'finish'] as const) {
    const failing = vi
      .spyOn(await fileHandles(), 'datasync')
      .mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' }))
    const sink = await createSink(join(dir, `failing-${end}`))
    for (let i = 0; i < PIECES; i++) await sink.write(piece)
    const { code } = await faultOf(sink[end]())
    expect([end, code]).toEqual([end, 'MIMICIT_IO'])
    if (end === 'sync') await sink.abort()
    failing.mockRestore()
  }
})

test('a file that is given up is closed when the background is done with it', async () => {
  const handles = await fileHandles()
  let done: () => void = () => undefined
  vi.spyOn(handles, 'datasync').mockReturnValueOnce(
    new Promise((resolve) => {
      done = resolve
    }),
  )
  const sink = await createSink(join(dir, 'given-up'))
  for (let i = 0; i < PIECES; i++) await sink.write(piece)
  let isClosed = false
  const given = sink.abort().then(() => {
    isClosed = true
  })
  // Closing takes a moment of a file that nobody else has to do with.
  await setTimeout(100)
  expect(isClosed).toBe(false)
  done()
  await given
  expect(isClosed).toBe(true)
})
