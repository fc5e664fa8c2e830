// Weights onto the disk as safetensors, tensor by tensor and piece by piece. A file or directory has its name only when all of
// it is there.
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { stopIfAborted } from '../../base/abort.js'
import { MimicitError } from '../../base/errors.js'
import type { OnProgress } from '../../base/progress.js'
import { asIoError } from '../../io/directory.js'
import { createSink, type WrittenFile, writeWhole } from '../../io/sink.js'
import { claimPartial, publishPartial } from '../../shards/partial-directory.js'
import { narrow } from './dtypes.js'
import { safeTensorsStart } from './safetensors-header.js'
import { bytesOf, INDEX, type PlannedFile, type PlannedTensor, planFiles, SINGLE } from './write-plan.js'

/** A tensor to write, with its values. */
export interface TensorSource extends PlannedTensor {
  /** Its values in order, in pieces of any size. */
  readonly pieces: () => AsyncIterable<Float32Array>
}

/** How weights are written. */
export interface WriteOptions {
  /** Bytes of tensors in a file of a directory at most. @default 5 GB */
  readonly shardBytes?: number
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
}

/** A file that was written. */
export interface WrittenWeightsFile extends WrittenFile {
  readonly path: string
}

/** What was written. */
export interface WrittenWeights {
  readonly files: readonly WrittenWeightsFile[]
  readonly tensors: number
  /** Of values. */
  readonly bytes: number
}

/** Hugging Face's own. */
const SHARD_BYTES = 5e9
/** Tells Hugging Face's loaders for whom the tensors are. */
const METADATA = { format: 'pt' }

const isFile = (out: string) => out.endsWith('.safetensors')

/** @throws MIMICIT_NOT_EMPTY */
async function checkFree(out: string): Promise<void> {
  try {
    await stat(out)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw asIoError(error, out)
  }
  throw new MimicitError('MIMICIT_NOT_EMPTY', {
    expected: 'a file that does not exist yet',
    where: `the output ${out}`,
    received: 'one that does',
    hint: 'Name another one, or remove it first.',
  })
}

async function writeFile(
  root: string,
  { path, tensors }: PlannedFile<TensorSource>,
  { signal }: WriteOptions,
  onBytes: (bytes: number) => void,
): Promise<WrittenFile> {
  const sink = await createSink(join(root, path))
  try {
    await sink.write(safeTensorsStart(tensors, METADATA))
    for (const tensor of tensors) {
      const expected = bytesOf(tensor)
      let written = 0
      for await (const piece of tensor.pieces()) {
        stopIfAborted(signal, 'the writing of weights')
        const bytes = narrow(piece, tensor.dtype, `tensor ${tensor.name}`)
        await sink.write(bytes)
        written += bytes.length
        onBytes(bytes.length)
      }
      if (written !== expected)
        throw new MimicitError('MIMICIT_INTERNAL', {
          expected: `${expected} bytes`,
          where: `tensor ${tensor.name}`,
          received: `${written}`,
        })
    }
  } catch (error) {
    await sink.abort()
    throw error
  }
  return sink.finish()
}

/** The index of several files. */
function indexOf(files: readonly PlannedFile<TensorSource>[], bytes: number): Uint8Array {
  const entries = files.flatMap(({ path, tensors }) => tensors.map(({ name }) => [name, path] as const))
  const weight_map = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
  return new TextEncoder().encode(`${JSON.stringify({ metadata: { total_size: bytes }, weight_map }, null, 2)}\n`)
}

/**
 * Writes tensors: into one file if `out` ends in `.safetensors`, else into a directory as Hugging Face lays a model out, in
 * several files with an index if they are more than `shardBytes`.
 *
 * @throws MIMICIT_NOT_EMPTY if the output is there, MIMICIT_BAD_VALUE for a value that its type cannot hold, MIMICIT_IO,
 * MIMICIT_ABORTED; then nothing is left behind
 */
export async function writeWeights(
  out: string,
  tensors: readonly TensorSource[],
  options: WriteOptions = {},
): Promise<WrittenWeights> {
  const single = isFile(out)
  if (tensors.length === 0)
    throw new MimicitError('MIMICIT_EMPTY', {
      expected: 'tensors to write',
      where: out,
      received: 'none',
    })
  if (single && options.shardBytes !== undefined)
    throw new MimicitError('MIMICIT_BAD_VALUE', {
      expected: 'a directory, because weights in several files have an index',
      where: `the output ${out}`,
      received: 'a file',
    })
  if (single) await checkFree(out)
  const files = planFiles(tensors, single ? Number.POSITIVE_INFINITY : (options.shardBytes ?? SHARD_BYTES))
  const total = tensors.reduce((sum, tensor) => sum + bytesOf(tensor), 0)
  let done = 0
  const onBytes = (bytes: number) => {
    done += bytes
    options.onProgress?.({
      stage: 'writing weights',
      done,
      total,
      unit: 'bytes',
      overall: total === 0 ? 1 : done / total,
    })
  }
  const root = await claimPartial(out)
  try {
    const written: WrittenWeightsFile[] = []
    for (const file of files) {
      const facts = await writeFile(root, file, options, onBytes)
      written.push({ path: single ? out : join(out, file.path), ...facts })
    }
    if (single) {
      await rename(join(root, SINGLE), out).catch((error) => {
        throw asIoError(error, out)
      })
      await rm(root, { recursive: true, force: true })
    } else {
      if (files.length > 1) await writeWhole(join(root, INDEX), indexOf(files, total))
      await publishPartial(root, out)
    }
    return { files: written, tensors: tensors.length, bytes: total }
  } catch (error) {
    await rm(root, { recursive: true, force: true })
    throw error
  }
}
