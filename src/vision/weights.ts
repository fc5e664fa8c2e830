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
  const rows = Array.from({ length: kept.length }, (_, i) => {
    const centre = inside + (kept.start + i + 0.5) * scale
    const first = Math.max(0, Math.floor(centre - support + 0.5))
    const end = Math.min(Math.ceil(inside + source.length), Math.floor(centre + support + 0.5))
    const raw = Array.from({ length: end - first }, (_, tap) => cubic((first + tap - centre + 0.5) / width))
    const sum = raw.reduce((total, weight) => total + weight, 0)
    return { first, weights: raw.map((weight) => weight / sum) }
  })
  const largest = Math.max(...rows.map(({ weights }) => Math.max(...weights)))
  let shift = 15
  while (largest * 2 ** shift > 32_767) shift--
  const taps = Math.ceil(Math.max(...rows.map(({ weights }) => weights.length)) / multiple) * multiple
  const weights = new Int16Array(kept.length * taps)
  rows.forEach((row, i) => {
    weights.set(inIntegers(row.weights, 2 ** shift), i * taps)
  })
  return {
    from: origin + Math.min(...rows.map(({ first }) => first)),
    to: origin + Math.max(...rows.map(({ first, weights }) => first + weights.length)),
    count: kept.length,
    starts: Int32Array.from(rows, ({ first }) => origin + first),
    taps,
    weights,
    shift,
  }
}

/** Weights rounded; what rounding takes or gives is settled where it matters least, so that even areas stay even. */
function inIntegers(weights: readonly number[], one: number): number[] {
  const whole = weights.map((weight) => Math.round(weight * one))
  const off = one - whole.reduce((total, weight) => total + weight, 0)
  const heaviest = whole.indexOf(Math.max(...whole))
  whole[heaviest] = whole[heaviest]! + off
  return whole
}
