// The options of pictures, from the option to the pixels of a batch.
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { isMirrored, mirrored } from '../../src/loader/flip.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import { tellsSides } from '../../src/loader/side-words.js'
import { createPictureDecoder } from '../../src/vision/decoder.js'
import { normalisations, pixelWriter } from '../../src/vision/normalise.js'
import { faultOf } from '../support/fault.js'
import { importFixtures, sourceImages, sourcePairs } from '../support/fixtures.js'
import { tempDir } from '../support/temp-dir.js'

const set = join(tempDir(), 'set')
const pairs = new Map(sourcePairs)
const images = new Map(sourceImages)
const SMALL: LoaderOptions = { imageSize: 16, batchSize: 8, shots: 0, mediaLayout: 'pair-as-images' }

beforeAll(() => importFixtures(set))

/** The pictures of each sample of an epoch, in order, as [3,H,W]. */
async function epoch(options: LoaderOptions) {
  const samples: { readonly id: string; readonly pictures: readonly (Float32Array | Uint8Array)[] }[] = []
  for await (const { ids, shape, pixelValues, mediaMask } of loadMimicIT(set, { ...SMALL, ...options })) {
    const picture = 3 * shape.H * shape.W
    ids.forEach((id, row) => {
      const cells = Array.from({ length: shape.T }, (_, slot) => row * shape.T + slot)
      const held = cells.filter((cell) => mediaMask[cell] === 1)
      samples.push({ id, pictures: held.map((cell) => pixelValues.slice(cell * picture, (cell + 1) * picture)) })
    })
  }
  return samples
}

test('transform and normalisation', async () => {
  const options = { transform: 'resize-shortest', normalisation: 'otter' } as const
  const decoder = createPictureDecoder({ size: 16, transform: 'resize-shortest' })
  const write = pixelWriter({ type: 'float32', layout: 'NCHW', normalisation: 'otter' })
  const samples = await epoch(options)
  expect(samples.length).toBeGreaterThan(20)
  for (const { id, pictures } of samples) {
    const wanted = pairs.get(id)!.image_ids
    expect(pictures).toHaveLength(wanted.length)
    for (const [i, picture] of pictures.entries()) {
      const expected = new Float32Array(3 * 16 * 16)
      write(await decoder.decode(Buffer.from(images.get(wanted[i]!)!), id), expected, 0)
      expect(Buffer.compare(Buffer.from(picture.buffer), Buffer.from(expected.buffer))).toBe(0)
    }
  }
  expect(normalisations.otter.mean).toEqual([0.481, 0.458, 0.408])
})

test('flip: all pictures of a sample or none, never against the text, the same in a worker and with threads', async () => {
  const plain = await epoch({ pixels: 'uint8', seed: 5 })
  const flipped = await epoch({ pixels: 'uint8', seed: 5, flip: true })
  const spread = await epoch({ pixels: 'uint8', seed: 5, flip: true, worker: true, workers: 2 })
  expect(spread).toEqual(flipped)
  const counts = { mirrored: 0, sided: 0 }
  const planes = pixelWriter({ type: 'uint8', layout: 'NCHW', normalisation: 'clip' })
  plain.forEach(({ id, pictures }, i) => {
    const { instruction, answer } = pairs.get(id)!
    const sided = tellsSides(instruction) || tellsSides(answer)
    const turned = !sided && isMirrored(5, 0, id)
    counts.mirrored += turned ? 1 : 0
    counts.sided += sided ? 1 : 0
    const expected = pictures.map((picture) => {
      if (!turned) return picture
      const rgb = Uint8Array.from(picture, (_, at) => picture[(at % 3) * 256 + Math.floor(at / 3)]!)
      const target = new Uint8Array(rgb.length)
      planes(mirrored(rgb, 16, 'NHWC'), target, 0)
      return target
    })
    expect(flipped[i]).toEqual({ id, pictures: expected })
  })
  expect(counts.mirrored).toBeGreaterThan(plain.length / 5)
})

test('every option of pictures is part of what the plan is, the decoder too', async () => {
  const facts = async (options: LoaderOptions) => {
    const loader = loadMimicIT(set, { ...SMALL, ...options })
    const { plan, planParts } = await loader.ready()
    await loader.close()
    return { plan, planParts }
  }
  const base = await facts({})
  const decoder = createPictureDecoder({ size: 16, transform: 'squash' })
  expect(base.planParts.decoder).toBe(decoder.fingerprint)
  const others: readonly LoaderOptions[] = [
    { transform: 'pad' },
    { normalisation: 'otter' },
    { pixelLayout: 'NHWC' },
    { decoderScaling: true },
    { frames: 'uniform' },
    { framesPerSecond: 2 },
    { flip: true },
  ]
  const plans = await Promise.all(others.map(async (options) => (await facts(options)).plan))
  expect(new Set([base.plan, ...plans]).size).toBe(others.length + 1)
  // Which samples are mirrored is decided by the words too.
  expect([base.planParts.flip, (await facts({ flip: true })).planParts.flip]).toEqual([false, 'side words 2'])
})

test('unknown names are refused, naming those that exist', async () => {
  const read = async (options: object) => {
    for await (const _ of loadMimicIT(set, options)) return
  }
  for (const [options, known] of [
    [{ transform: 'stretch' }, 'squash'],
    [{ normalisation: 'imagenet' }, 'otter'],
    [{ frames: 'all' }, 'linspace'],
    [{ pixelLayout: 'CHW' }, 'NHWC'],
  ] as const) {
    const fault = await faultOf(read(options))
    expect([fault.code, fault.parts.where]).toEqual([
      'MIMICIT_BAD_VALUE',
      `option ${Object.keys(options)[0]} of loadMimicIT`,
    ])
    expect(fault.message).toContain(known)
  }
})
