// Weights of Pillow's antialiased bicubic for one direction of a picture, as integers. A plan only; the sums are made in
// WebAssembly.

/** One direction of a scaled picture. */
export interface Axis {
  /** First and one past the last sample that counts. */
  readonly from: number
  readonly to: number
  /** Outputs. */
  readonly count: number
  /** First sample of each output. */
  readonly starts: Int32Array
  /** Weights an output has, those at the end 0 where it has fewer. */
  readonly taps: number
  /** [count, taps], `shift` bits after the point; those of an output add up to exactly 1. */
  readonly weights: Int16Array
  readonly shift: number
}

/** Some samples or outputs in a row; those of a source may begin and end inside of one. */
export interface Range {
  readonly start: number
  readonly length: number
}

/** The cubic kernel with a = -0.5, as in Pillow. */
function cubic(x: number): number {
  const d = Math.abs(x)
  if (d < 1) return (1.5 * d - 2.5) * d * d + 1
  if (d < 2) return ((-0.5 * d + 2.5) * d - 4) * d + 2
  return 0
}

/**
 * Weighs one direction: the kernel is as wide as the picture shrinks, and cut at the ends of the source.
 * @param source the part of the picture that is scaled: nothing outside of it has a weight
 * @param scaled what its length becomes
 * @param kept the outputs that are wanted
 * @param multiple the number of taps is a multiple of it
 */
export function weighAxis(source: Range, scaled: number, kept: Range, multiple: number): Axis {
  const scale = source.length / scaled
  const width = Math.max(scale, 1)
  const support = 2 * width
  // Samples count from the first that has a part in the source.
  const origin = Math.floor(source.start)
  const inside = source.start - origin
  const end = Math.ceil(inside + source.length)
  const { length: count } = kept
  const firsts = new Int32Array(count)
  const lengths = new Int32Array(count)
  // Plain loops: a thread weighs its first pictures before V8 has looked at any of this twice.
  const room = Math.ceil(2 * support) + 2
  const shares = new Float64Array(count * room)
  let largest = Number.NEGATIVE_INFINITY
  let most = 0
  for (let i = 0; i < count; i++) {
    const centre = inside + (kept.start + i + 0.5) * scale
    const first = Math.max(0, Math.floor(centre - support + 0.5))
    const length = Math.min(end, Math.floor(centre + support + 0.5)) - first
    let sum = 0
    for (let tap = 0; tap < length; tap++) {
      const weight = cubic((first + tap - centre + 0.5) / width)
      shares[i * room + tap] = weight
      sum += weight
    }
    for (let tap = 0; tap < length; tap++) {
      const share = shares[i * room + tap]! / sum
      shares[i * room + tap] = share
      if (share > largest) largest = share
    }
    firsts[i] = first
    lengths[i] = length
    if (length > most) most = length
  }
  let shift = 15
  while (largest * 2 ** shift > 32_767) shift--
  const taps = Math.ceil(most / multiple) * multiple
  const weights = new Int16Array(count * taps)
  const starts = new Int32Array(count)
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const [first, length] = [firsts[i]!, lengths[i]!]
    inIntegers(shares.subarray(i * room, i * room + length), 2 ** shift, weights.subarray(i * taps, i * taps + length))
    starts[i] = origin + first
    from = Math.min(from, origin + first)
    to = Math.max(to, origin + first + length)
  }
  return { from, to, count, starts, taps, weights, shift }
}

/** Weights rounded; what rounding takes or gives is settled where it matters least, so that even areas stay even. */
function inIntegers(weights: Float64Array, one: number, whole: Int16Array): void {
  let off = one
  let heaviest = 0
  for (let i = 0; i < weights.length; i++) {
    const rounded = Math.round(weights[i]! * one)
    whole[i] = rounded
    off -= rounded
    if (rounded > whole[heaviest]!) heaviest = i
  }
  whole[heaviest] = whole[heaviest]! + off
}
