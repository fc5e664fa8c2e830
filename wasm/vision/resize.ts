// Separable scaling as Pillow does it: across first, rounded to bytes, then down. Weights come from outside, int16 with
// `shift` bits after the point.

/** Weights of one direction: eight to a piece, each output begins at a sample of its own. */
@inline
function pieceSum(row: usize, weights: usize, pieces: i32): v128 {
  let sum = i32x4.dot_i16x8_s(v128.load_ext<u8>(row), v128.load(weights))
  for (let piece: i32 = 1; piece < pieces; piece++) {
    sum = i32x4.add(
      sum,
      i32x4.dot_i16x8_s(v128.load_ext<u8>(row + <usize>(piece << 3)), v128.load(weights + <usize>(piece << 4))),
    )
  }
  return sum
}

/** The four sums of four vectors. */
@inline
function across(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<u32>(a, b, 0, 4, 1, 5), v128.shuffle<u32>(a, b, 2, 6, 3, 7))
  const cd = i32x4.add(v128.shuffle<u32>(c, d, 0, 4, 1, 5), v128.shuffle<u32>(c, d, 2, 6, 3, 7))
  return i32x4.add(v128.shuffle<u64>(ab, cd, 0, 2), v128.shuffle<u64>(ab, cd, 1, 3))
}

/**
 * Scales two rows across.
 * @param count outputs, rounded up to four; `starts` (int32) and `weights` (int16 [count, pieces * 8]) hold as many
 */
export function scaleAcross(
  first: usize,
  second: usize,
  toFirst: usize,
  toSecond: usize,
  count: i32,
  starts: usize,
  weights: usize,
  pieces: i32,
  shift: i32,
): void {
  const half = i32x4.splat(1 << (shift - 1))
  const step = <usize>(pieces << 4)
  for (let x: i32 = 0; x < count; x += 4) {
    const s0 = <usize>load<u32>(starts)
    const s1 = <usize>load<u32>(starts, 4)
    const s2 = <usize>load<u32>(starts, 8)
    const s3 = <usize>load<u32>(starts, 12)
    let a: v128
    let b: v128
    if (pieces == 2) {
      a = across(
        two(first + s0, weights),
        two(first + s1, weights + 32),
        two(first + s2, weights + 64),
        two(first + s3, weights + 96),
      )
      b = across(
        two(second + s0, weights),
        two(second + s1, weights + 32),
        two(second + s2, weights + 64),
        two(second + s3, weights + 96),
      )
    } else {
      a = across(
        pieceSum(first + s0, weights, pieces),
        pieceSum(first + s1, weights + step, pieces),
        pieceSum(first + s2, weights + step * 2, pieces),
        pieceSum(first + s3, weights + step * 3, pieces),
      )
      b = across(
        pieceSum(second + s0, weights, pieces),
        pieceSum(second + s1, weights + step, pieces),
        pieceSum(second + s2, weights + step * 2, pieces),
        pieceSum(second + s3, weights + step * 3, pieces),
      )
    }
    a = i32x4.shr_s(i32x4.add(a, half), shift)
    b = i32x4.shr_s(i32x4.add(b, half), shift)
    const both = i16x8.narrow_i32x4_s(a, b)
    const bytes = i8x16.narrow_i16x8_u(both, both)
    v128.store_lane<u32>(toFirst + <usize>x, bytes, 0)
    v128.store_lane<u32>(toSecond + <usize>x, bytes, 1)
    starts += 16
    weights += step * 4
  }
}

@inline
function two(row: usize, weights: usize): v128 {
  return i32x4.add(
    i32x4.dot_i16x8_s(v128.load_ext<u8>(row), v128.load(weights)),
    i32x4.dot_i16x8_s(v128.load_ext<u8>(row, 8), v128.load(weights, 16)),
  )
}

/**
 * Scales columns down to one row.
 * @param rows the first row that counts, `stride` bytes apart
 * @param width bytes of a row, rounded up to sixteen
 * @param weights int16 [taps], taps even
 */
export function scaleDown(
  rows: usize,
  stride: usize,
  target: usize,
  width: i32,
  weights: usize,
  taps: i32,
  shift: i32,
): void {
  const half = i32x4.splat(1 << (shift - 1))
  for (let x: i32 = 0; x < width; x += 16) {
    let s0 = half
    let s1 = half
    let s2 = half
    let s3 = half
    let row = rows + <usize>x
    for (let tap: i32 = 0; tap < taps; tap += 2) {
      const factors = v128.load_splat<u32>(weights + <usize>(tap << 1))
      const a = v128.load(row)
      const b = v128.load(row + stride)
      const low = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), factors))
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), factors))
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), factors))
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), factors))
      row += stride * 2
    }
    const a = i16x8.narrow_i32x4_s(i32x4.shr_s(s0, shift), i32x4.shr_s(s1, shift))
    const b = i16x8.narrow_i32x4_s(i32x4.shr_s(s2, shift), i32x4.shr_s(s3, shift))
    v128.store(target + <usize>x, i8x16.narrow_i16x8_u(a, b))
  }
}

/** Three rows of colours to one of pixels; up to fifteen pixels more are written than there are. */
export function interleave(red: usize, green: usize, blue: usize, target: usize, width: i32): void {
  for (let x: i32 = 0; x < width; x += 16) {
    const r = v128.load(red + <usize>x)
    const g = v128.load(green + <usize>x)
    const b = v128.load(blue + <usize>x)
    // Red and green of each third of the pixels, then blue into the gaps.
    const first = v128.shuffle<u8>(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5)
    const second = v128.shuffle<u8>(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26)
    const third = v128.shuffle<u8>(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0)
    v128.store(target, v128.shuffle<u8>(first, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15))
    v128.store(target, v128.shuffle<u8>(second, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16)
    v128.store(target, v128.shuffle<u8>(third, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32)
    target += 48
  }
}
