// Where a tensor lies in a file, and how it is read from there: one tensor, or some of its rows, or piece by piece, never
// more of the file than that. What to read is planned apart from reading it.
import { MimicitError } from '../../base/errors.js'
import type { ReadableFile } from '../../io/readable.js'
import { type DType, dtypeBytes, isReadable, type ReadableDType, readableDtypes, widenInto } from './dtypes.js'

/** Where a tensor lies. Whoever makes one has checked that all of it lies inside the file. */
export interface TensorPlace {
  readonly dtype: DType
  readonly shape: readonly number[]
  /** Elements from one index of an axis to the next. */
  readonly strides: readonly number[]
  /** Byte of its first element in the file. */
  readonly start: number
}

/** Rows of a tensor: indexes of its first axis, the end not included. */
export interface RowRange {
  readonly from: number
  readonly to: number
}

/** Values of a shape. */
export const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** Strides of a tensor whose values lie in order without gaps. */
export function rowMajor(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  for (let axis = shape.length - 1, step = 1; axis >= 0; axis--) {
    strides[axis] = step
    step *= Math.max(1, shape[axis]!)
  }
  return strides
}

/** Elements from the first to the last, both included; 0 for a tensor without any. */
export function spanOf(shape: readonly number[], strides: readonly number[]): number {
  if (elements(shape) === 0) return 0
  return shape.reduce((last, n, axis) => last + (n - 1) * strides[axis]!, 0) + 1
}

/** Whether values lie in order without gaps. */
export function inOrder({ shape, strides }: TensorPlace): boolean {
  const plain = rowMajor(shape)
  return elements(shape) === 0 || shape.every((n, axis) => n === 1 || strides[axis] === plain[axis])
}

/** Some rows of a tensor as a tensor. */
export function rowsOf(place: TensorPlace, { from, to }: RowRange): TensorPlace {
  const [, ...rest] = place.shape
  return {
    ...place,
    shape: [to - from, ...rest],
    start: place.start + from * place.strides[0]! * dtypeBytes[place.dtype],
  }
}

/** Bytes that are read at once: enough for a disk, little beside a tensor. */
const PIECE_BYTES = 16 << 20

/** Reads of a tensor whose values lie in order: ranges of bytes, one behind the other. */
export function planPieces(place: TensorPlace, pieceBytes = PIECE_BYTES): { offset: number; length: number }[] {
  const size = dtypeBytes[place.dtype]
  const total = elements(place.shape) * size
  const step = Math.max(1, Math.floor(pieceBytes / size)) * size
  const pieces = []
  for (let at = 0; at < total; at += step) pieces.push({ offset: place.start + at, length: Math.min(step, total - at) })
  return pieces
}

function readable(dtype: DType, where: string): ReadableDType {
  if (isReadable(dtype)) return dtype
  throw new MimicitError('MIMICIT_UNSUPPORTED', {
    expected: `values of ${readableDtypes.join(', ')}`,
    where,
    received: dtype,
    hint: 'Weights that are packed into integers or eight bits have to be unpacked by the tool that packed them.',
  })
}

/** Puts values that do not lie in order into order. */
function gather(span: Float32Array, { shape, strides }: TensorPlace): Float32Array {
  const out = new Float32Array(elements(shape))
  const index = new Array<number>(shape.length).fill(0)
  const inner = shape.length - 1
  const length = shape[inner]!
  const step = strides[inner]!
  for (let base = 0, at = 0; at < out.length; ) {
    for (let i = 0, from = base; i < length; i++, from += step) out[at++] = span[from]!
    for (let axis = inner - 1; axis >= 0; axis--) {
      base += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      base -= shape[axis]! * strides[axis]!
      index[axis] = 0
    }
  }
  return out
}

/**
 * Values of a tensor in order, piece by piece. A tensor whose values lie in another order comes as one piece.
 * @throws MIMICIT_UNSUPPORTED for a type that is no float of 16 bits or more
 */
export async function* readPieces(
  file: ReadableFile,
  place: TensorPlace,
  where: string,
): AsyncGenerator<Float32Array<ArrayBuffer>> {
  const dtype = readable(place.dtype, where)
  const plain = inOrder(place)
  const whole = plain ? place : { ...place, shape: [spanOf(place.shape, place.strides)], strides: [1] }
  const span = plain ? undefined : new Float32Array(whole.shape[0]!)
  let done = 0
  for (const { offset, length } of planPieces(whole)) {
    const count = length / dtypeBytes[dtype]
    const piece = span === undefined ? new Float32Array(count) : span.subarray(done, done + count)
    widenInto(piece, dtype, await file.read(offset, length))
    done += count
    if (span === undefined) yield piece
  }
  if (span !== undefined) yield gather(span, place) as Float32Array<ArrayBuffer>
}

/**
 * A whole tensor, row-major.
 * @throws MIMICIT_UNSUPPORTED for a type that is no float of 16 bits or more
 */
export async function readPlace(file: ReadableFile, place: TensorPlace, where: string): Promise<Float32Array> {
  const size = elements(place.shape)
  let whole: Float32Array | undefined
  let done = 0
  for await (const piece of readPieces(file, place, where)) {
    if (piece.length === size) return piece
    whole ??= new Float32Array(size)
    whole.set(piece, done)
    done += piece.length
  }
  return whole ?? new Float32Array(0)
}
