// Vectors that were made already, on the disk in the draft of a build: looking at pictures takes hours, and a build that was
// killed goes on behind them. Records of one size, so that half a record at the end is seen and cut off.
import { appendFile, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprint } from '../base/hash.js'
import { asIoError } from '../io/directory.js'

/** Vectors of one kind that a build keeps. */
export interface KeptVectors {
  /**
   * Gives back what was kept.
   * @param items how many there are
   * @returns 1 for each item whose vector was given; `refresh` goes on with it
   */
  restore(items: number, put: (item: number, vector: Float32Array) => void): Promise<Uint8Array>
  /** Gives what others have made since: the parts of a build make vectors at the same time. */
  refresh(): Promise<void>
  /** @param vectors float32 [items, dimensions] */
  add(items: readonly number[], vectors: Float32Array): Promise<void>
}

/** Where vectors are kept. */
export interface VectorPlace {
  /** Of one build: items have the same numbers whenever it goes on. */
  readonly directory: string
  /** Whose file is written; those of the others are read. @default there is one only */
  readonly writer?: string
  /** Which of the items this one begins with, if others make vectors at the same time: a part of all, from 0 to 1. @default 0 */
  readonly begin?: number
}

const READ_AT_ONCE = 1 << 22

/** @param identity what made the vectors; those of something else are not used */
export function keepVectors(
  { directory, writer = 'own' }: VectorPlace,
  kind: string,
  identity: string,
  dimensions: number,
): KeptVectors {
  const prefix = `vectors-${kind}-${fingerprint([identity, dimensions])}.`
  const own = `${prefix}${writer}.bin`
  const recordBytes = 4 + dimensions * 4
  /** Bytes of each file that were read. */
  const done = new Map<string, number>()
  let known = new Uint8Array(0)
  let give: (item: number, vector: Float32Array) => void = () => undefined

  const read = async (name: string) => {
    const path = join(directory, name)
    try {
      // Of a file of one's own half a record is cut off; another one's may become whole.
      const file = await open(path, name === own ? 'a+' : 'r')
      try {
        const { size } = await file.stat()
        const end = size - (size % recordBytes)
        if (name === own) await file.truncate(end)
        const atOnce = Math.max(1, Math.floor(READ_AT_ONCE / recordBytes)) * recordBytes
        for (let from = done.get(name) ?? 0; from < end; from += atOnce) {
          const bytes = Buffer.alloc(Math.min(atOnce, end - from))
          await file.read(bytes, 0, bytes.byteLength, from)
          for (let at = 0; at < bytes.byteLength; at += recordBytes) {
            const item = bytes.readInt32LE(at)
            if (known[item] === 1) continue
            give(
              item,
              Float32Array.from({ length: dimensions }, (_, i) => bytes.readFloatLE(at + 4 + i * 4)),
            )
            known[item] = 1
          }
        }
        done.set(name, end)
      } finally {
        await file.close()
      }
    } catch (error) {
      throw asIoError(error, path)
    }
  }
  const others = async () => {
    const names = await readdir(directory).catch((error) => {
      throw asIoError(error, directory)
    })
    return names.filter((name) => name.startsWith(prefix) && name !== own).sort()
  }
  const refresh = async () => {
    for (const name of await others()) await read(name)
  }
  return {
    async restore(items, put) {
      known = new Uint8Array(items)
      give = put
      done.clear()
      await read(own)
      await refresh()
      return known
    },
    refresh,
    async add(items, vectors) {
      const bytes = Buffer.alloc(items.length * recordBytes)
      for (const [i, item] of items.entries()) {
        bytes.writeInt32LE(item, i * recordBytes)
        for (let k = 0; k < dimensions; k++) {
          bytes.writeFloatLE(vectors[i * dimensions + k]!, i * recordBytes + 4 + k * 4)
        }
        known[item] = 1
      }
      const path = join(directory, own)
      await appendFile(path, bytes).catch((error) => {
        throw asIoError(error, path)
      })
    },
  }
}
