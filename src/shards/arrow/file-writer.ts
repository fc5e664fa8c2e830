// apache-arrow's writer of Arrow IPC files with three things of ours: bytes are handed over as they are made, body buffers
// are compressed by the pinned encoder with a right length prefix (the library's holds the compressed length, which other
// readers refuse), and the place of the pictures in the file is known.
import { CompressionType, RecordBatchFileWriter, util } from 'apache-arrow'
import type { Span } from '../picture-spans.js'

/** Writes the bytes of one file; `take` what was made after each batch. */
export class IpcFileWriter extends RecordBatchFileWriter {
  /** Where the buffer over `watched` went. */
  found: Span | undefined
  /** The memory of the buffer to look out for. */
  watched: ArrayBufferLike | undefined
  readonly #compress: ((bytes: Uint8Array) => Uint8Array) | undefined
  #made: Uint8Array[] = []

  /** @param compress how to compress body buffers with zstd; without it they are stored as they are */
  constructor(compress?: (bytes: Uint8Array) => Uint8Array) {
    super({ compressionType: compress === undefined ? null : CompressionType.ZSTD })
    this.#compress = compress
  }

  /** Everything made since the last time. */
  take(): Uint8Array[] {
    const made = this.#made
    this.#made = []
    return made
  }

  /** Where the last record batch lies: its message and its body. */
  get lastBatch(): Span {
    const block = this._recordBatchBlocks.at(-1)
    if (block === undefined) return { offset: 0, length: 0 }
    return { offset: Number(block.offset), length: block.metaDataLength + Number(block.bodyLength) }
  }

  protected override _write(chunk: Parameters<RecordBatchFileWriter['_write']>[0]): this {
    const bytes = util.toUint8Array(chunk) as Uint8Array
    if (bytes.byteLength > 0) this.#made.push(bytes)
    this._position += bytes.byteLength
    return this
  }

  protected override _writeBodyBuffers(buffers: ArrayBufferView[]): this {
    let at = this._position
    for (const buffer of buffers) {
      if (buffer.buffer === this.watched) this.found = { offset: at, length: buffer.byteLength }
      at += aligned(buffer.byteLength)
    }
    return super._writeBodyBuffers(buffers)
  }

  protected override _compressBodyBuffers(
    buffers: ArrayBufferView[],
  ): ReturnType<RecordBatchFileWriter['_compressBodyBuffers']> {
    const stored: Uint8Array[] = []
    const bufferRegions: { offset: number; length: number }[] = []
    let at = 0
    for (const buffer of buffers) {
      const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      if (bytes.byteLength === 0) {
        stored.push(bytes, bytes)
        bufferRegions.push({ offset: at, length: 0 })
        continue
      }
      const compressed = this.#compress!(bytes)
      const shrinks = compressed.byteLength < bytes.byteLength
      const body = shrinks ? compressed : bytes
      const prefix = Buffer.alloc(8)
      prefix.writeBigInt64LE(BigInt(shrinks ? bytes.byteLength : -1))
      stored.push(prefix, body)
      bufferRegions.push({ offset: at, length: 8 + body.byteLength })
      at += aligned(8 + body.byteLength)
    }
    return { byteLength: at, bufferRegions, buffers: stored }
  }
}

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8
