// A small world to learn from: pictures of one coloured shape on a noisy ground, drawn as raw pixels, and turns about
// them in the real layout. Every sample is a pure function of its number.
import { type RandomStream, randomStream } from '../../src/base/random.js'
import type { Batch, BatchStream, LoaderState } from '../../src/loader/batch.js'

/** Side of a picture in pixels. */
export const side = 32
const area = side * side

export const colours = {
  red: [220, 40, 40],
  green: [40, 190, 60],
  blue: [50, 70, 220],
  gold: [220, 190, 40],
} as const
export const shapes = {
  disc: (x: number, y: number) => x * x + y * y <= 1,
  bar: (x: number, y: number) => Math.abs(x) <= 1 && Math.abs(y) <= 0.4,
  post: (x: number, y: number) => Math.abs(x) <= 0.4 && Math.abs(y) <= 1,
} as const
export const colourNames = Object.keys(colours) as (keyof typeof colours)[]
export const shapeNames = Object.keys(shapes) as (keyof typeof shapes)[]

/** What a picture shows. */
export interface Thing {
  readonly colour: keyof typeof colours
  readonly shape: keyof typeof shapes
}

/** A random thing. */
export const thing = (random: RandomStream): Thing => ({
  colour: colourNames[random.below(colourNames.length)] ?? 'red',
  shape: shapeNames[random.below(shapeNames.length)] ?? 'disc',
})

/** Draws a thing somewhere, some size, its colour and the ground a little off: uint8 [3,32,32]. */
export function draw({ colour, shape }: Thing, random: RandomStream): Uint8Array {
  const pixels = new Uint8Array(3 * area)
  const radius = 10 + random.float() * 4
  const [cx, cy] = [0, 1].map(() => side / 2 + (random.float() - 0.5) * 6) as [number, number]
  const ground = 15 + random.float() * 45
  const tint = colours[colour].map((value) => value + (random.float() - 0.5) * 24)
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const inside = shapes[shape]((x - cx) / radius, (y - cy) / radius)
      for (let channel = 0; channel < 3; channel++) {
        const value = (inside ? (tint[channel] ?? 0) : ground) + (random.float() - 0.5) * 10
        pixels[channel * area + y * side + x] = Math.max(0, Math.min(255, value))
      }
    }
  return pixels
}

/** The byte-level vocabulary: byte b is id b, then the six special tokens. */
export const vocabulary = {
  vocabSize: 262,
  special: { bos: 256, eos: 257, pad: 258, endOfChunk: 259, image: 260, answer: 261 },
} as const
const { special } = vocabulary
export const bytes = (text: string) => [...new TextEncoder().encode(text)]

/** One turn: a picture, a question, an answer. */
export interface Turn {
  readonly picture: Uint8Array
  readonly question: string
  readonly answer: string
  /** Whether the answer gets loss. */
  readonly learned: boolean
}

/** A sample: its turns, the query last. */
export interface Sample {
  readonly id: string
  readonly turns: readonly Turn[]
}

/** Lays samples out as a batch: `[bos] <image>User:{q} GPT:<answer>{a}<|endofchunk|> ... [eos]`, padded on the right. */
export function layOut(samples: readonly Sample[], epoch = 0, step = 0): Batch {
  const rows = samples.map(({ turns }) => {
    const ids: number[] = [special.bos]
    const labels: number[] = [-100]
    const put = (values: readonly number[], learned: boolean) => {
      ids.push(...values)
      labels.push(...values.map((id) => (learned ? id : -100)))
    }
    for (const { question, answer, learned } of turns) {
      put([special.image, ...bytes(`User:${question} GPT:`), special.answer], false)
      put([...bytes(answer), special.endOfChunk], learned)
    }
    put([special.eos], true)
    return { ids, labels }
  })
  const B = rows.length
  const L = Math.max(...rows.map((row) => row.ids.length))
  const T = Math.max(...samples.map((sample) => sample.turns.length))
  const fill = (values: readonly (readonly number[])[], rest: number) =>
    Int32Array.from({ length: B * L }, (_, i) => values[Math.floor(i / L)]?.[i % L] ?? rest)
  const pixelValues = new Uint8Array(B * T * 3 * area)
  const mediaMask = new Uint8Array(B * T)
  samples.forEach(({ turns }, row) => {
    turns.forEach(({ picture }, slot) => {
      pixelValues.set(picture, (row * T + slot) * 3 * area)
      mediaMask[row * T + slot] = 1
    })
  })
  return {
    shape: { B, L, T, F: 1, H: side, W: side },
    inputIds: fill(
      rows.map((row) => row.ids),
      special.pad,
    ),
    attentionMask: fill(
      rows.map((row) => row.ids.map(() => 1)),
      0,
    ),
    labels: fill(
      rows.map((row) => row.labels),
      -100,
    ),
    pixelValues,
    mediaMask,
    ids: samples.map((sample) => sample.id),
    contextIds: samples.map(() => []),
    epoch,
    step,
  }
}

/** An endless stream of batches of a world, addressable like the loader's. */
export function stream(sample: (index: number) => Sample, batchSize: number, from?: LoaderState): BatchStream {
  let step = from?.step ?? 0
  const batchAt = (at: number) =>
    layOut(
      Array.from({ length: batchSize }, (_, i) => sample(at * batchSize + i)),
      0,
      at,
    )
  return {
    length: 1_000_000,
    state: () => ({ v: 1, plan: '0123456789abcdef', epoch: 0, step, seen: step * batchSize }),
    close: async () => {},
    async *[Symbol.asyncIterator]() {
      for (;;) yield batchAt(step++)
    },
  }
}

/** Task (a): name colour and shape. */
export function namingSample(index: number, split: string): Sample {
  const random = randomStream('naming', split, index)
  const what = thing(random)
  return {
    id: `${split}_${index}`,
    turns: [{ picture: draw(what, random), question: 'what?', answer: `${what.colour} ${what.shape}`, learned: true }],
  }
}

/**
 * Task (b): the rule, name the colour or name the shape, shows only in the answers of the contexts. In training every
 * answer but the first gets loss, as the first is a guess; in a test only the query counts.
 */
export function ruleSample(index: number, split: string, contexts = 2): Sample {
  const random = randomStream('rule', split, index)
  // Neighbours have opposite rules, so that moving the contexts by one sample always shows the wrong one.
  const rule = index % 2 === 0 ? 'colour' : 'shape'
  return {
    id: `${split}_${index}`,
    turns: Array.from({ length: contexts + 1 }, (_, i) => {
      const what = thing(random)
      return {
        picture: draw(what, random),
        question: '?',
        answer: what[rule],
        learned: i === contexts || (split === 'train' && i > 0),
      }
    }),
  }
}
