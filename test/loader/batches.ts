// Streams as plain values that can be compared: ids, contexts and place in the open, arrays as hashes.
import { sha256Hex } from '../../src/base/hash.js'
import type { Batch, LoaderState, StreamedBatch } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'
import type { LoaderSource } from '../../src/loader/sources.js'

const hash = (array: Int32Array | Float32Array | Uint8Array) =>
  sha256Hex(new Uint8Array(array.buffer, array.byteOffset, array.byteLength)).slice(0, 16)

/** Everything that a batch is, small enough to be shown when it differs. */
export function digest({ inputIds, attentionMask, labels, pixelValues, mediaMask, ...rest }: Batch) {
  return {
    ...rest,
    inputIds: hash(inputIds),
    attentionMask: hash(attentionMask),
    labels: hash(labels),
    pixels: `${pixelValues.constructor.name} ${hash(pixelValues)}`,
    mediaMask: hash(mediaMask),
  }
}

/**
 * The samples of a batch apart from the batch: id, contexts, tokens, labels and pictures of each as one text, without any
 * padding, so that the same sample is the same text in every batch.
 */
export function samplesOf(batch: Batch): string[] {
  const { L, T, F, H, W } = batch.shape
  const picture = 3 * H * W
  return batch.ids.flatMap((id, i) => {
    if (id === '') return []
    const row = batch.sampleRows?.[i] ?? i
    const segment = batch.sampleRows === undefined ? 1 : i - batch.sampleRows.indexOf(row) + 1
    const tokens: number[] = []
    for (let at = row * L; at < (row + 1) * L; at++) {
      if ((batch.segmentIds ?? batch.attentionMask)[at] === segment) tokens.push(at)
    }
    const slots: string[] = []
    for (let slot = row * T; slot < (row + 1) * T; slot++) {
      if ((batch.mediaSegments?.[slot] ?? segment) !== segment) continue
      const frames = Array.from({ length: F }, (_, frame) => slot * F + frame).filter((cell) => batch.mediaMask[cell])
      if (frames.length === 0) continue
      slots.push(frames.map((cell) => hash(batch.pixelValues.slice(cell * picture, (cell + 1) * picture))).join('+'))
    }
    const pick = (array: Int32Array) => hash(Int32Array.from(tokens, (at) => array[at]!))
    return [[id, batch.contextIds[i]!, pick(batch.inputIds), pick(batch.labels), slots.join(' ')].join(' | ')]
  })
}

/** Every batch of a stream. */
export async function batchesOf(
  source: string | readonly LoaderSource[],
  options: LoaderOptions,
): Promise<StreamedBatch[]> {
  const batches: StreamedBatch[] = []
  for await (const batch of loadMimicIT(source, options)) batches.push(batch)
  return batches
}

/** Every batch of a stream as a digest, with the state after it. */
export async function streamOf(source: string, options: LoaderOptions) {
  const loader = loadMimicIT(source, options)
  const digests: ReturnType<typeof digest>[] = []
  const states: LoaderState[] = []
  await loader.ready()
  states.push(loader.state())
  for await (const batch of loader) {
    digests.push(digest(batch))
    states.push(loader.state())
  }
  return { digests, states }
}

/** Threads and their ports that keep this process alive. */
export function threads(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort' || kind === 'Worker').length
}
