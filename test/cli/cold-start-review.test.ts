// `mimicit syphus cold-start --review` as it is run: the address on standard error, decisions over the connection, JSON on
// standard output, and an end of the process when the person has finished.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { freshDist, ROOT } from '../fresh-dist.js'
import { clientOf } from '../serve/client.js'
import { writeReviewed } from '../serve/review.js'
import { tempDir } from '../support/temp-dir.js'

const dir = tempDir()
const paths = writeReviewed(dir)
const main = join(ROOT, 'dist/cli/main.js')
const args = (out: string) => ['syphus', 'cold-start', paths.captions, '--task', 'visual-qa', '--out', join(dir, out)]
beforeAll(() => freshDist())

test('a review from the first candidate to the file of examples', async () => {
  const review = ['--review', '--images', paths.images, '--no-open', '--per-round', '1', '--json']
  const child = spawn(process.execPath, [main, ...args('examples.json'), ...review], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  const url = await new Promise<URL>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /http:\S+/.exec(said)?.[0]
      if (found !== undefined) resolve(new URL(found))
    })
    child.once('exit', () => reject(new Error(said)))
  })
  const exit = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const client = clientOf({ origin: url.origin, token: url.searchParams.get('token')! } as Parameters<
    typeof clientOf
  >[0])
  const answer = async (question: number, kind: string) => {
    // The candidate may not be there yet.
    for (;;) {
      const { status } = await client.post('/api/cold-start/answers', { question, answer: { kind } })
      if (status === 200) return
      await new Promise(setImmediate)
    }
  }
  await answer(1, 'accept')
  await answer(2, 'finish')
  expect([await exit, said]).toEqual([0, expect.stringContaining('only on this machine')])
  expect(JSON.parse(printed)).toMatchObject({ finished: true, out: join(dir, 'examples.json') })
  expect(JSON.parse(readFileSync(join(dir, 'examples.json'), 'utf8')).examples).toHaveLength(1)
})

test('pictures are for a page', () => {
  const { status, stderr } = spawnSync(process.execPath, [main, ...args('none.yaml'), '--images', dir], {
    encoding: 'utf8',
  })
  expect([status, stderr]).toEqual([expect.any(Number), expect.stringContaining('MIMICIT_BAD_VALUE')])
  expect(status).not.toBe(0)
})
