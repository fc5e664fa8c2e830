// What a frozen vision tower gives, kept on the disk by the content of the picture: epochs after the first do not run the
// tower. One file a picture, under a folder named by the tower's weights, so that several runs and towers may share a
// directory; a file that is not whole is made anew.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MimicitError } from '../base/errors.js'
import { sha256, sha256Hex, sha256Stream } from '../base/hash.js'
import { asIoError } from '../io/directory.js'
import type { Batch } from '../loader/batch.js'
import type { ModelInput } from '../otter/check-batch.js'
import { patchCount } from '../otter/clip-vit.js'
import { tokensOfPatches } from '../otter/media.js'
import type { Otter } from '../otter/model.js'
import { cutPatches } from '../otter/pixels.js'

/** A cache of one tower. */
export interface VisionCache {
  /** The batch with what the tower gives for its pictures; those that are new go through it now. */
  readonly fill: (batch: Batch) => Promise<Batch & Pick<ModelInput, 'visualTokens'>>
  /** Pictures that were there, and that were not. */
  readonly counts: { readonly hits: number; readonly misses: number }
}

/** Bytes of the sum at the end of a file. */
const SUM_BYTES = 8

/**
 * Opens a cache for the tower of a model.
 *
 * @param dir made if it is not there
 * @throws MIMICIT_BAD_VALUE when training changes the tower
 */
export async function openVisionCache(dir: string, model: Otter): Promise<VisionCache> {
  if (model.trainableNames.some((name) => name.startsWith('vision_encoder.'))) {
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a vision tower that stays as it is',
      where: 'the cache of its results',
      received: `a model that trains ${model.trainable} of its parameters`,
      hint: 'Train with `--trainable published`, or without the cache.',
    })
  }
  const { vision_config: config } = model.config
  const values = patchCount(config) * config.hidden_size
  const folder = join(dir, await towerFingerprint(model))
  const counts = { hits: 0, misses: 0 }
  await attempt(dir, () => mkdir(folder, { recursive: true }))

  /** The tokens of frames, in the order of their keys; those that are not there are computed together and kept. */
  async function tokensOf(patches: Float32Array, frames: number): Promise<Float32Array[]> {
    const size = patches.length / frames
    const cut = (frame: number) => patches.subarray(frame * size, (frame + 1) * size)
    const keys = Array.from({ length: frames }, (_, frame) => sha256Hex(bytesOf(cut(frame))))
    const kept = await Promise.all(keys.map((key) => readTokens(fileOf(folder, key), values)))
    // A picture that stands in the batch twice is computed once.
    const missing = [...new Set(keys.filter((_, i) => kept[i] === undefined))]
    counts.hits += kept.filter((tokens) => tokens !== undefined).length
    counts.misses += missing.length
    if (missing.length === 0) return kept as Float32Array[]
    const wanted = new Float32Array(missing.length * size)
    missing.forEach((key, i) => {
      wanted.set(cut(keys.indexOf(key)), i * size)
    })
    const tensor = tokensOfPatches(model, wanted)
    const computed = (await tensor.data()) as Float32Array
    tensor.dispose()
    const fresh = new Map(missing.map((key, i) => [key, computed.slice(i * values, (i + 1) * values)]))
    await Promise.all([...fresh].map(([key, tokens]) => writeTokens(folder, key, tokens)))
    return keys.map((key, i) => kept[i] ?? (fresh.get(key) as Float32Array))
  }

  return {
    counts,
    async fill(batch) {
      const { B, T, F } = batch.shape
      const { values: patches, frames } = cutPatches(
        batch.pixelValues,
        batch.mediaMask,
        config.image_size,
        config.patch_size,
      )
      if (frames.length === 0) return batch
      const visualTokens = new Float32Array(B * T * F * values)
      const tokens = await tokensOf(patches, frames.length)
      frames.forEach((frame, i) => {
        visualTokens.set(tokens[i] ?? [], frame * values)
      })
      return { ...batch, visualTokens }
    },
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength)
const fileOf = (folder: string, key: string) => join(folder, key.slice(0, 2), `${key}.f32`)

/** 16 hex digits over everything of the tower that changes what it gives. */
async function towerFingerprint({ parameters, config }: Otter): Promise<string> {
  const hash = sha256Stream().update(JSON.stringify(config.vision_config))
  const names = [...parameters.keys()].filter((name) => name.startsWith('vision_encoder.')).sort()
  for (const name of names) {
    const values = (await parameters.get(name)?.data()) as Float32Array
    hash.update(name).update(bytesOf(values))
  }
  return hash.digest('hex').slice(0, 16)
}

async function readTokens(path: string, values: number): Promise<Float32Array | undefined> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw asIoError(error, path)
  })
  const bytes = values * Float32Array.BYTES_PER_ELEMENT
  if (file?.byteLength !== bytes + SUM_BYTES) return undefined
  const sum = sha256(file.subarray(0, bytes)).subarray(0, SUM_BYTES)
  if (!file.subarray(bytes).equals(sum)) return undefined
  return new Float32Array(new Uint8Array(file.subarray(0, bytes)).buffer)
}

async function writeTokens(folder: string, key: string, tokens: Float32Array): Promise<void> {
  const path = fileOf(folder, key)
  const half = join(folder, `${key}.${process.pid}.part`)
  await attempt(path, async () => {
    await mkdir(join(folder, key.slice(0, 2)), { recursive: true })
    try {
      const file = await open(half, 'w')
      try {
        await file.writeFile(bytesOf(tokens))
        await file.writeFile(sha256(bytesOf(tokens)).subarray(0, SUM_BYTES))
      } finally {
        await file.close()
      }
      await rename(half, path)
    } catch (error) {
      await rm(half, { force: true })
      throw error
    }
  })
}

async function attempt(path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw asIoError(error as NodeJS.ErrnoException, path)
  }
}
