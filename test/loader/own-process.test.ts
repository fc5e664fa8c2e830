// Streams in a process of their own: whichever way one is left, no thread of it keeps the process alive, the threads that are
// being closed included.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { importFixtures } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const set = join(tempDir(), 'set')
const child = fileURLToPath(new URL('../support/closing-child.js', import.meta.url))
beforeAll(() => importFixtures(set))

test.concurrent.each(['return', 'abort', 'close, not awaited', 'here'])(
  'left by %s',
  async (way) => {
    // A process that does not end is killed, which is an error.
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [child, set, way], { timeout: 60_000 })
    expect([stdout, stderr]).toEqual([`left by ${way}`, ''])
  },
  70_000,
)
