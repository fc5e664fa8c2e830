// A context table whose rows were chosen in parts is that of one process, whatever parts are done by whom and when; pictures
// that one part has looked at no other looks at.
import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { buildContext, buildContextPart } from '../../src/context/build.js'
import type { BuildOptions } from '../../src/context/build-options.js'
import type { PictureEmbedder } from '../../src/context/embedders/embedder.js'
import { registerEmbedder } from '../../src/context/embedders/registry.js'
import { openDataset } from '../../src/shards/dataset.js'
import { verifyDataset } from '../../src/shards/verify/index.js'
import { partsOf } from '../../src/work/part.js'
import { tasks, writeTasks } from '../support/task-dataset.js'
import { tempDir } from '../support/temp-dir.js'

const root = tempDir()
const all = tasks()
const seen: string[] = []
let made = 0

beforeAll(async () => {
  await writeTasks(join(root, 'set'), all)
  registerEmbedder(
    'looking',
    async (): Promise<PictureEmbedder> => ({
      ...{ kind: 'image', dimensions: 3, identity: 'looking', batch: 2 },
      async embed(pictures) {
        seen.push(...pictures.map(({ where }) => where))
        return Float32Array.from(pictures.flatMap(({ bytes }) => [bytes.length, bytes.at(-9)!, bytes.at(-10)!]))
      },
    }),
  )
})

async function copy(): Promise<string> {
  const path = join(root, `copy-${made++}`)
  await cp(join(root, 'set'), path, { recursive: true })
  return path
}

const near: BuildOptions = { name: 'near', select: 'image-similarity', k: 3, embedders: { image: 'looking' } }
const filesOf = async (path: string, name: string) => {
  const dataset = await openDataset(path)
  const { shards, select } = dataset.manifest.contexts[name]!
  await dataset.close()
  return { shards: shards.map(({ sha256 }) => sha256), select }
}

test.each([
  near,
  { name: 'task', select: 'by-task', k: 4, kinds: 'enforce' },
  { name: 'texts', select: 'text-similarity', k: 2, guards: { leaks: false } },
] satisfies BuildOptions[])('parts of $select give the table of one process, whatever is missing', async (options) => {
  const [alone, joined] = [await copy(), await copy()]
  const { report } = await buildContext(alone, options)
  const parts = { directory: join(root, `${options.name}.parts`), count: 5 }
  // Out of order, the second one not at all.
  const chosen: number[] = []
  for (const part of [4, 1, 5, 3].map((index) => ({ index, count: 5 }))) {
    chosen.push(await buildContextPart(joined, options, part, parts.directory, 3))
  }
  expect(chosen.reduce((sum, count) => sum + count)).toBeGreaterThan((all.length * 3) / 5)
  const built = await buildContext(joined, options, 3, parts)
  expect(await filesOf(joined, options.name)).toEqual(await filesOf(alone, options.name))
  expect(built.report).toEqual(report)
  expect((await verifyDataset(joined)).issues).toEqual([])
  await rm(parts.directory, { recursive: true })
})

test('every picture is looked at once by all parts together, also when the join does none of the choosing', async () => {
  const [alone, joined] = [await copy(), await copy()]
  seen.length = 0
  await buildContext(alone, near)
  const once = seen.length
  seen.length = 0
  const parts = { directory: join(root, 'once.parts'), count: 3 }
  for (const part of partsOf(3)) await buildContextPart(joined, near, part, parts.directory)
  await buildContext(joined, near, undefined, parts)
  expect(seen).toHaveLength(once)
  expect(await filesOf(joined, 'near')).toEqual(await filesOf(alone, 'near'))
})

test('parts at the same time share what they look at', async () => {
  const path = await copy()
  seen.length = 0
  await buildContext(await copy(), near)
  const once = seen.length
  seen.length = 0
  const parts = { directory: join(root, 'same-time.parts'), count: 3 }
  await Promise.all(partsOf(3).map((part) => buildContextPart(path, near, part, parts.directory)))
  // Each may have looked at the two that another was looking at.
  expect(seen.length).toBeLessThan(2 * once)
})

test('what parts of another choice have left is not taken', async () => {
  const [alone, joined] = [await copy(), await copy()]
  await buildContext(alone, { ...near, k: 2 })
  const parts = { directory: join(root, 'other.parts'), count: 2 }
  for (const part of partsOf(2)) await buildContextPart(joined, near, part, parts.directory)
  await buildContext(joined, { ...near, k: 2 }, undefined, parts)
  expect(await filesOf(joined, 'near')).toEqual(await filesOf(alone, 'near'))
  expect((await readdir(root)).filter((name) => name.includes('.context-'))).toEqual([])
})
