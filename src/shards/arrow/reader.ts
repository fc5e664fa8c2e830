// Reads record batches of one Arrow IPC file, any columns: only their buffers are read, neighbours together. The footer
// has to say what the manifest says.
import { MimicitError } from '../../base/errors.js'
import { loadDecompress } from '../../io/zstd.js'
import type { ShardRecord } from '../manifest.js'
import type { Span } from '../picture-spans.js'
import { damagedShard, type ShardFile, type ShardReader } from '../shard.js'
import { decodeColumn } from './decode.js'
import { type Batch, type Footer, readBatch, readFooter } from './metadata.js'
import { type Shape, sizeOf } from './shape.js'

/** Buffers that are no farther apart than this are read together. */
const GAP_BYTES = 1 << 16

/** Where a column begins in a batch. */
interface Place {
  readonly shape: Shape
  readonly node: number
  readonly buffer: number
  /** The buffer after its last. */
  readonly end: number
}

/**
 * Opens a shard of a table.
 * @throws MimicitError MIMICIT_CORRUPT if the file is not the one that the manifest describes
 */
export async function openArrowShard(file: ShardFile, record: ShardRecord): Promise<ShardReader> {
  const damaged = (received: string, cause?: unknown) => damagedShard(file, record, received, cause)
  /** Faults of the bytes get their place; everything else is thrown on. */
  const placed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof RangeError) throw damaged(`${what} that cannot be read (${error.message})`, error)
      const elsewhere = error instanceof MimicitError && error.code === 'MIMICIT_CORRUPT'
      if (elsewhere && error.parts.where === 'compressed text') {
        throw damaged(`${what} that cannot be read (${error.message})`, error)
      }
      throw error
    }
  }
  if (file.byteLength !== record.bytes) throw damaged(`a file of ${file.byteLength} bytes`)
  const footer = await placed('a footer', () => readFooter(file))
  const { places, nodes, buffers } = placesOf(footer)
  const wrong = footer.blocks.findIndex(({ offset, messageBytes, bodyBytes }, i) => {
    const planned = record.rowGroups[i]
    return planned?.offset !== offset || planned.bytes !== messageBytes + bodyBytes
  })
  if (wrong >= 0 || footer.blocks.length !== record.rowGroups.length) {
    throw damaged(`${footer.blocks.length} record batches, or one in another place`)
  }
  let firstRow = 0
  const rowGroups = record.rowGroups.map(({ rows }) => {
    const entry = { firstRow, rows }
    firstRow += rows
    return entry
  })

  return {
    rowGroups,
    readRowGroup: (group, columns) =>
      placed(`record batch ${group}`, async () => {
        const batch = await readBatch(file, footer.blocks[group]!)
        const { rows } = rowGroups[group]!
        if (batch.rows !== rows || batch.nodes.length !== nodes || batch.buffers.length !== buffers) {
          throw new RangeError(`${batch.rows} rows, ${batch.nodes.length} nodes, ${batch.buffers.length} buffers`)
        }
        const wanted = columns.map((name): readonly [string, Place] => {
          const place = places.get(name)
          if (place === undefined) throw new RangeError(`no column ${name}`)
          return [name, place]
        })
        const stored = await readBuffers(
          file,
          batch,
          wanted.map(([, place]) => place),
        )
        const decompress = await loadDecompress()
        return Object.fromEntries(
          wanted.map(([name, place]) => [
            name,
            decodeColumn(batch, place.shape, place, {
              stored: (buffer) => stored(buffer),
              decompress,
            }),
          ]),
        )
      }),
  }
}

function placesOf({ columns }: Footer) {
  const places = new Map<string, Place>()
  let node = 0
  let buffer = 0
  for (const { name, shape } of columns) {
    const size = sizeOf(shape)
    places.set(name, { shape, node, buffer, end: buffer + size.buffers })
    node += size.nodes
    buffer += size.buffers
  }
  return { places, nodes: node, buffers: buffer }
}

/** Reads the buffers of some columns; gives any of them. */
async function readBuffers(
  file: ShardFile,
  batch: Batch,
  places: readonly Place[],
): Promise<(buffer: number) => Uint8Array> {
  const spans = places
    .flatMap(({ buffer, end }) => batch.buffers.slice(buffer, end))
    .filter(({ length }) => length > 0)
    .sort((a, b) => a.offset - b.offset)
  const runs: Span[] = []
  for (const { offset, length } of spans) {
    const last = runs.at(-1)
    if (last === undefined || offset - (last.offset + last.length) > GAP_BYTES) runs.push({ offset, length })
    else runs.splice(-1, 1, { ...last, length: Math.max(last.length, offset + length - last.offset) })
  }
  const read = await Promise.all(runs.map(async (run) => ({ ...run, bytes: await file.read(run.offset, run.length) })))
  return (buffer) => {
    const { offset, length } = batch.buffers[buffer]!
    if (length === 0) return new Uint8Array(0)
    const run = read.find((one) => offset >= one.offset && offset + length <= one.offset + one.length)!
    return run.bytes.subarray(offset - run.offset, offset - run.offset + length)
  }
}
