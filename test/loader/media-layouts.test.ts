// What a batch holds of pictures, layout by layout, pixels in both layouts, against goldens (test/goldens/media-layouts.json):
// pictures of four colours each, made anew only if the meaning of a media layout is meant to change.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Batch } from '../../src/loader/batch.js'
import { byteTokenizer } from '../../src/text/byte-tokenizer.js'
import { MEDIA_LAYOUTS, type MediaLayoutName } from '../../src/tuple/subsets.js'
import { PIXEL_LAYOUTS } from '../../src/vision/layout.js'
import { storedPng } from '../support/stored-png.js'
import { tempDir } from '../support/temp-dir.js'
import { writeDataset } from '../support/write-dataset.js'
import { batchesOf } from './batches.js'

const set = join(tempDir(), 'set')
const { bos, eos, image, answer, endOfChunk } = byteTokenizer.special
const NAMES = new Map([
  [bos, '<bos>'],
  [eos, '<eos>'],
  [image, '<image>'],
  [answer, '<answer>'],
  [endOfChunk, '<end>'],
])

beforeAll(async () => {
  // Picture p at (x, y): red p, green 100 + x, blue 200 + y.
  const media = [1, 2, 3, 4, 5].map((p) => ({
    ids: [`P${p}`],
    content: p,
    bytes: storedPng(2, 2, (x, y) => [p, 100 + x, 200 + y]),
  }))
  const video = { mediaKind: 'video', mediaTimes: [0, 0.5, 1, 1.5, 2] } as const
  await writeDataset(set, {
    media,
    pairs: [
      { id: 'one', pictures: ['P1'] },
      { id: 'two', pictures: ['P2', 'P3'], instruction: 'From this to that?', mediaPositions: [5, 13] },
      { id: 'same', pictures: ['P2', 'P3'], mediaPositions: [0, 0] },
      { id: 'video', pictures: ['P1', 'P2', 'P3', 'P4', 'P5'], ...video, mediaPositions: null },
      { id: 'none' },
    ],
    contexts: {
      near: [0, 1, 2, 3, 4].map((query) => ({ query, contexts: query === 2 ? [1] : [0], scores: null })),
    },
  })
})

/** Rows, pictures and times of a batch, pixels as hexadecimal, one text a picture. */
function seen({ shape, inputIds, pixelValues, mediaMask, mediaTimes, pixelLayout }: Batch) {
  const { B, L, T, F, H, W } = shape
  const picture = 3 * H * W
  return {
    shape: { B, T, F, H, W },
    rows: Array.from({ length: B }, (_, row) =>
      [...inputIds.subarray(row * L, (row + 1) * L)]
        .map((id) => NAMES.get(id) ?? (id < 256 ? String.fromCharCode(id) : ''))
        .join(''),
    ),
    mediaMask: [...mediaMask],
    mediaTimes: mediaTimes === undefined ? null : [...mediaTimes].map((time) => (Number.isNaN(time) ? null : time)),
    [pixelLayout!]: Array.from({ length: B * T * F }, (_, cell) =>
      Buffer.from(pixelValues.subarray(cell * picture, (cell + 1) * picture)).toString('hex'),
    ),
  }
}

const load = async (mediaLayout: MediaLayoutName) => {
  const made = await Promise.all(
    PIXEL_LAYOUTS.map(async (pixelLayout) => {
      const pixels = { pixels: 'uint8', imageSize: 2, maxFrames: 3, pixelLayout } as const
      const order = { context: 'stored:near', shots: 1, batchSize: 5, shuffle: 'none' } as const
      const [batch] = await batchesOf(set, { ...order, ...pixels, mediaLayout })
      return seen(batch!)
    }),
  )
  return { ...made[0], ...made[1] }
}

const goldens = JSON.parse(readFileSync(new URL('../goldens/media-layouts.json', import.meta.url), 'utf8')) as Record<
  MediaLayoutName,
  unknown
>

test.each([...MEDIA_LAYOUTS])('%s', async (name) => {
  expect(await load(name)).toEqual(goldens[name])
})
