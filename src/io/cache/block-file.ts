// One block of a cached file as a file of its own: 16 bytes of magic, the SHA-256 of key and content, the content. A file
// that was cut short, is of another block, or has a flipped bit is told from a whole one by its hash, so what a killed
// process leaves behind is never taken for data.
import { createHash } from 'node:crypto'

const MAGIC = Buffer.from('mimicit block 1\n', 'latin1')
const HASH_BYTES = 32

/** Bytes that a block takes beyond its content. */
export const BLOCK_OVERHEAD = MAGIC.byteLength + HASH_BYTES

const hashOf = (key: string, content: Uint8Array) => createHash('sha256').update(`${key}\n`).update(content).digest()

/** The parts of a block's file, to be written one after the other. */
export function encodeBlock(key: string, content: Uint8Array): readonly Uint8Array[] {
  return [MAGIC, hashOf(key, content), content]
}

/** The content, a view of the file's bytes, or undefined if the file does not hold that block whole. */
export function decodeBlock(key: string, file: Uint8Array, contentBytes: number): Uint8Array | undefined {
  if (file.byteLength !== BLOCK_OVERHEAD + contentBytes) return undefined
  if (Buffer.compare(file.subarray(0, MAGIC.byteLength), MAGIC) !== 0) return undefined
  const content = file.subarray(BLOCK_OVERHEAD)
  const hash = file.subarray(MAGIC.byteLength, BLOCK_OVERHEAD)
  return Buffer.compare(hashOf(key, content), hash) === 0 ? content : undefined
}
