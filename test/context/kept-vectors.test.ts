// Pictures are looked at once: a build that was stopped goes on with the vectors that it has.
import { appendFile, readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildContext } from '../../src/context/build.js'
import type { PictureEmbedder } from '../../src/context/embedders/embedder.js'
import { registerEmbedder } from '../../src/context/embedders/registry.js'
import { keepVectors } from '../../src/context/kept-vectors.js'
import { faultOf } from '../support/fault.js'
import { tasks, writeTasks } from '../support/task-dataset.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const data = join(root, 'set')
/** Pictures that were looked at, and how each is seen. */
const seen: string[] = []
let turn = 0

beforeAll(async () => {
  await writeTasks(data, tasks())
  registerEmbedder(
    'counting',
    async (): Promise<PictureEmbedder> => ({
      kind: 'image',
      dimensions: 3,
      identity: `counting ${turn}`,
      batch: 4,
      async embed(pictures) {
        seen.push(...pictures.map(({ where }) => where))
        return Float32Array.from(pictures.flatMap(({ bytes }) => [bytes.length, bytes.at(-9)!, bytes.at(-10)!]))
      },
    }),
  )
})

const options = { name: 'near', select: 'image-similarity', k: 2, embedders: { image: 'counting' } } as const
/** Builds until `done` of a stage. */
async function stopAt(stage: string, done: number): Promise<void> {
  const stop = new AbortController()
  const onProgress = (progress: { readonly stage: string; readonly done: number }) => {
    if (progress.stage === stage && progress.done >= done) stop.abort()
  }
  const fault = await faultOf(buildContext(data, { ...options, replace: true, onProgress, signal: stop.signal }, 8))
  expect(fault.code).toBe('MIMICIT_ABORTED')
}
const whole = async () => {
  const { manifest } = await buildContext(data, { ...options, replace: true })
  return manifest.contexts.near!.shards.map(({ sha256 }) => sha256)
}

test('a build that was stopped looks at no picture twice, and gives the table of one that was not', async () => {
  const plain = await whole()
  const all = seen.length
  seen.length = 0
  await stopAt('looking at pictures', 8)
  expect(seen.length).toBeLessThan(all)
  await stopAt('choosing contexts', 8)
  expect(seen).toHaveLength(all)
  expect(await whole()).toEqual(plain)
  expect(seen).toHaveLength(all)
})

test('vectors of something else are not used, and a record that was cut off is made again', async () => {
  seen.length = 0
  await stopAt('choosing contexts', 8)
  const all = seen.length
  const draft = `${data}.context-near`
  const [file] = (await readdir(draft)).filter((name) => name.startsWith('vectors-'))
  await truncate(join(draft, file!), 16 * 4 + 5)
  seen.length = 0
  await stopAt('choosing contexts', 8)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.length).toBeLessThan(all)
  turn = 1
  seen.length = 0
  await whole()
  expect(seen).toHaveLength(all)
})

test('what was kept comes back as it was, half a record at the end left out', async () => {
  const kept = keepVectors({ directory: root }, 'image', 'mine', 2)
  await kept.restore(4, () => expect.fail('nothing is there'))
  await kept.add([2, 0], Float32Array.of(1, 2, 3, 4))
  const [file] = (await readdir(root)).filter((name) => name.startsWith('vectors-'))
  await appendFile(join(root, file!), Buffer.alloc(7))
  const found: unknown[] = []
  const known = await kept.restore(4, (item, vector) => found.push([item, ...vector]))
  expect(found).toEqual([
    [2, 1, 2],
    [0, 3, 4],
  ])
  expect([...known]).toEqual([1, 0, 1, 0])
  await kept.add([1], Float32Array.of(5, 6))
  await kept.restore(4, (item, vector) => found.push([item, ...vector]))
  expect(found.at(-1)).toEqual([1, 5, 6])
})
