// Inverted lists (IVF): vectors are put into cells around centres, and a query looks into the cells nearest to it only.
// Training is spherical k-means over a keyed sample, so that the same vectors and seed give the same cells.
import { randomStream } from '../../base/random.js'
import type { Tf } from '../../tensors/tf.js'
import { createFactor, gather, type Vectors } from './matrix.js'
import { emptyNearest, type Nearest, offer } from './nearest.js'
import { tieOf } from './tie-break.js'

/** Cells of a range of vectors. */
export interface Cells {
  /** float32 [cells, dimensions], of unit length. */
  readonly centres: Float32Array
  /** Cell c holds `members[starts[c]]` up to `members[starts[c + 1]]`. */
  readonly starts: Int32Array
  /** Rows of the vectors, cell by cell. */
  readonly members: Int32Array
}

/** Vectors a cell in the training sample, and rounds of k-means: more changes recall by less than it costs. */
const SAMPLE_PER_CELL = 32
const ROUNDS = 6
const BLOCK = 4096

/** Centres from a sample of the rows [from, to). */
export function trainCentres(
  tf: Tf,
  vectors: Vectors,
  range: { readonly from: number; readonly to: number },
  count: number,
  seed: number,
): Float32Array {
  const { dimensions: d } = vectors
  const random = randomStream('ivf 1', seed, range.from, range.to, count)
  const size = Math.min(range.to - range.from, count * SAMPLE_PER_CELL)
  const sample = { values: gather(vectors, sampleOf(range, size, random)), dimensions: d }
  const centres = sample.values.slice(0, count * d)
  for (let round = 0; round < ROUNDS; round++) {
    const cell = assign(tf, sample, { from: 0, to: size }, centres)
    const sums = new Float64Array(count * d)
    const sizes = new Int32Array(count)
    for (let i = 0; i < size; i++) {
      const at = cell[i]! * d
      sizes[cell[i]!]!++
      for (let j = 0; j < d; j++) sums[at + j]! += sample.values[i * d + j]!
    }
    for (let c = 0; c < count; c++) {
      let norm = 0
      for (let j = 0; j < d; j++) norm += sums[c * d + j]! ** 2
      // A centre that nothing is near to begins again at a vector of the sample.
      if (sizes[c] === 0 || norm === 0) {
        const other = random.below(size)
        centres.set(sample.values.subarray(other * d, (other + 1) * d), c * d)
        continue
      }
      for (let j = 0; j < d; j++) centres[c * d + j] = sums[c * d + j]! / Math.sqrt(norm)
    }
  }
  return centres
}

/** Different rows of a range, in a keyed order. */
function sampleOf(
  { from, to }: { readonly from: number; readonly to: number },
  size: number,
  random: ReturnType<typeof randomStream>,
) {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i)
  for (let i = 0; i < size; i++) {
    const j = i + random.below(rows.length - i)
    const held = rows[i]!
    rows[i] = rows[j]!
    rows[j] = held
  }
  return rows.slice(0, size)
}

/** The nearest centre of each row of a range. */
export function assign(
  tf: Tf,
  { values, dimensions: d }: Vectors,
  range: { readonly from: number; readonly to: number },
  centres: Float32Array,
): Int32Array {
  const cells = new Int32Array(range.to - range.from)
  const factor = createFactor(tf, centres, d)
  for (let first = range.from; first < range.to; first += BLOCK) {
    const last = Math.min(range.to, first + BLOCK)
    const scores = factor.scores(values.subarray(first * d, last * d))
    for (let i = 0; i < last - first; i++) {
      let best = 0
      const row = i * factor.columns
      for (let c = 1; c < factor.columns; c++) if (scores[row + c]! > scores[row + best]!) best = c
      cells[first - range.from + i] = best
    }
  }
  factor.dispose()
  return cells
}

/** Lists of the rows from `first` on by the cell of each. */
export function listCells(cell: Int32Array, centres: Float32Array, dimensions: number, first: number): Cells {
  const count = centres.length / dimensions
  const starts = new Int32Array(count + 1)
  for (const c of cell) starts[c + 1]!++
  for (let c = 0; c < count; c++) starts[c + 1]! += starts[c]!
  const filled = starts.slice()
  const members = new Int32Array(cell.length)
  for (let i = 0; i < cell.length; i++) members[filled[cell[i]!]!++] = first + i
  return { centres, starts, members }
}

/**
 * The best k among the vectors of the `probes` cells nearest to each query. Queries that look into the same cell are
 * multiplied together.
 */
export function searchCells(
  tf: Tf,
  vectors: Vectors,
  { centres, starts, members }: Cells,
  queries: Int32Array,
  probes: number,
  k: number,
  seed: number,
): Nearest {
  const { dimensions } = vectors
  const probed = searchCentres(tf, vectors, centres, queries, probes)
  const asking: number[][] = Array.from({ length: starts.length - 1 }, () => [])
  for (let i = 0; i < queries.length; i++) {
    for (let p = 0; p < probes; p++) {
      const cell = probed.indices[i * probes + p]!
      if (cell >= 0) asking[cell]!.push(i)
    }
  }
  const nearest = emptyNearest(queries.length, k)
  for (const [cell, places] of asking.entries()) {
    const own = members.subarray(starts[cell]!, starts[cell + 1]!)
    if (places.length === 0 || own.length === 0) continue
    const factor = createFactor(tf, gather(vectors, own), dimensions)
    for (let first = 0; first < places.length; first += BLOCK) {
      const some = places.slice(first, first + BLOCK)
      const scores = factor.scores(
        gather(
          vectors,
          Int32Array.from(some, (place) => queries[place]!),
        ),
      )
      for (const [i, place] of some.entries()) {
        const part = scores.subarray(i * own.length, (i + 1) * own.length)
        offer(nearest, place, part, own, tieOf(seed, queries[place]!))
      }
    }
    factor.dispose()
  }
  return nearest
}

function searchCentres(tf: Tf, vectors: Vectors, centres: Float32Array, queries: Int32Array, probes: number): Nearest {
  const nearest = emptyNearest(queries.length, probes)
  const factor = createFactor(tf, centres, vectors.dimensions)
  for (let first = 0; first < queries.length; first += BLOCK) {
    const some = queries.subarray(first, first + BLOCK)
    const scores = factor.scores(gather(vectors, some))
    const width = factor.columns
    for (let i = 0; i < some.length; i++) offer(nearest, first + i, scores.subarray(i * width, (i + 1) * width), 0)
  }
  factor.dispose()
  return nearest
}

/** How many cells a range of vectors is put into. */
export const cellsFor = (rows: number): number => Math.max(1, Math.round(Math.sqrt(rows)))
