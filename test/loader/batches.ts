// Streams as plain values that can be compared: ids, contexts and place in the open, arrays as hashes.
import { sha256Hex } from '../../src/base/hash.js'
import type { Batch, LoaderState } from '../../src/loader/batch.js'
import { loadMimicIT } from '../../src/loader/load-mimic-it.js'
import type { LoaderOptions } from '../../src/loader/options.js'

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

/** Every batch of a stream. */
export async function batchesOf(source: string, options: LoaderOptions): Promise<Batch[]> {
  const batches: Batch[] = []
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
