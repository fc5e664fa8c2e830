// Pictures as colours and edges on a grid: no weights. Of 64 x 64 pixels, each of 4 x 4 fields gives its mean colour and a
// histogram of edge directions (Dalal and Triggs 2005), and the whole picture a histogram of colours. Colours are taken as
// brightness and two opponents. It finds pictures that look alike, not pictures of the same thing.
import { limit } from '../../base/limit.js'
import { createPictureDecoder } from '../../vision/decoder.js'
import type { PictureEmbedder } from './embedder.js'

const VERSION = 1
const SIDE = 64
const GRID = 4
const FIELD = SIDE / GRID
const DIRECTIONS = 8
const LEVELS = 4
const COLOURS = GRID * GRID * 3
const EDGES = GRID * GRID * DIRECTIONS
const HISTOGRAM = LEVELS ** 3
const DIMENSIONS = COLOURS + EDGES + HISTOGRAM

/** The embedder. */
export function colourGradient(): PictureEmbedder {
  const decoder = createPictureDecoder({ size: SIDE, transform: 'squash' })
  const decoding = limit(4)
  return {
    kind: 'image',
    dimensions: DIMENSIONS,
    identity: `colour-gradient ${VERSION}, ${decoder.fingerprint}`,
    batch: 64,
    async embed(pictures) {
      const vectors = new Float32Array(pictures.length * DIMENSIONS)
      const done = pictures.map(({ bytes, where }, i) =>
        decoding(async () => vectors.set(describe(await decoder.decode(bytes, where)), i * DIMENSIONS)),
      )
      for (const result of await Promise.allSettled(done)) if (result.status === 'rejected') throw result.reason
      return vectors
    },
    close: () => decoder.close(),
  }
}

/** The descriptor of uint8 [64, 64, 3]; each of its three parts has length 1. */
export function describe(rgb: Uint8Array): Float32Array {
  const vector = new Float32Array(DIMENSIONS)
  const colours = vector.subarray(0, COLOURS)
  const edges = vector.subarray(COLOURS, COLOURS + EDGES)
  const histogram = vector.subarray(COLOURS + EDGES)
  const brightness = new Float32Array(SIDE * SIDE)
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const at = (y * SIDE + x) * 3
      const [r, g, b] = [rgb[at]! / 255, rgb[at + 1]! / 255, rgb[at + 2]! / 255]
      const opponents = [(r + g + b) / 3, (r - g + 1) / 2, (r + g - 2 * b + 2) / 4]
      brightness[y * SIDE + x] = opponents[0]!
      const field = Math.floor(y / FIELD) * GRID + Math.floor(x / FIELD)
      let bin = 0
      for (const [i, value] of opponents.entries()) {
        // Around the middle grey, so that direction means colour and not just light.
        colours[field * 3 + i] = colours[field * 3 + i]! + (value - 0.5) / (FIELD * FIELD)
        bin = bin * LEVELS + Math.min(LEVELS - 1, Math.floor(value * LEVELS))
      }
      histogram[bin] = histogram[bin]! + 1 / (SIDE * SIDE)
    }
  }
  for (let y = 1; y < SIDE - 1; y++) {
    for (let x = 1; x < SIDE - 1; x++) {
      const at = y * SIDE + x
      const dx = brightness[at + 1]! - brightness[at - 1]!
      const dy = brightness[at + SIDE]! - brightness[at - SIDE]!
      const angle = (Math.atan2(dy, dx) / Math.PI + 1) % 1
      const field = Math.floor(y / FIELD) * GRID + Math.floor(x / FIELD)
      const cell = field * DIRECTIONS + Math.min(DIRECTIONS - 1, Math.floor(angle * DIRECTIONS))
      edges[cell] = edges[cell]! + Math.hypot(dx, dy)
    }
  }
  // The square root tames single strong edges and large flat colours.
  for (const part of [edges, histogram]) for (let i = 0; i < part.length; i++) part[i] = Math.sqrt(part[i]!)
  for (const part of [colours, edges, histogram]) toUnitLength(part)
  return vector
}

/** Scales a vector to length 1; one of zeros stays as it is. */
export function toUnitLength(vector: Float32Array): void {
  let sum = 0
  for (const value of vector) sum += value * value
  if (sum === 0) return
  const scale = 1 / Math.sqrt(sum)
  for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! * scale
}
