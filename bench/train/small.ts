// The model and the batch of the training bench: preset `small`, eight rows of 160 tokens with two pictures each.
import { randomStream } from '../../src/base/random.js'
import type { Batch } from '../../src/loader/batch.js'
import type { OtterConfig } from '../../src/otter/config.js'
import { presetConfig } from '../../src/otter/presets.js'

const special = { bos: 0, eos: 1, pad: 2, endOfChunk: 3, image: 4, answer: 5 }
export const SHAPE = { B: 8, L: 160, T: 2, F: 1, H: 112, W: 112 }

export const smallConfig = (): OtterConfig => presetConfig('small', { vocabSize: 4096, special })

/** A batch of seeded ids and pixels; the second half of each row gets loss. */
export function smallBatch(): Batch {
  const { B, L, T, H, W } = SHAPE
  const random = randomStream('train bench')
  const inputIds = Int32Array.from({ length: B * L }, (_, i) => {
    const column = i % L
    if (column === 0) return special.bos
    return column === 1 || column === L / 2 ? special.image : 10 + random.below(4000)
  })
  return {
    shape: SHAPE,
    inputIds,
    attentionMask: new Int32Array(B * L).fill(1),
    labels: inputIds.map((id, i) => (i % L > L / 2 ? id : -100)),
    pixelValues: Uint8Array.from({ length: B * T * 3 * H * W }, () => random.below(256)),
    mediaMask: new Uint8Array(B * T).fill(1),
    ids: Array.from({ length: B }, (_, i) => `bench_${i}`),
    contextIds: Array.from({ length: B }, () => []),
    epoch: 0,
    step: 0,
  }
}
