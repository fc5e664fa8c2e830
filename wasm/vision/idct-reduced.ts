// Inverse cosine transforms at a half and a quarter of the size: each sample is the exact mean of the 2 x 2 or 4 x 4 samples
// that the whole transform would give (up to rounding), so that a picture decoded this way is one that a box has shrunk. A
// mean of neighbours keeps a cosine and scales it by another; what lies above the new limit folds back, here as there.
import { high, low, narrow, row, two } from './idct'

/** One half of the means of pairs: even and odd parts give four outputs of four columns each. */
let out0: v128 = i64x2.splat(0)
let out1: v128 = i64x2.splat(0)
let out2: v128 = i64x2.splat(0)
let out3: v128 = i64x2.splat(0)

/** @param first X0 with 13 bits behind the point, rounding added; the others are pairs of inputs */
@inline
function pairs(first: v128, p26: v128, p17: v128, p35: v128): void {
  const even = i32x4.dot_i16x8_s(p26, two(7568, -3135))
  const odd0 = i32x4.add(i32x4.dot_i16x8_s(p17, two(10498, -2088)), i32x4.dot_i16x8_s(p35, two(3686, -2463)))
  const odd1 = i32x4.add(i32x4.dot_i16x8_s(p17, two(4348, -865)), i32x4.dot_i16x8_s(p35, two(-8900, 5946)))
  const e0 = i32x4.add(first, even)
  const e1 = i32x4.sub(first, even)
  out0 = i32x4.add(e0, odd0)
  out3 = i32x4.sub(e0, odd0)
  out1 = i32x4.add(e1, odd1)
  out2 = i32x4.sub(e1, odd1)
}

/** X0 of four columns with 13 bits behind the point, and half of what is shifted out. */
@inline
function first(r: v128, shift: i32): v128 {
  return i32x4.add(i32x4.shr_s(low(i64x2.splat(0), r), 3), i32x4.splat(1 << (shift - 1)))
}

@inline
function clear(block: usize): void {
  const zero = i64x2.splat(0)
  for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, zero)
}

/** Writes 4 x 4 samples of a block and zeroes its coefficients; parameters as of `inverseTransform`. */
export function halfTransform(block: usize, quants: usize, target: usize, stride: usize): void {
  const r0 = row(block, quants, 0)
  const r1 = row(block, quants, 1)
  const r2 = row(block, quants, 2)
  const r3 = row(block, quants, 3)
  const r5 = row(block, quants, 5)
  const r6 = row(block, quants, 6)
  const r7 = row(block, quants, 7)
  clear(block)
  const half = i32x4.splat(1 << 10)
  const zero = i64x2.splat(0)
  pairs(i32x4.add(i32x4.shr_s(low(zero, r0), 3), half), low(r2, r6), low(r1, r7), low(r3, r5))
  const l0 = out0
  const l1 = out1
  const l2 = out2
  const l3 = out3
  pairs(i32x4.add(i32x4.shr_s(high(zero, r0), 3), half), high(r2, r6), high(r1, r7), high(r3, r5))
  const c0 = narrow(l0, out0, 11)
  const c1 = narrow(l1, out1, 11)
  const c2 = narrow(l2, out2, 11)
  const c3 = narrow(l3, out3, 11)
  // Columns become rows: two of them in each vector, four samples long.
  const a0 = low(c0, c1)
  const a1 = high(c0, c1)
  const b0 = low(c2, c3)
  const b1 = high(c2, c3)
  const k01 = v128.shuffle<u32>(a0, b0, 0, 4, 1, 5)
  const k23 = v128.shuffle<u32>(a0, b0, 2, 6, 3, 7)
  const k45 = v128.shuffle<u32>(a1, b1, 0, 4, 1, 5)
  const k67 = v128.shuffle<u32>(a1, b1, 2, 6, 3, 7)
  pairs(first(k01, 18), low(k23, k67), high(k01, k67), high(k23, k45))
  const level = i16x8.splat(128)
  const s01 = i16x8.add(narrow(out0, out1, 18), level)
  const s23 = i16x8.add(narrow(out2, out3, 18), level)
  const columns = i8x16.narrow_i16x8_u(s01, s23)
  const rows = v128.shuffle<u8>(columns, columns, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)
  v128.store_lane<u32>(target, rows, 0)
  v128.store_lane<u32>(target + stride, rows, 1)
  v128.store_lane<u32>(target + stride * 2, rows, 2)
  v128.store_lane<u32>(target + stride * 3, rows, 3)
}

const MEANS: usize = memory.data(32, 16)

/** Writes 2 x 2 samples of a block and zeroes its coefficients. */
export function quarterTransform(block: usize, quants: usize, target: usize, stride: usize): void {
  const r0 = row(block, quants, 0)
  const r1 = row(block, quants, 1)
  const r3 = row(block, quants, 3)
  const r5 = row(block, quants, 5)
  const r7 = row(block, quants, 7)
  clear(block)
  const half = i32x4.splat(1 << 10)
  const zero = i64x2.splat(0)
  const f17 = two(7423, -1477)
  const f35 = two(-2607, 1742)
  const lowOdd = i32x4.add(i32x4.dot_i16x8_s(low(r1, r7), f17), i32x4.dot_i16x8_s(low(r3, r5), f35))
  const highOdd = i32x4.add(i32x4.dot_i16x8_s(high(r1, r7), f17), i32x4.dot_i16x8_s(high(r3, r5), f35))
  const lowEven = i32x4.add(i32x4.shr_s(low(zero, r0), 3), half)
  const highEven = i32x4.add(i32x4.shr_s(high(zero, r0), 3), half)
  v128.store(MEANS, narrow(i32x4.add(lowEven, lowOdd), i32x4.add(highEven, highOdd), 11))
  v128.store(MEANS, narrow(i32x4.sub(lowEven, lowOdd), i32x4.sub(highEven, highOdd), 11), 16)
  for (let y: usize = 0; y < 2; y++) {
    const at = MEANS + (y << 4)
    const even = ((<i32>load<i16>(at)) << 13) + (1 << 17)
    const odd = <i32>load<i16>(at, 2) * 7423 - <i32>load<i16>(at, 6) * 2607 + <i32>load<i16>(at, 10) * 1742 - <i32>load<i16>(at, 14) * 1477
    store<u8>(target + y * stride, sample((even + odd) >> 18))
    store<u8>(target + y * stride, sample((even - odd) >> 18), 1)
  }
}

@inline
function sample(value: i32): u8 {
  const level = value + 128
  return <u8>(level < 0 ? 0 : level > 255 ? 255 : level)
}

/** Writes `side` x `side` samples of a block that has nothing but a DC coefficient, given dequantised. */
export function flatSquare(dc: i32, target: usize, stride: usize, side: i32): void {
  const level = sample((dc + 4) >> 3)
  for (let y: i32 = 0; y < side; y++) memory.fill(target + <usize>y * stride, level, <usize>side)
}
