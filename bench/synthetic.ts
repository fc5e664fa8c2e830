// Data to measure with: pairs of about 1.3 KB of text whose words are drawn by rank as in real text, and pictures whose
// bytes do not compress.
import { randomBytes } from 'node:crypto'
import { sha256 } from '../src/base/hash.js'
import { randomStream } from '../src/base/random.js'
import { createDataset } from '../src/shards/dataset-writer.js'
import type { Pair } from '../src/tuple/tuple.js'

const letters = 'etaoinshrdlucmfwypvbgkqjxz'
const random = randomStream('synthetic text')
const words = Array.from({ length: 5000 }, () =>
  Array.from({ length: 2 + random.below(8) }, () => letters[Math.floor(letters.length * random.float() ** 2)]).join(''),
)

/** Sentences of about 100 characters; frequent words are frequent. */
const sentences = Array.from({ length: 50_000 }, () => {
  let made = ''
  while (made.length < 100) made += `${words[Math.floor(words.length ** random.float())]} `
  return made
})

/** Text of about `length` characters. */
function text(length: number): string {
  let made = ''
  while (made.length < length) made += sentences[random.below(sentences.length)]
  // A string of its own, as a parser gives it: one that is still put together of others costs whoever first reads it.
  return Buffer.from(made, 'latin1').toString('latin1')
}

/** A pair without pictures, about 1.3 KB as a record. */
export function syntheticPair(i: number): Pair {
  return {
    id: `E4D_INS_${String(i).padStart(8, '0')}`,
    subset: 'E4D',
    split: null,
    language: 'en',
    instruction: text(120),
    response: text(1000),
    mediaKind: 'none',
    media: [],
    mediaIds: [],
    mediaPositions: null,
    mediaTimes: null,
    metadata: null,
  }
}

/** Writes a data set of pictures of one size; they are random bytes, which nothing here decodes. */
export async function writeSyntheticPictures(dir: string, count: number, size: number) {
  const writer = await createDataset(dir)
  for (let i = 0; i < count; i++) {
    const bytes = randomBytes(size)
    const facts = { format: 'jpeg', width: 640, height: 480, clip: null, frameTime: null }
    await writer.addMedia({ ids: [`IMG_${String(i).padStart(8, '0')}`], bytes, sha256: sha256(bytes), ...facts })
  }
  await writer.finish({ tool: 'bench' })
  return { pictureBytes: count * size }
}
