// Vectors that were made already, on the disk in the draft of a build: looking at pictures takes hours, and a build that was
// killed goes on behind them. Records of one size, so that half a record at the end is seen and cut off.
import { appendFile, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint } from '../base/hash.js'
import { asIoError } from '../io/directory.js'

/** Vectors of one kind that a build keeps. */
export interface KeptVectors {
  /**
   * Gives back what was kept.
   * @param items how many there are
   * @returns 1 for each item whose vector was given
   */
  restore(items: number, put: (item: number, vector: Float32Array) => void): Promise<Uint8Array>
  /** @param vectors float32 [items, dimensions] */
  add(items: readonly number[], vectors: Float32Array): Promise<void>
}

const READ_AT_ONCE = 1 << 22

/**
 * @param directory of a draft, which belongs to one build: items have the same numbers whenever it goes on
 * @param identity what made the vectors; those of something else are not used
 */
export function keepVectors(directory: string, kind: string, identity: string, dimensions: number): KeptVectors {
  const path = join(directory, `vectors-${kind}-${fingerprint([identity, dimensions])}.bin`)
  const recordBytes = 4 + dimensions * 4
  return {
    async restore(items, put) {
      const known = new Uint8Array(items)
      try {
        const file = await open(path, 'a+')
        try {
          const { size } = await file.stat()
          const records = Math.floor(size / recordBytes)
          await file.truncate(records * recordBytes)
          const atOnce = Math.max(1, Math.floor(READ_AT_ONCE / recordBytes))
          for (let first = 0; first < records; first += atOnce) {
            const bytes = Buffer.alloc(Math.min(atOnce, records - first) * recordBytes)
            await file.read(bytes, 0, bytes.byteLength, first * recordBytes)
            for (let at = 0; at < bytes.byteLength; at += recordBytes) {
              const item = bytes.readInt32LE(at)
              const vector = Float32Array.from({ length: dimensions }, (_, i) => bytes.readFloatLE(at + 4 + i * 4))
              put(item, vector)
              known[item] = 1
            }
          }
        } finally {
          await file.close()
        }
      } catch (error) {
        throw asIoError(error, path)
      }
      return known
    },
    async add(items, vectors) {
      const bytes = Buffer.alloc(items.length * recordBytes)
      for (const [i, item] of items.entries()) {
        bytes.writeInt32LE(item, i * recordBytes)
        for (let k = 0; k < dimensions; k++) {
          bytes.writeFloatLE(vectors[i * dimensions + k]!, i * recordBytes + 4 + k * 4)
        }
      }
      try {
        await appendFile(path, bytes)
      } catch (error) {
        throw asIoError(error, path)
      }
    },
  }
}
