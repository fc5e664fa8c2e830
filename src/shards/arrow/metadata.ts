// The metadata of an Arrow IPC file: the footer with schema and record batches, and the message of one batch. Every place
// and length is checked against the file before anything is read or allocated by it. What is wrong throws a RangeError;
// the reader says in which file.
import type { Span } from '../picture-spans.js'
import type { ShardFile } from '../shard.js'
import { rootTable, safeInt64 } from './flat-table.js'
import { type Field, shapesOf } from './shape.js'

const MAGIC = 'ARROW1'
/** Magic and two bytes of padding at the start; the least offset of anything. */
const HEAD_BYTES = 8
/** Length of the footer and magic at the end. */
const TAIL_BYTES = 10
/** The message of a batch names some dozens of buffers; its length in the file is believed up to this. */
const MOST_MESSAGE_BYTES = 1 << 20
const MOST_FOOTER_BYTES = 1 << 26
const RECORD_BATCH = 3

/** Where a record batch lies. */
export interface Block {
  readonly offset: number
  readonly messageBytes: number
  readonly bodyBytes: number
}

/** What the footer says. */
export interface Footer {
  readonly columns: readonly Field[]
  readonly blocks: readonly Block[]
}

/** What the message of a batch says. */
export interface Batch {
  readonly rows: number
  /** The length of each node. */
  readonly nodes: readonly number[]
  /** Where each buffer lies in the file. */
  readonly buffers: readonly Span[]
  readonly compressed: boolean
}

/** Reads the footer. */
export async function readFooter(file: ShardFile): Promise<Footer> {
  if (file.byteLength < HEAD_BYTES + TAIL_BYTES) throw new RangeError('too few bytes')
  const tail = Buffer.from(await file.read(file.byteLength - TAIL_BYTES, TAIL_BYTES))
  const head = Buffer.from(await file.read(0, HEAD_BYTES))
  if (tail.toString('latin1', 4) !== MAGIC || head.toString('latin1', 0, 6) !== MAGIC) throw new RangeError('no magic')
  const length = tail.readInt32LE(0)
  const start = file.byteLength - TAIL_BYTES - length
  if (length <= 0 || length > MOST_FOOTER_BYTES || start < HEAD_BYTES)
    throw new RangeError(`a footer of ${length} bytes`)
  const root = rootTable(await file.read(start, length))
  const schema = root.table(1)
  if (schema === undefined) throw new RangeError('a footer without schema')
  if (root.structs(2, 24).length > 0) throw new RangeError('dictionaries')
  const blocks = root.structs(3, 24).map((block): Block => {
    const offset = safeInt64(block, 0)
    const messageBytes = block.getInt32(8, true)
    const bodyBytes = safeInt64(block, 16)
    if (
      offset < HEAD_BYTES ||
      messageBytes < 8 ||
      messageBytes > MOST_MESSAGE_BYTES ||
      offset + messageBytes + bodyBytes > start
    ) {
      throw new RangeError(`a record batch of ${messageBytes} and ${bodyBytes} bytes at ${offset}`)
    }
    return { offset, messageBytes, bodyBytes }
  })
  return { columns: shapesOf(schema), blocks }
}

/** Reads the message of a batch. */
export async function readBatch(file: ShardFile, block: Block): Promise<Batch> {
  const bytes = await file.read(block.offset, block.messageBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getInt32(4, true)
  if (view.getInt32(0, true) !== -1 || length < 0 || length > bytes.byteLength - 8) {
    throw new RangeError(`a message of ${length} bytes`)
  }
  const message = rootTable(bytes.subarray(8, 8 + length))
  const header = message.table(2)
  if (message.int8(1, 0) !== RECORD_BATCH || header === undefined) throw new RangeError('a message that is no batch')
  const compression = header.table(3)
  if (compression !== undefined && (compression.int8(0, 0) !== 1 || compression.int8(1, 0) !== 0)) {
    throw new RangeError('a compression other than zstd')
  }
  const body = block.offset + block.messageBytes
  return {
    rows: header.int64(0),
    nodes: header.structs(1, 16).map((node) => safeInt64(node, 0)),
    buffers: header.structs(2, 16).map((buffer) => {
      const offset = safeInt64(buffer, 0)
      const bytesOf = safeInt64(buffer, 8)
      if (offset + bytesOf > block.bodyBytes) throw new RangeError(`a buffer of ${bytesOf} bytes at ${offset}`)
      return { offset: body + offset, length: bytesOf }
    }),
    compressed: compression !== undefined,
  }
}
