// The cache of the vision tower: the same training, the tower run once a picture, and nothing believed that is damaged.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BatchStream } from '../../src/loader/batch.js'
import { createOtter } from '../../src/otter/model.js'
import { presetConfig } from '../../src/otter/presets.js'
import { chooseBackend } from '../../src/tensors/backend.js'
import { tensorMemory } from '../../src/tensors/memory.js'
import type { Tf } from '../../src/tensors/tf.js'
import { train } from '../../src/train/loop.js'
import { openVisionCache } from '../../src/train/vision-cache.js'
import { namingSample, stream, vocabulary } from './world.js'

let tf: Tf
let dir: string
beforeAll(async () => {
  tf = (await chooseBackend('wasm')).tf
  dir = await mkdtemp(join(tmpdir(), 'mimicit-vision-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const PICTURES = 3
/** Three epochs of the same samples. */
const batches = (): BatchStream => stream((i) => namingSample(i % PICTURES, 'train'), PICTURES)
const model = (seed = 3) => createOtter({ tf, config: presetConfig('tiny', vocabulary), seed, trainable: 'published' })

async function run(cacheDir?: string, seed = 3) {
  const otter = model(seed)
  const visionCache = cacheDir === undefined ? undefined : await openVisionCache(cacheDir, otter)
  const losses: number[] = []
  await train({
    model: otter,
    batches: batches(),
    steps: 3,
    lr: 1e-3,
    ...(visionCache !== undefined && { visionCache }),
    onStep: ({ loss }) => {
      losses.push(loss)
    },
  })
  otter.dispose()
  return { losses, counts: visionCache?.counts }
}

test('training is the same, each picture goes through the tower once, and not at all in the next run', async () => {
  const before = tensorMemory(tf).tensors
  const plain = await run()
  const first = await run(dir)
  const second = await run(dir)
  for (const { losses } of [first, second])
    losses.forEach((loss, i) => {
      expect(Math.abs(loss - (plain.losses[i] ?? 0))).toBeLessThan(1e-5)
    })
  const seen = (first.counts?.hits ?? 0) + (first.counts?.misses ?? 0)
  expect(first.counts?.misses).toBe(seen / 3)
  expect(second.counts).toEqual({ hits: seen, misses: 0 })
  expect(tensorMemory(tf).tensors).toBe(before)
})

test('a damaged or torn file is made anew', async () => {
  const [tower = ''] = await readdir(dir)
  const files = (await readdir(join(dir, tower), { recursive: true })).filter((name) => name.endsWith('.f32'))
  const [one = '', other = ''] = files.map((name) => join(dir, tower, name))
  const whole = await readFile(one)
  const damaged = Buffer.from(whole)
  damaged[5] = (damaged[5] ?? 0) ^ 1
  await writeFile(one, damaged)
  await writeFile(other, whole.subarray(0, 100))
  const { counts } = await run(dir)
  expect(counts?.misses).toBe(2)
  expect(await readFile(one)).toEqual(whole)
  expect((await readdir(join(dir, tower))).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('another tower has a place of its own, and a tower that learns has none', async () => {
  expect((await run(dir, 4)).counts?.misses).toBeGreaterThan(0)
  expect(await readdir(dir)).toHaveLength(2)
  const learning = createOtter({ tf, config: presetConfig('tiny', vocabulary), trainable: 'all' })
  await expect(openVisionCache(dir, learning)).rejects.toMatchObject({ code: 'MIMICIT_BAD_VALUE' })
  learning.dispose()
})
