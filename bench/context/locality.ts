// What laying queries near their contexts saves: pictures that an epoch decodes over those that there are, for scenes and for
// nearest neighbours, in import order and after `rewrite --order locality`. 224 pixels, 64 MB of reuse, which hold 425 pictures:
// by the plan of an epoch, which keeps those and no more, and by the stream itself, where what is being made is at hand too.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sha256 } from '../../src/base/hash.js'
import { randomStream } from '../../src/base/random.js'
import { buildContext } from '../../src/context/build.js'
import { registerEmbedder } from '../../src/context/embedders/registry.js'
import { reorderByLocality } from '../../src/layout/reorder.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import { simulateEpoch } from '../../src/loader/simulate-epoch.js'
import { createDataset } from '../../src/shards/dataset-writer.js'
import { sharp } from '../../src/vision/sharp.js'
import type { Bench } from '../harness.js'

type Report = Parameters<Bench>[0]

const SHOTS = 3
/** Pictures of a scene, and of a cluster of pictures that look alike. */
const SCENE = 8
const CLUSTER = 50
const DIMENSIONS = 32

/** Writes the data set and its two tables: pictures in a random order, one pair on each. */
async function write(dir: string, count: number): Promise<void> {
  const random = randomStream('bench locality')
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
  const writer = await createDataset(dir)
  const jpeg = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#7a6e5c' } })
    .jpeg()
    .toBuffer()
  for (const [row, picture] of order.entries()) {
    // The same picture with a comment of its own, which makes it another file.
    const comment = Buffer.from([0xff, 0xfe, 0, 10, ...Buffer.from(String(picture).padStart(8, '0'), 'latin1')])
    const bytes = Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)])
    const id = `IMG_${picture}`
    const facts = { format: 'jpeg', width: 40, height: 40, clip: null, frameTime: null }
    await writer.addMedia({ ids: [id], bytes, sha256: sha256(bytes), ...facts })
    await writer.addPair({
      ...{ id: `VST_INS_${picture}`, subset: 'VST', split: null, language: 'en' },
      ...{ instruction: `What is ${picture}?`, response: `Number ${picture}.`, mediaKind: 'images', media: [row] },
      ...{ mediaIds: [id], mediaPositions: null, mediaTimes: null },
      metadata: JSON.stringify({ album: String(Math.floor(picture / SCENE)) }),
    })
  }
  await writer.finish({ tool: 'bench' })
}

/** Vectors around the centre of each cluster: the centre plus 0.7 times a normal vector. */
function clustered(count: number): void {
  registerEmbedder('clustered', async () => ({
    ...{ kind: 'table', dimensions: DIMENSIONS, identity: 'clustered', where: 'the bench', rows: count },
    async *vectors() {
      for (let picture = 0; picture < count; picture++) {
        const centre = randomStream('bench centre', Math.floor(picture / CLUSTER))
        const own = randomStream('bench vector', picture)
        yield {
          id: `IMG_${picture}`,
          vector: Float32Array.from({ length: DIMENSIONS }, () => centre.normal() + 0.7 * own.normal()),
        }
      }
    },
  }))
}

const STREAM = { shots: SHOTS, batchSize: 8, maxTokens: 512 } as const

/** Pictures decoded in an epoch over those that there are, by its plan: 224 pixels, 64 MB of reuse. */
async function planned(dir: string, context: string, shuffle: string): Promise<number> {
  const { pictures } = await simulateEpoch(dir, { ...STREAM, context: `stored:${context}`, shuffle })
  return pictures.decoded / pictures.distinct
}

/** The same, counted while the epoch is streamed. */
async function streamed(dir: string, context: string): Promise<number> {
  const loader = loadMimicIT(dir, { ...STREAM, context: `stored:${context}` })
  let samples = 0
  for await (const batch of loader) {
    samples += batch.ids.length
    batch.release()
  }
  return loader.stats().picturesDecoded / samples
}

/** Measures; reports ratios to the pictures that there are. */
export async function locality(report: Report, count: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'mimicit-bench-'))
  const data = join(root, 'set')
  try {
    await write(data, count)
    clustered(count)
    const embedders = { image: 'clustered' }
    const common = { k: SHOTS, guards: { leaks: false } }
    await buildContext(data, { ...common, name: 'scene', select: 'same-scene' })
    await buildContext(data, { ...common, name: 'nearest', select: 'image-similarity', embedders, threads: 2 })
    for (const context of ['scene', 'nearest']) {
      const out = join(root, context)
      await reorderByLocality(data, { out, context })
      const before = await planned(data, context, 'windowed')
      const what = `${count} pictures, ${SHOTS} shots, ${context === 'scene' ? 'same scene' : 'nearest'}: decoded over distinct`
      report({ metric: `${what}, import order`, value: before, unit: 'x' })
      for (const shuffle of ['windowed', 'windowed:512', 'windowed:512/8']) {
        const value = await planned(out, context, shuffle)
        report({
          metric: `${what}, locality, ${shuffle}`,
          value,
          unit: 'x',
          rival: 'import order',
          ratio: value / before,
        })
      }
      const value = await streamed(out, context)
      report({
        metric: `${what}, locality, windowed, in a stream`,
        value,
        unit: 'x',
        rival: 'import order',
        ratio: value / before,
      })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
