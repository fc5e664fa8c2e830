// Pictures by a model in ONNX: the vision tower of CLIP (`image_embeds`) or another that takes `pixel_values`. How pixels are
// prepared stands in its preprocessor_config.json; scaling is our own antialiased cubic, whatever it names.
import { z } from 'zod'
import { MimicitError, show } from '../../../base/errors.js'
import { limit } from '../../../base/limit.js'
import { createPictureDecoder } from '../../../vision/decoder.js'
import { CLIP_MEAN, CLIP_STD } from '../../../vision/normalise.js'
import type { PictureEmbedder } from '../embedder.js'
import { neededJson } from './model-files.js'
import type { OnnxGraph } from './runtime.js'
import { pooled } from './text.js'

const side = z.int().min(1).max(4096)
const sides = z.union([side, z.object({ shortest_edge: side }), z.object({ height: side, width: side })])
type Sides = z.output<typeof sides>
const triple = z.tuple([z.number(), z.number(), z.number()])
const preprocessor = z.looseObject({
  size: sides.optional(),
  crop_size: sides.optional(),
  do_center_crop: z.boolean().optional(),
  do_normalize: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().optional(),
  image_mean: triple.optional(),
  image_std: triple.optional(),
})

/** Outputs that are the vector of a picture, best first. */
const VECTORS = ['image_embeds', 'pooler_output', 'last_hidden_state']
const BATCH = 16

/** How pixels are prepared: the picture scaled to a square of `scaled`, of which the middle `kept` are used. */
export interface Preparation {
  readonly scaled: number
  readonly kept: number
  readonly transform: 'squash' | 'resize-shortest'
  /** x / 255 goes to (x * scale + shift), by channel. */
  readonly scale: readonly number[]
  readonly shift: readonly number[]
}

/** What a preprocessor_config.json asks for. @throws MimicitError MIMICIT_UNSUPPORTED for sides that differ */
export function preparationOf(directory: string): Preparation {
  const config = neededJson(directory, 'preprocessor_config.json', preprocessor)
  const { size = 224, crop_size: crop, do_center_crop: crops = crop !== undefined } = config
  const edge = (given: Sides) => {
    if (typeof given === 'number') return given
    if ('shortest_edge' in given) return given.shortest_edge
    if (given.height === given.width) return given.height
    throw new MimicitError('MIMICIT_UNSUPPORTED', {
      expected: 'square pictures',
      where: `preprocessor_config.json of ${directory}`,
      received: `${given.height} x ${given.width}`,
      hint: 'Use a model that looks at squares.',
    })
  }
  const scaled = edge(size)
  const kept = crops && crop !== undefined ? Math.min(scaled, edge(crop)) : scaled
  const keepsAspect = crops || typeof size === 'number' || 'shortest_edge' in size
  const { do_normalize: normalises = true, image_mean: mean = CLIP_MEAN, image_std: std = CLIP_STD } = config
  const factor = config.do_rescale === false ? 1 : (config.rescale_factor ?? 1 / 255)
  return {
    ...{ scaled, kept, transform: keepsAspect ? 'resize-shortest' : 'squash' },
    scale: [0, 1, 2].map((c) => factor / (normalises ? std[c]! : 1)),
    shift: [0, 1, 2].map((c) => (normalises ? -mean[c]! / std[c]! : 0)),
  }
}

/** @throws MimicitError MIMICIT_NOT_FOUND, MIMICIT_BAD_CONFIG, MIMICIT_UNSUPPORTED */
export async function onnxPictures(
  directory: string,
  graph: OnnxGraph,
): Promise<Omit<PictureEmbedder, 'identity'> & { readonly prepared: string; readonly output: string }> {
  const output = VECTORS.find((name) => graph.outputs.includes(name))
  if (graph.inputs.join() !== 'pixel_values' || output === undefined) throw noPictureModel(directory, graph)
  const preparation = preparationOf(directory)
  const { scaled, kept, transform } = preparation
  const decoder = createPictureDecoder({ size: scaled, transform })
  const decoding = limit(4)
  const run = async (pixels: Float32Array, count: number) => {
    const { data, dims } = (
      await graph.run({
        pixel_values: { type: 'float32', data: pixels, dims: [count, 3, kept, kept] },
      })
    )[output]!
    return pooled(data as Float32Array, dims, [], 'cls')
  }
  const { length: dimensions } = await run(new Float32Array(3 * kept * kept), 1)
  return {
    kind: 'image',
    dimensions,
    output,
    prepared: decoder.fingerprint,
    batch: BATCH,
    async embed(pictures) {
      const one = 3 * kept * kept
      const pixels = new Float32Array(pictures.length * one)
      const done = pictures.map(({ bytes, where }, i) =>
        decoding(async () =>
          fill(pixels.subarray(i * one, (i + 1) * one), await decoder.decode(bytes, where), preparation),
        ),
      )
      for (const result of await Promise.allSettled(done)) if (result.status === 'rejected') throw result.reason
      return run(pixels, pictures.length)
    },
    async close() {
      await decoder.close()
      await graph.close()
    },
  }
}

/** uint8 [scaled, scaled, 3] as float32 [3, kept, kept]. */
function fill(pixels: Float32Array, rgb: Uint8Array, { scaled, kept, scale, shift }: Preparation): void {
  const margin = (scaled - kept) >> 1
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < kept; y++) {
      const row = ((y + margin) * scaled + margin) * 3 + c
      const at = (c * kept + y) * kept
      for (let x = 0; x < kept; x++) pixels[at + x] = rgb[row + x * 3]! * scale[c]! + shift[c]!
    }
  }
}

const noPictureModel = (directory: string, { inputs, outputs }: OnnxGraph) =>
  new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `a model that takes pixel_values and gives ${VECTORS.join(' or ')}`,
    where: directory,
    received: `inputs ${show(inputs.join(', '))}, outputs ${show(outputs.join(', '))}`,
    hint: 'Name the vision tower of CLIP (vision_model.onnx), or another model exported for feature extraction.',
  })
