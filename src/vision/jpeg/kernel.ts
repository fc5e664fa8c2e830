// Plain JPEGs to pixels in WebAssembly, in one pass and without waiting: whoever calls is busy until it is done.

import { growTo } from '../../base/wasm.js'
import type { PixelLayout } from '../layout.js'
import { paint, type TransformPlan } from '../transforms.js'
import { type VisionKernels, visionKernels } from '../wasm.js'
import { type Axis, weighAxis } from '../weights.js'
import type { HuffmanTable, PlainJpeg } from './header.js'
import { type BlockSide, type DecodedSizes, decodedSizes } from './scaling.js'

/** Decodes plain JPEGs, one at a time, in a memory that grows to what the largest picture needed. */
export interface JpegKernel {
  /**
   * @param plan for pictures of the header's size
   * @returns whether the picture is sound to its last bit; if it is not, nothing was written
   */
  decode(bytes: Uint8Array, header: PlainJpeg, plan: TransformPlan, result: JpegResult): boolean
}

/** What is to become of a picture. */
export interface JpegResult {
  /** Where its pixels are to lie: uint8 [size, size, 3] or [3, size, size]. */
  readonly into: Uint8Array
  /** Pixels of a side. */
  readonly size: number
  readonly layout: PixelLayout
  /** Samples a side that blocks are decoded to: 8 is the whole picture. */
  readonly side: BlockSide
}

/** Changes with every change of what the kernel makes of a picture. */
export const JPEG_VERSION = 1

/** Weights of so many sizes of pictures are kept; a data set of photographs has a few common ones. */
const AXES_KEPT = 256

/** The weights of both directions. */
interface Axes {
  readonly across: Axis
  readonly down: Axis
}

export function createJpegKernel(): JpegKernel {
  const kernels = visionKernels()
  const known = new Map<string, Axes>()
  const axesOf = (plan: TransformPlan, side: BlockSide): Axes => {
    const { source, scaled, kept } = plan
    const key = `${side} ${JSON.stringify(plan)}`
    const found = known.get(key)
    if (found !== undefined) return found
    const part = side / 8
    const left = rangeOf(source.left * part, source.width * part)
    const top = rangeOf(source.top * part, source.height * part)
    const axes = {
      across: weighAxis(left, scaled.width, rangeOf(kept.left, kept.width), 8),
      down: weighAxis(top, scaled.height, rangeOf(kept.top, kept.height), 2),
    }
    if (known.size >= AXES_KEPT) known.delete(known.keys().next().value!)
    known.set(key, axes)
    return axes
  }

  return {
    decode(bytes, header, plan, { into, size, layout: pixels, side }) {
      const axes = axesOf(plan, side)
      const sizes = decodedSizes(header, side)
      const layout = layOut(kernels, bytes.byteLength - header.scanStart, header, sizes, axes, size)
      const { memory } = kernels
      growTo(memory, layout.end)
      const view = new Uint8Array(memory.buffer)
      view.set(bytes.subarray(header.scanStart), layout.source)
      writeTables(kernels, view, layout, header)
      writeAxis(view, axes.across, layout.acrossStarts, layout.acrossWeights, 0)
      writeAxis(view, axes.down, layout.downStarts, layout.downWeights, axes.down.from)
      const result = view.subarray(layout.result, layout.result + size * size * 3)
      const { kept, at } = plan
      if (kept.width < size || kept.height < size) paint(result, pixels)
      const step = pixels === 'NHWC' ? 3 : 1
      const target = {
        first: layout.result + (at.top * size + at.left) * step,
        stride: size * step,
        plane: pixels === 'NHWC' ? 0 : size * size,
      }
      const job = jobOf(layout, bytes.byteLength - header.scanStart, header, sizes, axes, target)
      new Int32Array(memory.buffer, layout.job, job.length).set(job)
      if (kernels.decodeJpeg(layout.job) !== 1) return false
      into.set(result)
      return true
    },
  }
}

const rangeOf = (start: number, length: number) => ({ start, length })

const up = (n: number, multiple: number) => Math.ceil(n / multiple) * multiple

/** Where everything lies. What is read in whole vectors has room for one more behind it. */
function layOut(
  kernels: VisionKernels,
  sourceBytes: number,
  header: PlainJpeg,
  { side, chromaSide }: DecodedSizes,
  { across, down }: Axes,
  size: number,
) {
  let end = kernels.heapBase()
  const take = (bytes: number) => {
    const start = up(end, 16)
    end = start + bytes
    return start
  }
  const { width, height, components } = header
  const mcus = {
    across: Math.ceil(width / (8 * header.across)),
    down: Math.ceil(height / (8 * header.down)),
  }
  const segmentCount = header.restartInterval === 0 ? 1 : Math.ceil((mcus.across * mcus.down) / header.restartInterval)
  const lumaStride = mcus.across * side * header.across
  const chromaStride = mcus.across * chromaSide
  // Small blocks lag further behind the rows that need them.
  const ringRows = side === 8 ? 2 : 4
  const plane = up(lumaStride, 16) + up(across.taps, 16) + 32
  const colours = components.length
  const scaledPlane = up(across.count, 16)
  const rows = down.to - down.from + down.taps + 2
  return {
    mcus,
    ringRows,
    segmentCount,
    interval: header.restartInterval === 0 ? mcus.across * mcus.down : header.restartInterval,
    lumaStride,
    chromaStride,
    plane,
    scaledPlane,
    job: take(256),
    code: take(16 + 256),
    tables: take(8 * kernels.tableBytes()),
    quants: take(4 * 128),
    source: take(sourceBytes + 16),
    clean: take(sourceBytes + segmentCount * 80 + 128),
    segments: take(segmentCount * 8),
    ring0: take(lumaStride * ringRows * side * header.down + 16),
    ring1: take(colours === 1 ? 0 : chromaStride * ringRows * chromaSide + 16),
    ring2: take(colours === 1 ? 0 : chromaStride * ringRows * chromaSide + 16),
    chromaRows: take(2 * plane + 2 * plane + 64),
    colours: take(6 * plane),
    scaled: take(rows * colours * scaledPlane + 16),
    acrossStarts: take(up(across.count, 4) * 4),
    acrossWeights: take(up(across.count, 4) * across.taps * 2),
    downStarts: take(down.count * 4),
    downWeights: take(down.count * down.taps * 2),
    line: take(6 * scaledPlane + 64),
    result: take(size * size * 3),
    end,
  }
}

type Layout = ReturnType<typeof layOut>

/** Zigzag position to natural order. */
const NATURAL = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21],
  ...[28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61],
  ...[54, 47, 55, 62, 63],
)

function writeTables(kernels: VisionKernels, view: Uint8Array, layout: Layout, header: PlainJpeg): void {
  const tableBytes = kernels.tableBytes()
  const write = (table: HuffmanTable | undefined, slot: number) => {
    if (table === undefined) return
    view.set(table.counts, layout.code)
    view.set(table.values, layout.code + 16)
    kernels.huffmanTable(layout.tables + slot * tableBytes, layout.code, layout.code + 16, slot < 4)
  }
  for (const { dc, ac } of header.components) {
    write(header.dc[dc], dc)
    write(header.ac[ac], 4 + ac)
  }
  const quants = new Int16Array(view.buffer, layout.quants, 4 * 64)
  header.quants.forEach((table, slot) => {
    table?.forEach((value, i) => {
      quants[slot * 64 + NATURAL[i]!] = value
    })
  })
}

function writeAxis(view: Uint8Array, axis: Axis, starts: number, weights: number, origin: number): void {
  const target = new Int32Array(view.buffer, starts, up(axis.count, 4))
  // Outputs are made four at a time; those beyond the last have somewhere to begin as well.
  target.fill(axis.from)
  axis.starts.forEach((start, i) => {
    target[i] = start - origin
  })
  new Int16Array(view.buffer, weights, axis.weights.length).set(axis.weights)
}

/** The numbers of a job, in the order in which wasm/vision/jpeg.ts reads them. */
function jobOf(
  layout: Layout,
  sourceBytes: number,
  header: PlainJpeg,
  sizes: DecodedSizes,
  { across, down }: Axes,
  { first, stride, plane }: { readonly first: number; readonly stride: number; readonly plane: number },
): readonly number[] {
  const { components } = header
  const { width, height, side, chromaSide, upAcross, upDown } = sizes
  const of = (name: 'quants' | 'dc' | 'ac') => [0, 1, 2].map((i) => components[i]?.[name] ?? 0)
  return [
    ...[layout.source, layout.source + sourceBytes, layout.clean, layout.segments, layout.segmentCount],
    ...[width, height, layout.mcus.across, layout.mcus.down, components.length, layout.interval],
    ...[header.across, header.down, side, chromaSide, upAcross, upDown, layout.ringRows, layout.tables, layout.quants],
    ...[...of('quants'), ...of('dc'), ...of('ac')],
    ...[layout.ring0, layout.ring1, layout.ring2, layout.lumaStride, layout.chromaStride],
    ...[layout.chromaRows, layout.colours, layout.plane, down.from, down.to, layout.scaled, layout.scaledPlane],
    ...[across.count, layout.acrossStarts, layout.acrossWeights, across.taps / 8, across.shift],
    ...[down.count, layout.downStarts, layout.downWeights, down.taps, down.shift],
    ...[layout.line, first, stride, across.count, plane],
  ]
}
